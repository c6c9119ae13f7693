/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/passphrase_proof.h"

#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/seal/proof.h"

#include <string.h>

enum verdict { RIGHT, WRONG, LATE };

/* {"kind","nonce","vault_id","header"}, the caller's. */
static bool make_ask(struct agent *agent, const unsigned char nonce[static PROOF_NONCE_BYTES],
		     json_t **ask, struct error *err)
{
	char hex[2 * PROOF_NONCE_BYTES + 1], id[2 * SEAL_ID_BYTES + 1];

	text_hex(nonce, PROOF_NONCE_BYTES, hex);
	text_hex(agent->vault_id, sizeof(agent->vault_id), id);
	if (!agent_header(agent, ask, err))
		return false;
	if (json_put_text(*ask, "kind", "proof", err) && json_put_text(*ask, "nonce", hex, err) &&
	    json_put_text(*ask, "vault_id", id, err))
		return true;
	json_decref(*ask);
	return false;
}

static bool fits(const json_t *answer, const unsigned char right[static PROOF_BYTES])
{
	unsigned char given[PROOF_BYTES];
	const char *text = json_string_value(json_object_get(answer, "proof"));

	return text && text_unhex(text, given, sizeof(given)) &&
	       secret_equal(given, right, sizeof(given));
}

/* One nonce, one answer. False: there was none. */
static bool try_once(struct request *request, enum verdict *verdict, struct error *err)
{
	struct agent *agent = request->agent;
	unsigned char nonce[PROOF_NONCE_BYTES], right[PROOF_BYTES];
	int64_t asked_ms = clock_boot_ms(agent->clock);
	json_t *ask = NULL, *answer = NULL;
	bool ok;

	secret_random_bytes(nonce, sizeof(nonce));
	ok = make_ask(agent, nonce, &ask, err) && request_ask(request, ask, &answer, err) &&
	     proof_make(&agent->keys, agent->vault_id, nonce, request->frame, right, err);
	if (ok && !fits(answer, right))
		*verdict = WRONG;
	else if (ok)
		*verdict = clock_boot_ms(agent->clock) - asked_ms > PROOF_LIFE_MS ? LATE : RIGHT;
	secret_wipe(right, sizeof(right));
	json_decref(answer);
	return ok;
}

/* This thread serves one connection and stands outside of the gate: nobody else waits (TRAP 36). */
static void slow_down(struct request *request)
{
	unsigned int *refused = &request->connection->refused_proofs;

	if (*refused < PROOF_DELAY_MAX_MS / PROOF_DELAY_MS)
		(*refused)++;
	agent_leave(request->agent);
	clock_sleep_ms(request->agent->clock, (int64_t)*refused * PROOF_DELAY_MS);
	agent_reenter(request->agent);
}

bool passphrase_proof_check(struct request *request, struct error *err)
{
	enum verdict verdict = LATE;

	for (int tries = 0; !request->proved && verdict == LATE; tries++) {
		if (tries == PROOF_TRIES)
			return error_set(err, ERROR_FAILED, "the proof for this came too late");
		if (!try_once(request, &verdict, err))
			return false;
		request->proved = verdict == RIGHT;
	}
	if (request->proved) {
		request->connection->refused_proofs = 0;
		return true;
	}
	slow_down(request);
	error_set(err, ERROR_WRONG_PASSPHRASE, "the passphrase was not proved for this");
	return error_detail(err, "Nothing was changed.");
}
