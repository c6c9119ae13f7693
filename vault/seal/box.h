/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_BOX_H
#define CV_SEAL_BOX_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/seal/pae.h"

#include <stddef.h>

/**
 * XChaCha20-Poly1305 with random nonces and associated data PAE(ad). For this layer alone. Not
 * committing to its key: it is used only under keys that the header's commitment fixes.
 */

/** What a box is sealed under and bound to. All is borrowed. */
struct box {
	const unsigned char *key; /**< SEAL_KEY_BYTES */
	const struct pae_item *ad;
	size_t ad_count;
	const char *what; /**< named by the TAMPERED of an opening */
	size_t max;	  /**< the longest sealed text that box_open_padded() takes */
};

/** Seals len bytes into len + SEAL_TAG_BYTES at out. `nonce` is made here. */
MUST bool box_seal(const struct box *box, const void *plain, size_t len,
		   unsigned char nonce[static SEAL_NONCE_BYTES], unsigned char *out,
		   struct error *err);

/** Opens len (>= SEAL_TAG_BYTES) bytes into len - SEAL_TAG_BYTES at out; TAMPERED naming `what`. */
MUST bool box_open(const struct box *box, const unsigned char nonce[static SEAL_NONCE_BYTES],
		   const void *sealed, size_t len, unsigned char *out, struct error *err);

/** Pads to a multiple of SEAL_PAD_BYTES (at least one byte) and seals into *out, which is reset. */
MUST bool box_seal_padded(const struct box *box, const void *plain, size_t len,
			  unsigned char nonce[static SEAL_NONCE_BYTES], struct buf *out,
			  struct error *err);

/** The reverse; a length that padding cannot make, or above max, is TAMPERED. *out is reset. */
MUST bool box_open_padded(const struct box *box, const unsigned char nonce[static SEAL_NONCE_BYTES],
			  const void *sealed, size_t len, struct buf *out, struct error *err);

/**
 * The one message for what was changed: "the vault was changed from outside (WHAT)". Returns false.
 */
bool box_tampered(const char *what, struct error *err);

#endif
