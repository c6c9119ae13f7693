/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/view/key_view.h"
#include "vault/creds/source_key.h"
#include "vault/wire/tables/msg_key.h"

bool op_show(struct request *request, struct error *err)
{
	struct msg_name args = {.name = NULL};
	struct access_key key;
	struct record_id row;
	bool done;

	access_key_init(&key);
	done = fields_read(&msg_name, request->args, &args, err) &&
	       source_key_read(request->agent->store, args.name, &key, &row, err) &&
	       view_key_answer(request, &key, &row, &msg_key_whole, err);
	access_key_clear(&key);
	return done;
}
