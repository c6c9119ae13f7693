/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_BOX_H
#define CV_SEAL_BOX_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/seal/pae.h"

#include <stddef.h>

/**
 * XChaCha20-Poly1305 with random nonces and associated data PAE(ad). Only this layer uses it. The
 * cipher does not commit to its key, so it is used only under keys that the header's commitment
 * fixes.
 */

/** The key that a box is sealed under and the data it is bound to. All pointers are borrowed. */
struct box {
	const unsigned char *key; /**< SEAL_KEY_BYTES */
	const struct pae_item *ad;
	size_t ad_count;
	const char *what; /**< the name of the sealed thing in the TAMPERED message */
	size_t max;	  /**< the longest sealed text that box_open_padded() takes */
};

/** Seals len bytes into len + SEAL_TAG_BYTES at out. The function makes `nonce`. */
MUST bool box_seal(const struct box *box, const void *plain, size_t len,
		   unsigned char nonce[static SEAL_NONCE_BYTES], unsigned char *out,
		   struct error *err);

/** Opens len (>= SEAL_TAG_BYTES) bytes into len - SEAL_TAG_BYTES at out. TAMPERED names `what`. */
MUST bool box_open(const struct box *box, const unsigned char nonce[static SEAL_NONCE_BYTES],
		   const void *sealed, size_t len, unsigned char *out, struct error *err);

/**
 * Pads the plaintext to a multiple of SEAL_PAD_BYTES (adding at least one byte) and seals it into
 * *out, which is reset.
 */
MUST bool box_seal_padded(const struct box *box, const void *plain, size_t len,
			  unsigned char nonce[static SEAL_NONCE_BYTES], struct buf *out,
			  struct error *err);

/**
 * Opens what box_seal_padded() made. TAMPERED for a length above max or one that padding cannot
 * make. *out is reset.
 */
MUST bool box_open_padded(const struct box *box, const unsigned char nonce[static SEAL_NONCE_BYTES],
			  const void *sealed, size_t len, struct buf *out, struct error *err);

/**
 * Sets the one error message for changed data: "the vault was changed from outside (WHAT)". Returns
 * false.
 */
bool box_tampered(const char *what, struct error *err);

#endif
