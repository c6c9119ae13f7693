/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_VERIFIED_VERIFIED_ROWS_H
#define CV_STORE_VERIFIED_VERIFIED_ROWS_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/seal/record/manifest.h"
#include "vault/seal/record/record.h"
#include "vault/store/verified/name_index.h"
#include "vault/store/verified/tag_index.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The digest of each row, as verified at unlock and as changed by this process since then: 64 bytes
 * a row, and at most 16 more after the first lookup of an absent name. The store checks the file
 * against these digests, never the other way round. Changes can be undone until they are settled.
 */

enum { VERIFIED_ROWS_NAME_BYTES = 15 };

struct verified_rows_row {
	unsigned char id[SEAL_ID_BYTES];
	unsigned char digest[SEAL_DIGEST_BYTES];
	unsigned char
	    name[VERIFIED_ROWS_NAME_BYTES]; /**< first bytes of the blind index of the row */
	unsigned char table;
};

/** The rows whose id begins with the same byte, sorted by table and id. */
struct verified_rows_bucket {
	struct verified_rows_row *rows;
	size_t count;
	size_t room;
	unsigned char digest[SEAL_DIGEST_BYTES];
	bool stale; /**< the digest has to be computed again */
};

struct verified_rows_undo;

struct verified_rows {
	struct verified_rows_bucket buckets[MANIFEST_BUCKETS];
	uint64_t count;
	unsigned char root[SEAL_DIGEST_BYTES]; /**< result of the last verified_rows_root() */
	struct verified_rows_undo *undo;
	size_t undo_count;
	size_t undo_room;
	struct name_index names; /**< empty, or of all rows: built at the first lookup */
	struct tag_index tags;	 /**< tags of the rows that searches have opened */
};

/** Makes an empty set of rows; the digest of every bucket is still to be computed. */
void verified_rows_init(struct verified_rows *verified);

/** Frees the rows. Accepts an empty set. */
void verified_rows_clear(struct verified_rows *verified);

/** Adds a row read from the file, without undo; TAMPERED when the set holds the row already. */
MUST bool verified_rows_load(struct verified_rows *verified, const struct record_id *id,
			     const unsigned char digest[static SEAL_DIGEST_BYTES],
			     struct error *err);

/** Adds or replaces a row. */
MUST bool verified_rows_set(struct verified_rows *verified, const struct record_id *id,
			    const unsigned char digest[static SEAL_DIGEST_BYTES],
			    struct error *err);

/** Removes a row that the set holds. */
MUST bool verified_rows_remove(struct verified_rows *verified, const struct record_id *id,
			       struct error *err);

/** Whether the set holds this row with this digest. */
bool verified_rows_is(const struct verified_rows *verified, const struct record_id *id,
		      const unsigned char digest[static SEAL_DIGEST_BYTES]);

/** Whether the set holds a row of this table and id, with any digest. */
bool verified_rows_knows(const struct verified_rows *verified, const struct record_id *id);

/**
 * Whether the set holds a row with this blind index, which the file must then contain too. Call it
 * only after the root has been verified.
 */
bool verified_rows_has_name(struct verified_rows *verified,
			    const unsigned char name_index[static SEAL_DIGEST_BYTES]);

/** Counts the rows of a table. Walks over all rows. */
uint64_t verified_rows_count(const struct verified_rows *verified, enum record_table table);

/** The position of verified_rows_next(); starts as zeros. */
struct verified_rows_place {
	unsigned int bucket;
	size_t at;
};

/**
 * Returns the rows of a table one by one, by id; NULL after the last row. The row is borrowed until
 * a row is added or removed.
 */
const struct verified_rows_row *verified_rows_next(const struct verified_rows *verified,
						   enum record_table table,
						   struct verified_rows_place *place);

/** Computes the root over all rows; only changed buckets are computed again. */
MUST bool verified_rows_root(struct verified_rows *verified, const struct keys *keys,
			     unsigned char out[static SEAL_DIGEST_BYTES], struct error *err);

/** Returns a point for verified_rows_undo(); 0 is the last settled state. */
size_t verified_rows_mark(const struct verified_rows *verified);
void verified_rows_undo(struct verified_rows *verified, size_t mark);
void verified_rows_settle(struct verified_rows *verified);

#endif
