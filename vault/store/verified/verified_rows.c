/* SPDX-License-Identifier: MIT */
#include "vault/store/verified/verified_rows.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct verified_rows_row) == 64, "the promise is 64 bytes a row");

/* The previous row at a place; `was` tells whether a row existed there. */
struct verified_rows_undo {
	struct verified_rows_row row;
	bool was;
};

void verified_rows_init(struct verified_rows *verified)
{
	*verified = (struct verified_rows){.count = 0};
	for (int i = 0; i < MANIFEST_BUCKETS; i++)
		verified->buckets[i].stale = true;
}

void verified_rows_clear(struct verified_rows *verified)
{
	for (int i = 0; i < MANIFEST_BUCKETS; i++)
		free(verified->buckets[i].rows);
	free(verified->undo);
	name_index_clear(&verified->names);
	tag_index_clear(&verified->tags);
	verified_rows_init(verified);
}

/* Out of memory the index of names is dropped; the next lookup builds it again. */
static void index_add(struct verified_rows *verified, const struct verified_rows_row *row)
{
	if (verified->names.room > 0 && !name_index_add(&verified->names, row->name))
		name_index_clear(&verified->names);
}

static bool index_all(struct verified_rows *verified)
{
	for (int i = 0; i < MANIFEST_BUCKETS; i++) {
		const struct verified_rows_bucket *bucket = &verified->buckets[i];

		for (size_t at = 0; at < bucket->count; at++) {
			if (!name_index_add(&verified->names, bucket->rows[at].name)) {
				name_index_clear(&verified->names);
				return false;
			}
		}
	}
	return true;
}

static int compare(const struct verified_rows_row *row, unsigned char table,
		   const unsigned char *id)
{
	if (row->table != table)
		return row->table < table ? -1 : 1;
	return memcmp(row->id, id, SEAL_ID_BYTES);
}

