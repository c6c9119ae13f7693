/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_PROOF_H
#define CV_SEAL_PROOF_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"

/**
 * The proof that a client knows the passphrase, valid for one request: BLAKE2b-256 under KEY_PROOF
 * over PAE("credvault/proof/v1", vault id, nonce, the request frame's bytes).
 */

enum { PROOF_NONCE_BYTES = 32, PROOF_BYTES = 32 };

/**
 * Computes the proof, in client and agent alike; the agent compares in constant time. LOCKED
 * without KEY_PROOF.
 */
MUST bool proof_make(const struct keys *keys, const unsigned char vault_id[static SEAL_ID_BYTES],
		     const unsigned char nonce[static PROOF_NONCE_BYTES], const struct buf *frame,
		     unsigned char out[static PROOF_BYTES], struct error *err);

#endif
