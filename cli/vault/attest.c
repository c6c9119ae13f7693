/* SPDX-License-Identifier: MIT */
#include "cli/vault/attest.h"

#include "cli/vault/agent_call.h"
#include "cli/vault/reopen.h"
#include "vault/wire/tables/msg_attest.h"

#include <string.h>

/* One call, for a portion of the keys. */
struct attesting {
	unsigned char nonce[KEY_TAG_NONCE_BYTES];
	struct attest_key *keys;
	size_t count;
};

static bool attest_take(void *ctx, const json_t *row, struct error *err)
{
	const struct attesting *attesting = ctx;
	struct msg_attested said = {.name = NULL};
	unsigned char tag[DIGEST_BYTES];
	bool ok = fields_read_answer(&msg_attested, row, &said, err);

	for (size_t i = 0; ok && i < attesting->count; i++) {
		struct attest_key *key = &attesting->keys[i];

		if (strcmp(key->name, said.name) != 0 ||
		    strcmp(key->access_key_id, said.access_key_id) != 0)
			continue;
		ok = key_tag_make(attesting->nonce,
				  &(struct key_tag_of){.name = key->name,
						       .access_key_id = key->access_key_id,
						       .secret = key->secret,
						       .secret_len = key->secret_len},
				  tag, err);
		key->held = ok && secret_equal(tag, said.tag, sizeof(tag));
	}
	return ok;
}

static bool attest_portion(struct cli *cli, struct attest_key *keys, size_t count,
			   struct error *err)
{
	struct attesting attesting = {.keys = keys, .count = count};
	const struct agent_watch watch = {.row = attest_take, .ctx = &attesting};
	const char *names[MSG_ATTEST_NAMES_MAX];
	struct msg_attest args = {.names = {.at = names, .count = count}};
	json_t *ok = NULL;
	bool done;

	secret_random_bytes(attesting.nonce, sizeof(attesting.nonce));
	memcpy(args.nonce, attesting.nonce, sizeof(args.nonce));
	for (size_t i = 0; i < count; i++)
		names[i] = keys[i].name;
	done = agent_call(cli, "attest", MESSAGE(msg_attest, &args), &watch, &ok, err);
	json_decref(ok);
	return done;
}

bool attest_keys(struct cli *cli, struct attest_key *keys, size_t count, struct error *err)
{
	bool ok = reopen_is_ours(cli);

	for (size_t i = 0; i < count; i++)
		keys[i].held = false;
	for (size_t i = 0; ok && i < count; i += MSG_ATTEST_NAMES_MAX) {
		size_t portion = count - i < MSG_ATTEST_NAMES_MAX ? count - i
								  : MSG_ATTEST_NAMES_MAX;

		if (!attest_portion(cli, keys + i, portion, err))
			return false;
		ok = reopen_is_ours(cli);
	}
	return ok || error_set(err, ERROR_FAILED, "the agent that opened the vault again is gone");
}
