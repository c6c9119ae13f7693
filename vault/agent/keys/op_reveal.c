/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/audit/append.h"
#include "vault/creds/source_key.h"
#include "vault/wire/tables/msg_key.h"

#include <string.h>

/* Writes the log entry while the secret is still in guarded memory only. */
static bool reveal_record(struct request *request, const struct access_key *key, struct error *err)
{
	struct audit_entry entry = request_entry(request, AUDIT_OP_REVEAL);

	audit_about(&entry, key->name, key->access_key_id, "the long-term secret");
	return audit_record(request->agent->store, &entry, err);
}

static bool reveal_answer(struct request *request, const struct access_key *key, struct error *err)
{
	const struct msg_revealed revealed = {.name = key->name,
					      .access_key_id = key->access_key_id,
					      .secret_access_key = key->secret};

	return request_answer(request, MESSAGE(msg_revealed, &revealed), err);
}

bool op_reveal(struct request *request, struct error *err)
{
	struct msg_name args = {.name = NULL};
	struct access_key key;
	bool done;

	access_key_init(&key);
	done = fields_read(&msg_name, request->args, &args, err) &&
	       source_key_read(request->agent->store, args.name, &key, NULL, err) &&
	       reveal_record(request, &key, err) && reveal_answer(request, &key, err);
	access_key_clear(&key);
	return done;
}
