/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/creds/source_key.h"
#include "vault/wire/tables/msg_attest.h"
#include "vault/wire/tables/msg_key.h"

/*
 * Shows which keys the vault holds, as the file has them now, by tags that say nothing to anybody
 * who does not hold them too. A program that is about to erase its own copy asks for that.
 */

static bool attest_row(struct request *request, const char *name, const unsigned char *nonce,
		       int64_t *count, struct error *err)
{
	struct msg_attested row = {.name = name};
	struct access_key key;
	bool ok;

	access_key_init(&key);
	ok = source_key_read(request->agent->store, name, &key, NULL, err);
	if (ok) {
		row.access_key_id = key.access_key_id;
		ok = key_tag_make(nonce,
				  &(struct key_tag_of){.name = name,
						       .access_key_id = key.access_key_id,
						       .secret = key.secret.data,
						       .secret_len = key.secret.len},
				  row.tag, err) &&
		     request_send_row(request, MESSAGE(msg_attested, &row), err);
		*count += ok;
	} else if (err->code == ERROR_NOT_FOUND) {
		*err = ERROR_INIT;
		ok = true;
	}
	access_key_clear(&key);
	return ok;
}

bool op_attest(struct request *request, struct error *err)
{
	struct msg_attest args = {.names = {.at = NULL}};
	struct msg_count answer = {.count = 0};
	const char *const *names;
	bool done = fields_read(&msg_attest, request->args, &args, err);

	names = args.names.at;
	for (size_t i = 0; done && i < args.names.count; i++)
		done = attest_row(request, names[i], args.nonce, &answer.count, err);
	done = done && request_answer(request, MESSAGE(msg_count, &answer), err);
	fields_clear(&msg_attest, &args);
	return done;
}
