/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_VERIFIED_H
#define CV_STORE_VERIFIED_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/seal/manifest.h"
#include "vault/seal/record.h"
#include "vault/store/names.h"
#include "vault/store/tags.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What was verified at unlock, and every change of ours since: the digest of each row, 64 bytes a
 * row, and at most 16 more once an absent name was asked for. The file is compared with this, never
 * the other way round. Changes can be undone until they are settled.
 */

enum { VERIFIED_NAME_BYTES = 15 };

struct verified_row {
	unsigned char id[SEAL_ID_BYTES];
	unsigned char digest[SEAL_DIGEST_BYTES];
	unsigned char name[VERIFIED_NAME_BYTES]; /**< the beginning of its blind index */
	unsigned char table;
};

/** Rows whose id begins with one byte, sorted by table and id. */
struct verified_bucket {
	struct verified_row *rows;
	size_t count;
	size_t room;
	unsigned char digest[SEAL_DIGEST_BYTES];
	bool stale; /**< digest must be computed anew */
};

struct verified_undo;

struct verified {
	struct verified_bucket buckets[MANIFEST_BUCKETS];
	uint64_t count;
	unsigned char root[SEAL_DIGEST_BYTES]; /**< of the last verified_root() */
	struct verified_undo *undo;
	size_t undo_count;
	size_t undo_room;
	struct names names; /**< empty, or of every row: made when it is first asked for */
	struct tags tags;   /**< of rows that were looked through for theirs */
};

/** No rows; every bucket's digest is still to be computed. */
void verified_init(struct verified *verified);

/** Frees. Accepts empty. */
void verified_clear(struct verified *verified);

/** Takes a row as read from the file, with no way to undo it; TAMPERED when it is there already. */
CV_MUST_USE
bool verified_load(struct verified *verified, const struct record_id *id,
		   const unsigned char digest[static SEAL_DIGEST_BYTES], struct error *err);

/** Adds or replaces a row. */
CV_MUST_USE
bool verified_set(struct verified *verified, const struct record_id *id,
		  const unsigned char digest[static SEAL_DIGEST_BYTES], struct error *err);

/** Takes out a row that is there. */
CV_MUST_USE
bool verified_remove(struct verified *verified, const struct record_id *id, struct error *err);

/** Whether this row is there with this digest. */
bool verified_is(const struct verified *verified, const struct record_id *id,
		 const unsigned char digest[static SEAL_DIGEST_BYTES]);

/** Whether a row of this table and id is there, whatever its digest. */
bool verified_knows(const struct verified *verified, const struct record_id *id);

/**
 * Whether a row with this blind index is there: what the file then must show. Not before the root
 * fits.
 */
bool verified_has_name(struct verified *verified,
		       const unsigned char name_index[static SEAL_DIGEST_BYTES]);

/** How many rows a table has. Walks over all rows. */
uint64_t verified_count(const struct verified *verified, enum record_table table);

/** Where verified_next() stands; starts as zeros. */
struct verified_place {
	unsigned int bucket;
	size_t at;
};

/**
 * The rows of a table one by one, by id; NULL after the last. Borrowed until a row is added or
 * taken out.
 */
const struct verified_row *verified_next(const struct verified *verified, enum record_table table,
					 struct verified_place *place);

/** The root over all rows; computes only the buckets that have changed. */
CV_MUST_USE
bool verified_root(struct verified *verified, const struct keys *keys,
		   unsigned char out[static SEAL_DIGEST_BYTES], struct error *err);

/** A point to go back to; 0 is the last settled state. */
size_t verified_mark(const struct verified *verified);
void verified_undo(struct verified *verified, size_t mark);
void verified_settle(struct verified *verified);

#endif
