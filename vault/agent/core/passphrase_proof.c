/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/passphrase_proof.h"

#include "vault/base/secret.h"
#include "vault/seal/proof.h"
#include "vault/store/store.h"
#include "vault/wire/frame.h"
#include "vault/wire/tables/msg_credentials.h"

#include <string.h>

enum verdict { RIGHT, WRONG, LATE };

_Static_assert(sizeof(((struct msg_nonce *)NULL)->nonce) == PROOF_NONCE_BYTES &&
		   sizeof(((struct msg_nonce *)NULL)->vault_id) == SEAL_ID_BYTES &&
		   sizeof(((struct msg_proof *)NULL)->proof) == PROOF_BYTES,
	       "messages hold what is sealed");

static bool passphrase_proof_fits(const json_t *answer,
				  const unsigned char right[static PROOF_BYTES])
{
	struct error ignored = ERROR_INIT;
	struct msg_proof given;

	return fields_read_answer(&msg_proof, answer, &given, &ignored) &&
	       secret_equal(given.proof, right, sizeof(given.proof));
}

/* Sends one nonce and reads one answer. False: no answer came. */
static bool passphrase_proof_try_once(struct request *request, const char *why,
				      enum verdict *verdict, struct error *err)
{
	struct agent *agent = request->agent;
	struct msg_nonce ask = {.kind = "proof", .header = *store_header(agent->store), .why = why};
	unsigned char right[PROOF_BYTES];
	int64_t asked_ms = clock_boot_ms(agent->clock);
	struct buf covered = request->covered;
	json_t *answer = NULL;
	bool ok;

	/*
	 * Covers the earlier answers, not the answers to this question, which are proofs
	 * themselves.
	 */
	request->covered = FRAME_REQUEST_INIT;
	secret_random_bytes(ask.nonce, sizeof(ask.nonce));
	memcpy(ask.vault_id, agent->vault_id, sizeof(ask.vault_id));
	ok = request_put_question(request, MESSAGE(msg_nonce, &ask), REQUEST_ASK_MS, &answer,
				  err) &&
	     proof_make(&agent->keys, agent->vault_id, ask.nonce,
			covered.len ? &covered : request->frame, right, err);
	buf_clear(&request->covered);
	request->covered = covered;
	if (ok && !passphrase_proof_fits(answer, right))
		*verdict = WRONG;
	else if (ok)
		*verdict = clock_boot_ms(agent->clock) - asked_ms > PROOF_LIFE_MS ? LATE : RIGHT;
	secret_wipe(right, sizeof(right));
	json_decref(answer);
	return ok;
}

/*
 * The delay holds up this connection alone: its thread serves no other and is outside of the gate
 * (trap 36).
 */
static void passphrase_proof_slow_down(struct request *request)
{
	unsigned int *refused = &request->connection->refused_proofs;

	if (*refused < PROOF_DELAY_MAX_MS / PROOF_DELAY_MS)
		(*refused)++;
	agent_leave(request->agent);
	clock_sleep_ms(request->agent->clock, (int64_t)*refused * PROOF_DELAY_MS);
	agent_reenter(request->agent);
}

bool passphrase_proof_check(struct request *request, const char *why, struct error *err)
{
	enum verdict verdict = LATE;

	for (int tries = 0; !request->proved && verdict == LATE; tries++) {
		if (tries == PROOF_TRIES)
			return error_set(err, ERROR_FAILED, "the proof for this came too late");
		if (!passphrase_proof_try_once(request, why, &verdict, err))
			return false;
		request->proved = verdict == RIGHT;
	}
	if (request->proved) {
		request->connection->refused_proofs = 0;
		return true;
	}
	passphrase_proof_slow_down(request);
	error_set(err, ERROR_WRONG_PASSPHRASE, "the passphrase was not proved for this");
	return error_detail(err, "Nothing was changed.");
}