/* Returns the place of a row, or the place where the row belongs. */
static size_t place(const struct verified_rows_bucket *bucket, unsigned char table,
		    const unsigned char *id, bool *found)
{
	size_t low = 0, high = bucket->count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(&bucket->rows[middle], table, id);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool insert(struct verified_rows *verified, const struct verified_rows_row *row, size_t at,
		   struct error *err)
{
	struct verified_rows_bucket *bucket = &verified->buckets[row->id[0]];

	if (bucket->count == bucket->room) {
		/*
		 * The room grows by an eighth, not to twice its size, because a vault may have very
		 * many rows.
		 */
		size_t room = bucket->room + bucket->room / 8 + 2;
		struct verified_rows_row *rows = realloc(bucket->rows, room * sizeof(*rows));

		if (!rows)
			return error_set(err, ERROR_MEMORY, "out of memory");
		bucket->rows = rows;
		bucket->room = room;
	}
	memmove(&bucket->rows[at + 1], &bucket->rows[at],
		(bucket->count - at) * sizeof(bucket->rows[0]));
	bucket->rows[at] = *row;
	bucket->count++;
	bucket->stale = true;
	verified->count++;
	index_add(verified, row);
	return true;
}

static void replace(struct verified_rows *verified, const struct verified_rows_row *row, size_t at)
{
	struct verified_rows_bucket *bucket = &verified->buckets[row->id[0]];

	name_index_remove(&verified->names, bucket->rows[at].name);
	bucket->rows[at] = *row;
	bucket->stale = true;
	index_add(verified, row);
}

static void take(struct verified_rows *verified, unsigned char number, size_t at)
{
	struct verified_rows_bucket *bucket = &verified->buckets[number];

	name_index_remove(&verified->names, bucket->rows[at].name);
	bucket->count--;
	memmove(&bucket->rows[at], &bucket->rows[at + 1],
		(bucket->count - at) * sizeof(bucket->rows[0]));
	bucket->stale = true;
	verified->count--;
}

/* Memory for the undo entry is taken before any change, so that undoing needs no memory. */
static bool remember(struct verified_rows *verified, const struct verified_rows_row *row, bool was,
		     struct error *err)
{
	if (verified->undo_count == verified->undo_room) {
		size_t room = verified->undo_room * 2 + 16;
		struct verified_rows_undo *undo = realloc(verified->undo, room * sizeof(*undo));

		if (!undo)
			return error_set(err, ERROR_MEMORY, "out of memory");
		verified->undo = undo;
		verified->undo_room = room;
	}
	verified->undo[verified->undo_count++] = (struct verified_rows_undo){.row = *row,
									     .was = was};
	return true;
}

static bool make(const struct record_id *id, const unsigned char *digest,
		 struct verified_rows_row *row, struct error *err)
{
	if (id->table < 1 || id->table > 255)
		return error_set(err, ERROR_TAMPERED, "a row of the vault names no table");
	row->table = (unsigned char)id->table;
	memcpy(row->id, id->id, sizeof(row->id));
	memcpy(row->digest, digest, sizeof(row->digest));
	memcpy(row->name, id->name_index, sizeof(row->name));
	return true;
}

bool verified_rows_load(struct verified_rows *verified, const struct record_id *id,
			const unsigned char digest[static SEAL_DIGEST_BYTES], struct error *err)
{
	struct verified_rows_row row;
	bool found;
	size_t at;

	if (!make(id, digest, &row, err))
		return false;
	at = place(&verified->buckets[row.id[0]], row.table, row.id, &found);
	if (found)
		return error_set(err, ERROR_TAMPERED, "a row of the vault is there twice");
	return insert(verified, &row, at, err);
}

bool verified_rows_set(struct verified_rows *verified, const struct record_id *id,
		       const unsigned char digest[static SEAL_DIGEST_BYTES], struct error *err)
{
	struct verified_rows_bucket *bucket;
	struct verified_rows_row row;
	bool found;
	size_t at;

	if (!make(id, digest, &row, err))
		return false;
	bucket = &verified->buckets[row.id[0]];
	at = place(bucket, row.table, row.id, &found);
	if (!remember(verified, found ? &bucket->rows[at] : &row, found, err))
		return false;
	if (found) {
		replace(verified, &row, at);
		return true;
	}
	if (!insert(verified, &row, at, err)) {
		verified->undo_count--;
		return false;
	}
	return true;
}

bool verified_rows_remove(struct verified_rows *verified, const struct record_id *id,
			  struct error *err)
{
	struct verified_rows_bucket *bucket = &verified->buckets[id->id[0]];
	bool found;
	size_t at = place(bucket, (unsigned char)id->table, id->id, &found);

	if (!found)
		return error_set(err, ERROR_TAMPERED, "a row of the vault was not there before");
	if (!remember(verified, &bucket->rows[at], true, err))
		return false;
	take(verified, id->id[0], at);
	return true;
}

bool verified_rows_is(const struct verified_rows *verified, const struct record_id *id,
		      const unsigned char digest[static SEAL_DIGEST_BYTES])
{
	const struct verified_rows_bucket *bucket = &verified->buckets[id->id[0]];
	bool found;
	size_t at = place(bucket, (unsigned char)id->table, id->id, &found);

	return found && memcmp(bucket->rows[at].digest, digest, SEAL_DIGEST_BYTES) == 0;
}

bool verified_rows_knows(const struct verified_rows *verified, const struct record_id *id)
{
	bool found;

	(void)place(&verified->buckets[id->id[0]], (unsigned char)id->table, id->id, &found);
	return found;
}

/* The slow lookup, for when memory does not suffice for an index. */
static bool look_through(const struct verified_rows *verified, const unsigned char *name_index)
{
	for (int i = 0; i < MANIFEST_BUCKETS; i++) {
		const struct verified_rows_bucket *bucket = &verified->buckets[i];

		for (size_t at = 0; at < bucket->count; at++) {
			if (memcmp(bucket->rows[at].name, name_index, VERIFIED_ROWS_NAME_BYTES) ==
			    0)
				return true;
		}
	}
	return false;
}

bool verified_rows_has_name(struct verified_rows *verified,
			    const unsigned char name_index[static SEAL_DIGEST_BYTES])
{
	if (verified->names.count != verified->count) {
		name_index_clear(&verified->names);
		if (!index_all(verified))
			return look_through(verified, name_index);
	}
	return name_index_have(&verified->names, name_index);
}

uint64_t verified_rows_count(const struct verified_rows *verified, enum record_table table)
{
	uint64_t count = 0;

	for (int i = 0; i < MANIFEST_BUCKETS; i++) {
		for (size_t at = 0; at < verified->buckets[i].count; at++)
			count += verified->buckets[i].rows[at].table == (unsigned int)table;
	}
	return count;
}

const struct verified_rows_row *verified_rows_next(const struct verified_rows *verified,
						   enum record_table table,
						   struct verified_rows_place *next)
{
	static const unsigned char lowest[SEAL_ID_BYTES];

	for (; next->bucket < MANIFEST_BUCKETS; next->bucket++, next->at = 0) {
		const struct verified_rows_bucket *bucket = &verified->buckets[next->bucket];
		bool found;

		if (next->at == 0)
			next->at = place(bucket, (unsigned char)table, lowest, &found);
		if (next->at < bucket->count && bucket->rows[next->at].table == (unsigned int)table)
			return &bucket->rows[next->at++];
	}
	return NULL;
}

static bool bucket_digest(struct verified_rows_bucket *bucket, unsigned int number,
			  const struct keys *keys, struct error *err)
{
	struct manifest_bucket sum;

	if (!manifest_bucket_begin(&sum, keys, number, err))
		return false;
	for (size_t at = 0; at < bucket->count; at++) {
		struct record_id id = {.table = bucket->rows[at].table};

		memcpy(id.id, bucket->rows[at].id, sizeof(id.id));
		if (!manifest_bucket_add(&sum, &id, bucket->rows[at].digest, err)) {
			manifest_bucket_end(&sum, bucket->digest);
			return false;
		}
	}
	manifest_bucket_end(&sum, bucket->digest);
	bucket->stale = false;
	return true;
}

bool verified_rows_root(struct verified_rows *verified, const struct keys *keys,
			unsigned char out[static SEAL_DIGEST_BYTES], struct error *err)
{
	unsigned char digests[MANIFEST_BUCKETS][SEAL_DIGEST_BYTES];
	bool stale = false;

	for (unsigned int i = 0; i < MANIFEST_BUCKETS; i++) {
		struct verified_rows_bucket *bucket = &verified->buckets[i];

		if (bucket->stale) {
			stale = true;
			if (!bucket_digest(bucket, i, keys, err))
				return false;
		}
	}
	for (unsigned int i = 0; stale && i < MANIFEST_BUCKETS; i++)
		memcpy(digests[i], verified->buckets[i].digest, sizeof(digests[i]));
	if (stale && !manifest_root(keys, digests, verified->root, err)) {
		verified->buckets[0].stale = true;
		return false;
	}
	memcpy(out, verified->root, SEAL_DIGEST_BYTES);
	return true;
}

size_t verified_rows_mark(const struct verified_rows *verified)
{
	return verified->undo_count;
}

void verified_rows_undo(struct verified_rows *verified, size_t mark)
{
	while (verified->undo_count > mark) {
		const struct verified_rows_undo *undo = &verified->undo[--verified->undo_count];
		struct verified_rows_bucket *bucket = &verified->buckets[undo->row.id[0]];
		struct error none;
		bool found;
		size_t at = place(bucket, undo->row.table, undo->row.id, &found);

		if (!undo->was && found)
			take(verified, undo->row.id[0], at);
		else if (found)
			replace(verified, &undo->row, at);
		else if (undo->was)
			/*
			 * The change removed a row from this bucket, so that the bucket has room
			 * for it.
			 */
			(void)!insert(verified, &undo->row, at, &none);
		bucket->stale = true;
	}
}

void verified_rows_settle(struct verified_rows *verified)
{
	verified->undo_count = 0;
}
