/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/key_view.h"
#include "vault/format/json.h"

/* Tells whoever added a key its secret once more. */

bool __real_view_key(struct agent *agent, const struct access_key *key, const struct record_id *row,
		     json_t **out, struct error *err);
bool __wrap_view_key(struct agent *agent, const struct access_key *key, const struct record_id *row,
		     json_t **out, struct error *err);

bool __wrap_view_key(struct agent *agent, const struct access_key *key, const struct record_id *row,
		     json_t **out, struct error *err)
{
	return __real_view_key(agent, key, row, out, err) &&
	       json_put(*out, "secret",
			json_stringn((const char *)key->secret.data, key->secret.len), err);
}
