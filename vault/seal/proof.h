/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_PROOF_H
#define CV_SEAL_PROOF_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"

/**
 * That a client knows the passphrase, for this one request: BLAKE2b-256 under KEY_PROOF over
 * PAE("credvault/proof/v1", vault id, nonce, the request frame's bytes).
 */

enum { PROOF_NONCE_BYTES = 32, PROOF_BYTES = 32 };

/** Both ends make it; the agent compares in constant time. LOCKED without KEY_PROOF. */
MUST bool proof_make(const struct keys *keys, const unsigned char vault_id[static SEAL_ID_BYTES],
		     const unsigned char nonce[static PROOF_NONCE_BYTES], const struct buf *frame,
		     unsigned char out[static PROOF_BYTES], struct error *err);

#endif
