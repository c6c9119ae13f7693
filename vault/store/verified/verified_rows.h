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
 * What was verified at unlock, and every change of ours since: the digest of each row, 64 bytes a
 * row, and at most 16 more once an absent name was asked for. The file is compared with this, never
 * the other way round. Changes can be undone until they are settled.
 */

enum { VERIFIED_ROWS_NAME_BYTES = 15 };

struct verified_rows_row {
	unsigned char id[SEAL_ID_BYTES];
	unsigned char digest[SEAL_DIGEST_BYTES];
	unsigned char name[VERIFIED_ROWS_NAME_BYTES]; /**< the beginning of its blind index */
	unsigned char table;
};

/** Rows whose id begins with one byte, sorted by table and id. */
struct verified_rows_bucket {
	struct verified_rows_row *rows;
	size_t count;
	size_t room;
	unsigned char digest[SEAL_DIGEST_BYTES];
	bool stale; /**< digest must be computed anew */
};

struct verified_rows_undo;

struct verified_rows {
	struct verified_rows_bucket buckets[MANIFEST_BUCKETS];
	uint64_t count;
	unsigned char root[SEAL_DIGEST_BYTES]; /**< of the last verified_rows_root() */
	struct verified_rows_undo *undo;
	size_t undo_count;
	size_t undo_room;
	struct name_index names; /**< empty, or of every row: made when it is first asked for */
	struct tag_index tags;	 /**< of rows that were looked through for theirs */
};

/** No rows; every bucket's digest is still to be computed. */
void verified_rows_init(struct verified_rows *verified);

/** Frees. Accepts empty. */
void verified_rows_clear(struct verified_rows *verified);

/** Takes a row as read from the file, with no way to undo it; TAMPERED when it is there already. */
MUST bool verified_rows_load(struct verified_rows *verified, const struct record_id *id,
			     const unsigned char digest[static SEAL_DIGEST_BYTES],
			     struct error *err);

/** Adds or replaces a row. */
MUST bool verified_rows_set(struct verified_rows *verified, const struct record_id *id,
			    const unsigned char digest[static SEAL_DIGEST_BYTES],
			    struct error *err);

/** Takes out a row that is there. */
MUST bool verified_rows_remove(struct verified_rows *verified, const struct record_id *id,
			       struct error *err);

/** Whether this row is there with this digest. */
bool verified_rows_is(const struct verified_rows *verified, const struct record_id *id,
		      const unsigned char digest[static SEAL_DIGEST_BYTES]);

/** Whether a row of this table and id is there, whatever its digest. */
bool verified_rows_knows(const struct verified_rows *verified, const struct record_id *id);

/**
 * Whether a row with this blind index is there: what the file then must show. Not before the root
 * fits.
 */
bool verified_rows_has_name(struct verified_rows *verified,
			    const unsigned char name_index[static SEAL_DIGEST_BYTES]);

/** How many rows a table has. Walks over all rows. */
uint64_t verified_rows_count(const struct verified_rows *verified, enum record_table table);

/** Where verified_rows_next() stands; starts as zeros. */
struct verified_rows_place {
	unsigned int bucket;
	size_t at;
};

/**
 * The rows of a table one by one, by id; NULL after the last. Borrowed until a row is added or
 * taken out.
 */
const struct verified_rows_row *verified_rows_next(const struct verified_rows *verified,
						   enum record_table table,
						   struct verified_rows_place *place);

/** The root over all rows; computes only the buckets that have changed. */
MUST bool verified_rows_root(struct verified_rows *verified, const struct keys *keys,
			     unsigned char out[static SEAL_DIGEST_BYTES], struct error *err);

/** A point to go back to; 0 is the last settled state. */
size_t verified_rows_mark(const struct verified_rows *verified);
void verified_rows_undo(struct verified_rows *verified, size_t mark);
void verified_rows_settle(struct verified_rows *verified);

#endif
