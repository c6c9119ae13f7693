/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_HASH_H
#define CV_SEAL_HASH_H

#include "vault/seal/pae.h"
#include "vault/seal/sizes.h"

#include <sodium.h>
#include <stddef.h>

/**
 * BLAKE2b as this layer uses it: with or without a key, always with its own personalisation. Only
 * this layer includes this header (it brings in libsodium's). No function can fail: callers pass
 * only fixed, valid sizes.
 */

struct hash {
	crypto_generichash_blake2b_state state;
	size_t out_len;
};

/**
 * key is SEAL_KEY_BYTES or NULL; personal at most 16 bytes, padded with zeros; out_len 16 to 64.
 */
void hash_begin(struct hash *hash, const unsigned char *key, const char *personal, size_t out_len);
void hash_add(struct hash *hash, const void *data, size_t len);

/** Adds PAE(items) without building the encoding in memory. */
void hash_add_pae(struct hash *hash, const struct pae_item *items, size_t count);

/** Writes out_len bytes and wipes the state. */
void hash_end(struct hash *hash, unsigned char *out);

/** BLAKE2b-256 of PAE(items) in one call. */
void hash_pae(const unsigned char *key, const char *personal, const struct pae_item *items,
	      size_t count, unsigned char out[static SEAL_DIGEST_BYTES]);

#endif
