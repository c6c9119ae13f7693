/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_PASSPHRASE_PROOF_H
#define CV_AGENT_CORE_PASSPHRASE_PROOF_H

#include "vault/agent/core/request.h"

/**
 * The proof that a client knows the passphrase (docs/protocol.md): a MAC over a fresh
 * nonce and the exact bytes of the request, under a subkey that is derived from the passphrase. An
 * operation marked OP_PROVED is not run without the proof; the others ask for it when they know
 * that they need it.
 */

enum {
	PROOF_LIFE_MS =
	    60000, /**< how long a nonce is good; a right proof that is late gets a new one */
	PROOF_TRIES = 3,
	PROOF_DELAY_MS =
	    100, /**< after the first proof that is refused on a connection, twice after two … */
	PROOF_DELAY_MAX_MS = 10000
};

/**
 * Asks the client for the proof; true at once where this request has proved it before. `why`: a
 * clause that says what wants it, for people; NULL where the act itself says so.
 * WRONG_PASSPHRASE for a wrong proof, after a delay that grows with each refusal on this connection
 * and holds up no other; INTERRUPTED without an answer; FAILED where the proof comes too late each
 * time. Leaves the gate meanwhile.
 */
MUST bool passphrase_proof_check(struct request *request, const char *why, struct error *err);

#endif
