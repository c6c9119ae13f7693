/* SPDX-License-Identifier: MIT */
#include "vault/agent/ops.h"
#include "vault/agent/views.h"
#include "vault/aws/endpoint.h"
#include "vault/creds/source_key.h"
#include "vault/format/json.h"

static const char *place(const struct access_key *key)
{
	switch (key->endpoint_class) {
	case ACCESS_KEY_AT_AWS: return endpoint_class_name(ENDPOINT_AWS);
	case ACCESS_KEY_AT_HOST: return key->endpoint_host;
	default: return endpoint_class_name(ENDPOINT_LOOPBACK);
	}
}

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
	       source_key(request->agent->store, name, &key, &row, err) &&
	       view_key(request->agent, &key, &row, ok, err) &&
	       json_put_text(*ok, "note", key.note[0] ? key.note : NULL, err) &&
	       json_put_text(*ok, "endpoint", place(&key), err);
	access_key_clear(&key);
	return done;
}
