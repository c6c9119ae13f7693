/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_ROWS_ROWS_H
#define CV_STORE_ROWS_ROWS_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/record/record.h"
#include "vault/store/txn.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Sealed rows, addressed by table and name; in the file a blind index hides both (docs/format.md).
 * The plaintext has the form of vault/seal/record/record.h (TLV that starts with the name). The
 * store compares every row it reads with the digest verified at unlock: TAMPERED when they differ,
 * also when a row has vanished. LOCKED when the store lacks the key of the table (records after
 * store_drop_record_keys(); never sessions).
 */

struct store;

/**
 * Inserts or replaces a row (version + 1, same id); the name in `plain` must be `name`. Sets *id
 * (may be NULL) to the new identity of the row. Call it inside store_commit().
 */
MUST bool row_put(struct txn *txn, enum record_table table, const char *name,
		  const struct buf *plain, struct record_id *id, struct error *err);

/**
 * Gives a row another name (version + 1, same id) and the content `plain`, whose name must be
 * `new_name`. *id is then the row's new identity. NOT_FOUND without a row of the old name, EXISTS
 * where one has the new name. Call it inside store_commit().
 */
MUST bool row_rename(struct txn *txn, enum record_table table, const char *name,
		     const char *new_name, const struct buf *plain, struct record_id *id,
		     struct error *err);

/** Deletes a row; NOT_FOUND when the row does not exist. Call it inside store_commit(). */
MUST bool row_delete(struct txn *txn, enum record_table table, const char *name, struct error *err);

/** Like row_get(), but sees the changes of this transaction. Call it inside store_commit(). */
MUST bool row_read(struct txn *txn, enum record_table table, const char *name, struct record_id *id,
		   struct buf *plain, struct error *err);

/**
 * Opens a row into *plain (reset first; limit at least RECORD_PLAIN_MAX + 1: ROW_BUF), and sets *id
 * (may be NULL) to its identity. NOT_FOUND when the row does not exist. Thread-safe.
 */
MUST bool row_get(struct store *store, enum record_table table, const char *name,
		  struct record_id *id, struct buf *plain, struct error *err);

/** An empty buffer that has room for the plaintext of a row. */
#define ROW_BUF BUF_INIT(RECORD_PLAIN_MAX + 1)

/** Called for each row with its plaintext, which is wiped afterwards; false ends the walk. */
typedef bool row_fn(void *arg, const struct record_id *id, const struct buf *plain,
		    struct error *err);

/**
 * Walks over every row of a table, in unspecified order. The store is locked during the walk: fn
 * must not call it. False with the error of fn when fn returns false; TAMPERED when a row is
 * missing. Thread-safe.
 */
MUST bool row_each(struct store *store, enum record_table table, row_fn *fn, void *arg,
		   struct error *err);

/** Like row_each(), but sees the changes of this transaction. Call it inside store_commit(). */
MUST bool row_read_each(struct txn *txn, enum record_table table, row_fn *fn, void *arg,
			struct error *err);

/**
 * Computes the tag of a row, a number by which searches find the row, from its plaintext; all
 * searches of a table use the same function. False where the plaintext is not valid.
 */
typedef bool row_tag_fn(const struct buf *plain, uint64_t *tag, struct error *err);

/** A search for the rows of a table with one tag. */
struct row_search {
	enum record_table table;
	row_tag_fn *tag_of;
	uint64_t tag;
};

/**
 * Like row_each(), but only for the rows that match the search. The store remembers the tag of a
 * row until the row changes: a second search opens only matching rows and changed rows.
 */
MUST bool row_each_tagged(struct store *store, const struct row_search *search, row_fn *fn,
			  void *arg, struct error *err);

/** The tag of a text. Different texts may have the same tag. */
uint64_t row_tag(const char *text);

#endif
