/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/view/key_view.h"
#include "vault/creds/source_key.h"
#include "vault/format/json.h"

bool op_show(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"name", NULL};
	struct access_key key;
	struct record_id row;
	const char *name;
	bool done;

	access_key_init(&key);
	done = json_only(request->args, keys, err) &&
	       json_need_text(request->args, "name", TEXT_NAME_MAX, &name, err) &&
	       text_check_name("name", name, err) &&
	       source_key_read(request->agent->store, name, &key, &row, err) &&
	       view_key_whole(request->agent, &key, &row, ok, err);
	access_key_clear(&key);
	return done;
}
