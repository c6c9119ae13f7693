/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_PASSPHRASE_PROOF_H
#define CV_AGENT_CORE_PASSPHRASE_PROOF_H

#include "vault/agent/core/request.h"

/**
 * Acts that need a proof of the passphrase (DESIGN §2, docs/protocol.md): a MAC, under a subkey
 * that only the passphrase leads to, over a nonce of this moment and the exact bytes of the
 * request. Operations marked OP_PROVED are not run without one; others call this once they know
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
 * Asks the client for the proof; true at once where this request has brought it. WRONG_PASSPHRASE
 * where it is not right, and then only after a delay that grows with each refusal on this
 * connection and keeps nobody else waiting; INTERRUPTED without an answer; FAILED where it comes
 * too late each time. Leaves the gate meanwhile.
 */
MUST bool passphrase_proof_check(struct request *request, struct error *err);

#endif
