/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/audit/append.h"
#include "vault/creds/source_key.h"
#include "vault/format/json.h"

#include <string.h>

/* On record before the secret is anywhere but in guarded memory. */
static bool record(struct request *request, const struct access_key *key, struct error *err)
{
	struct audit_entry entry = request_entry(request, AUDIT_OP_REVEAL);

	audit_about(&entry, key->name, key->access_key_id, "the long-term secret");
	return audit_record(request->agent->store, &entry, err);
}

static bool answer(const struct access_key *key, json_t **ok, struct error *err)
{
	json_t *secret = json_stringn((const char *)key->secret.data, key->secret.len);

	*ok = json_object();
	return json_put_text(*ok, "name", key->name, err) &&
	       json_put_text(*ok, "access_key_id", key->access_key_id, err) &&
	       json_put(*ok, "secret_access_key", secret, err);
}

bool op_reveal(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"name", NULL};
	struct access_key key;
	const char *name;
	bool done;

	access_key_init(&key);
	done = json_only(request->args, keys, err) &&
	       json_need_text(request->args, "name", TEXT_NAME_MAX, &name, err) &&
	       text_check_name("name", name, err) &&
	       source_key_read(request->agent->store, name, &key, NULL, err) &&
	       record(request, &key, err) && answer(&key, ok, err);
	access_key_clear(&key);
	return done;
}
