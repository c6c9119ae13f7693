/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_MANIFEST_H
#define CV_SEAL_RECORD_MANIFEST_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/seal/record/record.h"

#include <stddef.h>
#include <stdint.h>

/**
 * The manifest is one sealed row, written in the transaction of every change, that describes the
 * content of the whole vault. Its root is a digest over all rows in two levels, so that a change
 * recomputes only one bucket.
 */

enum {
	MANIFEST_BUCKETS = 256, /**< a row's bucket is the first byte of its id */
	MANIFEST_WRITER_MAX = 63,
	MANIFEST_SEALED_MAX = 4 * SEAL_PAD_BYTES + SEAL_TAG_BYTES
};

/** A plain value. */
struct manifest {
	uint64_t generation; /**< from 1, one more with every transaction */
	uint64_t rows;	     /**< number of rows in `rec` */
	unsigned char root[SEAL_DIGEST_BYTES];
	unsigned char header_digest[SEAL_DIGEST_BYTES]; /**< header_digest() */
	uint64_t log_count;				/**< number of the last entry */
	unsigned char log_head[SEAL_DIGEST_BYTES];
	unsigned char
	    mark_digest[SEAL_DIGEST_BYTES]; /**< of the mark before this manifest; zero = none */
	int64_t updated_at;
	char writer[MANIFEST_WRITER_MAX + 1]; /**< "credvault-agent 1.0.0" */
};

/**
 * Seals the manifest with a fresh nonce into *sealed (reset first; limit at least
 * MANIFEST_SEALED_MAX).
 */
MUST bool manifest_seal(const struct seal_ctx *ctx, const struct manifest *manifest,
			unsigned char nonce[static SEAL_NONCE_BYTES], struct buf *sealed,
			struct error *err);

/** Opens a manifest; TAMPERED when the bytes are not the manifest of this vault and epoch. */
MUST bool manifest_open(const struct seal_ctx *ctx,
			const unsigned char nonce[static SEAL_NONCE_BYTES], const void *sealed,
			size_t sealed_len, struct manifest *out, struct error *err);

/** Computes the digest of one row under KEY_ROOT, over all fields of the row. */
MUST bool manifest_row_digest(const struct keys *keys, const struct record_row *row,
			      unsigned char out[static SEAL_DIGEST_BYTES], struct error *err);

/**
 * The state of a bucket's digest while rows are added. Opaque; holds no key after
 * manifest_bucket_end().
 */
struct manifest_bucket {
	_Alignas(64) unsigned char state[448];
	unsigned int number;
	bool any;
	uint64_t last_table;
	unsigned char last_id[SEAL_ID_BYTES];
	uint64_t rows;
};

/** Begins bucket `number` (0-255). */
MUST bool manifest_bucket_begin(struct manifest_bucket *bucket, const struct keys *keys,
				unsigned int number, struct error *err);

/**
 * Adds a row by its digest. The caller adds rows sorted by (table, id), ids in memcmp() order;
 * TAMPERED for a row out of order, a duplicate, or a row of another bucket.
 */
MUST bool manifest_bucket_add(struct manifest_bucket *bucket, const struct record_id *id,
			      const unsigned char digest[static SEAL_DIGEST_BYTES],
			      struct error *err);

/** Ends the bucket and wipes the state. */
void manifest_bucket_end(struct manifest_bucket *bucket,
			 unsigned char out[static SEAL_DIGEST_BYTES]);

/** Computes the root over all buckets, including empty ones. */
MUST bool manifest_root(const struct keys *keys,
			const unsigned char buckets[static MANIFEST_BUCKETS][SEAL_DIGEST_BYTES],
			unsigned char out[static SEAL_DIGEST_BYTES], struct error *err);

#endif
