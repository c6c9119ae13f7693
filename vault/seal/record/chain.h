/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_CHAIN_H
#define CV_SEAL_RECORD_CHAIN_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/keys.h"

#include <stddef.h>
#include <stdint.h>

/**
 * The chain of the log. Entries are numbered from 1 through all segments; each entry is sealed on
 * its own, and a head is a digest over all entries so far. A segment has two random keys of its
 * own, wrapped by KEY_LOG: a new vault key re-wraps the segment keys and leaves the entries
 * unchanged.
 */

enum {
	CHAIN_PLAIN_MAX = 16384 - 1,
	CHAIN_SEALED_MAX = 16384 + SEAL_TAG_BYTES,
	CHAIN_WRAPPED_BYTES = 2 * SEAL_KEY_BYTES + SEAL_TAG_BYTES
};

/** The public fields of a segment; all of them are authenticated with its wrapped keys. */
struct chain_segment {
	uint64_t number; /**< from 1 */
	uint64_t first;	 /**< number of its first entry */
	uint64_t epoch;	 /**< epoch of the vault key that wraps the keys now */
	unsigned char
	    head[SEAL_DIGEST_BYTES];	 /**< before its first entry; zero in the first segment */
	unsigned char id[SEAL_ID_BYTES]; /**< random; names its file */
	unsigned char digest[SEAL_DIGEST_BYTES]; /**< of its file; zero while the segment is open */
};

/**
 * Writes the beginning of a closed segment's file: all fields have fixed lengths, and the wrapping
 * of the segment's keys authenticates the same fields. Each entry follows as u32(length of sealed)
 * || nonce || sealed.
 */
MUST bool chain_file_begin(const unsigned char vault_id[static SEAL_ID_BYTES],
			   const struct chain_segment *segment, struct buf *out, struct error *err);

/** Computes the digest of a closed segment's file, for chain_segment.digest. */
void chain_file_digest(const void *data, size_t len, unsigned char out[static SEAL_DIGEST_BYTES]);

/** The keys of a segment. The struct owns both. */
struct chain_keys {
	struct secret payload;
	struct secret chain;
};

/** Makes fresh keys for a new segment. */
MUST bool chain_keys_new(struct chain_keys *keys, struct error *err);

/** Wipes the keys. Accepts empty keys. */
void chain_keys_clear(struct chain_keys *keys);

/** The place of an entry, and the keys of its segment. All pointers are borrowed. */
struct chain_place {
	const struct chain_keys *keys;
	const unsigned char *vault_id; /**< SEAL_ID_BYTES */
	uint64_t segment; /**< number of the segment; the seal binds it, the head does not */
	uint64_t number;  /**< number of the entry */
};

/** Wraps a segment's keys with a fresh nonce. LOCKED without KEY_LOG. */
MUST bool chain_wrap(const struct seal_ctx *ctx, const struct chain_segment *segment,
		     const struct chain_keys *segment_keys,
		     unsigned char nonce[static SEAL_NONCE_BYTES],
		     unsigned char wrapped[static CHAIN_WRAPPED_BYTES], struct error *err);

/** Unwraps a segment's keys. TAMPERED when the segment, nonce or wrapped keys were changed. */
MUST bool chain_unwrap(const struct seal_ctx *ctx, const struct chain_segment *segment,
		       const unsigned char nonce[static SEAL_NONCE_BYTES],
		       const unsigned char wrapped[static CHAIN_WRAPPED_BYTES],
		       struct chain_keys *out, struct error *err);

/** Seals the entry of a place with a fresh nonce into *sealed (reset first). */
MUST bool chain_seal(const struct chain_place *place, const void *plain, size_t plain_len,
		     unsigned char nonce[static SEAL_NONCE_BYTES], struct buf *sealed,
		     struct error *err);

/**
 * Opens an entry into *plain (reset first; limit at least CHAIN_PLAIN_MAX + 1). TAMPERED when the
 * seal does not match the place.
 */
MUST bool chain_open(const struct chain_place *place,
		     const unsigned char nonce[static SEAL_NONCE_BYTES], const void *sealed,
		     size_t sealed_len, struct buf *plain, struct error *err);

/**
 * Computes the head after the entry of a place, from the head before it and the entry's plaintext.
 */
MUST bool chain_head(const struct chain_place *place,
		     const unsigned char before[static SEAL_DIGEST_BYTES], const void *plain,
		     size_t plain_len, unsigned char out[static SEAL_DIGEST_BYTES],
		     struct error *err);

#endif
