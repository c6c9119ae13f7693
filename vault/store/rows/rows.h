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
 * Sealed rows, addressed by table and name; both are hidden in the file behind a blind index
 * (docs/format.md). Plaintext is what vault/seal/record/record.h takes and gives (TLV that starts
 * with the
 * name). Every row read is compared with the digest verified at unlock: TAMPERED otherwise, also
 * for a row that has vanished. LOCKED when the key of that table is not there (records after
 * store_drop_record_keys(); never sessions).
 */

struct store;

/**
 * Inserts or replaces (version + 1, same id); the name in `plain` must be `name`. *id (may be NULL)
 * is the row's identity from now on. Inside store_commit().
 */
MUST bool row_put(struct txn *txn, enum record_table table, const char *name,
		  const struct buf *plain, struct record_id *id, struct error *err);

/** NOT_FOUND when there is no such row. Inside store_commit(). */
MUST bool row_delete(struct txn *txn, enum record_table table, const char *name, struct error *err);

/** As row_get(), seeing what this transaction has written. Inside store_commit(). */
MUST bool row_read(struct txn *txn, enum record_table table, const char *name, struct record_id *id,
		   struct buf *plain, struct error *err);

/**
 * Opens a row into *plain (reset first; limit at least RECORD_PLAIN_MAX + 1: ROW_BUF), and its
 * identity into *id (may be NULL). NOT_FOUND when there is none. Thread-safe.
 */
MUST bool row_get(struct store *store, enum record_table table, const char *name,
		  struct record_id *id, struct buf *plain, struct error *err);

/** An empty buffer that a row's plaintext fits into. */
#define ROW_BUF BUF_INIT(RECORD_PLAIN_MAX + 1)

/** Called for each row with the plaintext, which is wiped afterwards; false ends the walk. */
typedef bool row_fn(void *arg, const struct record_id *id, const struct buf *plain,
		    struct error *err);

/**
 * Every row of a table, in no useful order. The store is held meanwhile: fn must not call it. False
 * with fn's error when fn said so; TAMPERED when a row is missing. Thread-safe.
 */
MUST bool row_each(struct store *store, enum record_table table, row_fn *fn, void *arg,
		   struct error *err);

/**
 * What rows of a table are also found by: a number made of the plaintext, the same for every search
 * of that table. False where the plaintext is none.
 */
typedef bool row_tag_fn(const struct buf *plain, uint64_t *tag, struct error *err);

/** The rows of a table with one tag. */
struct row_search {
	enum record_table table;
	row_tag_fn *tag_of;
	uint64_t tag;
};

/**
 * As row_each(), but only the rows that are searched for. What tag a row has is remembered for as
 * long as the row does not change: a second search opens only what it finds and what has changed.
 */
MUST bool row_each_tagged(struct store *store, const struct row_search *search, row_fn *fn,
			  void *arg, struct error *err);

/** The tag of a text. Others may have the same. */
uint64_t row_tag(const char *text);

#endif
