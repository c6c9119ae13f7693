/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_SIZES_H
#define CV_SEAL_SIZES_H

/** The sizes of the parts of all sealed data, in bytes (docs/format.md). */

enum {
	SEAL_ID_BYTES = 16, /**< vault ids, row ids, slot ids: random */
	SEAL_KEY_BYTES = 32,
	SEAL_DIGEST_BYTES = 32, /**< every BLAKE2b-256 */
	SEAL_NONCE_BYTES = 24,	/**< XChaCha20: random */
	SEAL_TAG_BYTES = 16,
	SEAL_PAD_BYTES = 512 /**< sealed plaintext is padded to a multiple of this */
};

#endif
