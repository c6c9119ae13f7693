/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_MFA_STEP_H
#define CV_SEAL_RECORD_MFA_STEP_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/keys.h"

#include <stddef.h>
#include <stdint.h>

/** The last code sent for an MFA device, in a row of TABLE_MFA. No code is ever sent twice. */

/** A plain value. */
struct mfa_step {
	char name[ACCESS_KEY_SERIAL_MAX + 1]; /**< the device's serial or ARN */
	uint64_t last_step;		      /**< unix time / 30 when the code was sent */
	/** Keyed digest, all zero when unknown; detects a code equal to the last one. */
	unsigned char code_digest[SEAL_DIGEST_BYTES];
};

/**
 * Computes the digest of a code for code_digest, under a child of KEY_SESSION and bound to the
 * serial.
 */
MUST bool mfa_step_digest(const struct keys *keys, const char *serial, const char *code,
			  unsigned char out[static SEAL_DIGEST_BYTES], struct error *err);

MUST bool mfa_step_encode(const struct mfa_step *step, struct buf *out, struct error *err);

/** TAMPERED, and *step zero, when the plaintext is no MFA step. */
MUST bool mfa_step_decode(const void *data, size_t len, struct mfa_step *step, struct error *err);

#endif
