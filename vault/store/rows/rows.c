/* SPDX-License-Identifier: MIT */
#include "vault/store/rows/rows.h"

#include "vault/seal/record/manifest.h"
#include "vault/seal/record/record.h"
#include "vault/store/handle.h"
#include "vault/store/verified/record_row.h"
#include "vault/store/file/statement.h"
#include "vault/store/txn.h"
#include "vault/store/verified/verified_rows.h"

#include <string.h>

/* Reads the row at which the statement stands and checks it against its verified digest. */
static bool take_row(struct store *store, sqlite3_stmt *stmt, enum record_table table,
		     struct record_row *row, struct error *err)
{
	unsigned char digest[SEAL_DIGEST_BYTES];

	if (!record_row_read(stmt, row, err) ||
	    !manifest_row_digest(&store->keys, row, digest, err))
		return false;
	if (row->id.table != (uint64_t)table ||
	    !verified_rows_is(&store->state.rows, &row->id, digest))
		return error_set(err, ERROR_TAMPERED,
				 "a row of the vault was changed while it was open");
	return true;
}

/*
 * Reads the row that has the table and the name index of *row. When the row exists, the statement
 * stays at it until the caller resets the statement.
 */
static bool look_up(struct store *store, sqlite3_stmt *stmt, struct record_row *row, bool *found,
		    struct error *err)
{
	const struct record_id wanted = row->id;
	const unsigned char *name_index = wanted.name_index;

	(void)sqlite3_bind_blob(stmt, 1, name_index, SEAL_DIGEST_BYTES, SQLITE_TRANSIENT);
	if (!statement_step(&store->statements, stmt, found, err))
		return false;
	if (!*found) {
		if (verified_rows_has_name(&store->state.rows, name_index))
			return error_set(err, ERROR_TAMPERED,
					 "a row of the vault vanished while it was open");
		return true;
	}
	if (!take_row(store, stmt, (enum record_table)wanted.table, row, err))
		return false;
	if (memcmp(row->id.name_index, name_index, SEAL_DIGEST_BYTES) != 0)
		return error_set(err, ERROR_TAMPERED, "the vault's index leads to another row");
	return true;
}

static bool read_row(struct store *store, enum record_table table, const char *name,
		     struct record_id *id, struct buf *plain, struct error *err)
{
	const struct seal_ctx ctx = store_seal(store, &store->keys);
	struct record_row row = {.id.table = table};
	sqlite3_stmt *stmt;
	bool found, ok = false;

	if (!record_name_index(&store->keys, table, name, row.id.name_index, err))
		return false;
	stmt = statement_use(&store->statements, STATEMENT_REC_NAME);
	if (!look_up(store, stmt, &row, &found, err))
		goto out;
	if (!found) {
		error_set(err, ERROR_NOT_FOUND, "no such record in the vault");
		goto out;
	}
	if (!record_open(&ctx, &row, name, plain, err))
		goto out;
	if (id)
		*id = row.id;
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

bool row_read(struct txn *txn, enum record_table table, const char *name, struct record_id *id,
	      struct buf *plain, struct error *err)
{
	return read_row(txn->store, table, name, id, plain, err);
}

bool row_get(struct store *store, enum record_table table, const char *name, struct record_id *id,
	     struct buf *plain, struct error *err)
{
	bool ok;

	(void)pthread_mutex_lock(&store->lock);
	ok = store_check_usable(store, err) && read_row(store, table, name, id, plain, err);
	(void)pthread_mutex_unlock(&store->lock);
	return ok;
}

static void note_change(struct txn *txn, enum record_table table)
{
	txn->changed = true;
	if (table == TABLE_KEY || table == TABLE_SETTINGS || table == TABLE_ROTATION ||
	    table == TABLE_CA_BUNDLE || table == TABLE_ANCHOR)
		txn->keys_changed = true;
}

/* Seals plain as a row of this identity and writes it. */
static bool write_row(struct txn *txn, enum statement how, const struct record_id *identity,
		      const struct buf *plain, struct error *err)
{
	struct store *store = txn->store;
	const struct seal_ctx ctx = store_seal(store, &store->keys);
	struct buf sealed = BUF_INIT(RECORD_SEALED_MAX);
	unsigned char digest[SEAL_DIGEST_BYTES];
	struct record_row row = {.id = *identity};
	bool ok = record_seal(&ctx, identity, plain, row.nonce, &sealed, err);

	row.sealed = sealed.data;
	row.sealed_len = sealed.len;
	ok = ok && manifest_row_digest(&store->keys, &row, digest, err);
	if (ok) {
		note_change(txn, (enum record_table)identity->table);
		ok = record_row_write(&store->statements, how, &row, err) &&
		     verified_rows_set(&store->state.rows, identity, digest, err);
	}
	buf_clear(&sealed);
	return ok;
}

/* Finds the row of *row's table and name; the statement is reset. */
static bool find_row(struct store *store, struct record_row *row, bool *found, struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_REC_NAME);
	bool ok = look_up(store, stmt, row, found, err);

	(void)sqlite3_reset(stmt);
	return ok;
}

bool row_put(struct txn *txn, enum record_table table, const char *name, const struct buf *plain,
	     struct record_id *id, struct error *err)
{
	struct store *store = txn->store;
	const struct seal_ctx ctx = store_seal(store, &store->keys);
	struct record_id identity;
	struct record_row row;
	bool found;

	if (!record_id_new(&ctx, table, name, &identity, err))
		return false;
	row = (struct record_row){.id = identity};
	if (!find_row(store, &row, &found, err))
		return false;
	if (found) {
		identity = row.id;
		identity.version++;
	}
	if (!write_row(txn, found ? STATEMENT_REC_UPDATE : STATEMENT_REC_INSERT, &identity, plain,
		       err))
		return false;
	if (id)
		*id = identity;
	return true;
}

bool row_rename(struct txn *txn, enum record_table table, const char *name, const char *new_name,
		const struct buf *plain, struct record_id *id, struct error *err)
{
	struct store *store = txn->store;
	struct record_row row = {.id.table = table}, other = {.id.table = table};
	bool found, taken;

	if (!record_name_index(&store->keys, table, name, row.id.name_index, err) ||
	    !record_name_index(&store->keys, table, new_name, other.id.name_index, err))
		return false;
	memcpy(id->name_index, other.id.name_index, sizeof(id->name_index));
	if (!find_row(store, &row, &found, err) || !find_row(store, &other, &taken, err))
		return false;
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, "no such record in the vault");
	if (taken)
		return error_set(err, ERROR_EXISTS, "the vault has a record of that name already");
	row.id.version++;
	memcpy(row.id.name_index, id->name_index, sizeof(row.id.name_index));
	*id = row.id;
	return write_row(txn, STATEMENT_REC_RENAME, id, plain, err);
}

bool row_delete(struct txn *txn, enum record_table table, const char *name, struct error *err)
{
	struct store *store = txn->store;
	struct record_row row = {.id.table = table};
	sqlite3_stmt *stmt;
	bool found, ok;

	if (!record_name_index(&store->keys, table, name, row.id.name_index, err))
		return false;
	stmt = statement_use(&store->statements, STATEMENT_REC_NAME);
	ok = look_up(store, stmt, &row, &found, err);
	(void)sqlite3_reset(stmt);
	if (!ok)
		return false;
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, "no such record in the vault");
	stmt = statement_use(&store->statements, STATEMENT_REC_DELETE);
	(void)sqlite3_bind_blob(stmt, 1, row.id.id, sizeof(row.id.id), SQLITE_TRANSIENT);
	note_change(txn, table);
	return statement_finish(&store->statements, stmt, 1, err) &&
	       verified_rows_remove(&store->state.rows, &row.id, err);
}

/* The store is locked. */
static bool read_each(struct store *store, enum record_table table, row_fn *fn, void *arg,
		      struct error *err)
{
	const struct seal_ctx ctx = store_seal(store, &store->keys);
	unsigned char before[SEAL_ID_BYTES] = {0};
	struct buf plain = ROW_BUF;
	struct record_row row;
	sqlite3_stmt *stmt;
	uint64_t count = 0;
	bool more, ok = false;

	/* The key is checked first, so that an empty table fails with LOCKED too. */
	if (!record_name_index(&store->keys, table, "-", row.id.name_index, err))
		return false;
	stmt = statement_use(&store->statements, STATEMENT_REC_TABLE);
	(void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)table);
	for (;;) {
		if (!statement_step(&store->statements, stmt, &more, err))
			goto out;
		if (!more)
			break;
		if (!take_row(store, stmt, table, &row, err))
			goto out;
		/* A page linked twice into the tree would show one row twice and hide another. */
		if (count > 0 && memcmp(before, row.id.id, sizeof(before)) >= 0) {
			error_set(err, ERROR_TAMPERED, "rows of the vault are out of order");
			goto out;
		}
		memcpy(before, row.id.id, sizeof(before));
		count++;
		if (!record_open(&ctx, &row, NULL, &plain, err) || !fn(arg, &row.id, &plain, err))
			goto out;
	}
	if (count != verified_rows_count(&store->state.rows, table)) {
		error_set(err, ERROR_TAMPERED, "a row of the vault vanished while it was open");
		goto out;
	}
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	buf_clear(&plain);
	return ok;
}

bool row_read_each(struct txn *txn, enum record_table table, row_fn *fn, void *arg,
		   struct error *err)
{
	return read_each(txn->store, table, fn, arg, err);
}

bool row_each(struct store *store, enum record_table table, row_fn *fn, void *arg,
	      struct error *err)
{
	bool ok;

	(void)pthread_mutex_lock(&store->lock);
	ok = store_check_usable(store, err) && read_each(store, table, fn, arg, err);
	(void)pthread_mutex_unlock(&store->lock);
	return ok;
}

uint64_t row_tag(const char *text)
{
	uint64_t tag = 14695981039346656037U; /* FNV-1a */

	for (; *text; text++)
		tag = (tag ^ (unsigned char)*text) * 1099511628211U;
	return tag;
}

/* Opens from the file a row that the verified rows contain. */
static bool open_verified(struct store *store, enum record_table table,
			  const struct verified_rows_row *verified, struct record_id *id,
			  struct buf *plain, struct error *err)
{
	const struct seal_ctx ctx = store_seal(store, &store->keys);
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_REC_ID);
	struct record_row row;
	bool found, ok;

	(void)sqlite3_bind_blob(stmt, 1, verified->id, SEAL_ID_BYTES, SQLITE_STATIC);
	ok = statement_step(&store->statements, stmt, &found, err);
	if (ok && !found)
		ok = error_set(err, ERROR_TAMPERED,
			       "a row of the vault vanished while it was open");
	ok = ok && take_row(store, stmt, table, &row, err);
	if (ok && memcmp(row.id.id, verified->id, SEAL_ID_BYTES) != 0)
		ok = error_set(err, ERROR_TAMPERED, "the vault's index leads to another row");
	ok = ok && record_open(&ctx, &row, NULL, plain, err);
	if (ok)
		*id = row.id;
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	return ok;
}

bool row_each_tagged(struct store *store, const struct row_search *search, row_fn *fn, void *arg,
		     struct error *err)
{
	unsigned char unused[SEAL_DIGEST_BYTES];
	struct verified_rows_place place = {0};
	const struct verified_rows_row *row;
	struct buf plain = ROW_BUF;
	struct verified_rows *rows;
	struct record_id id;
	bool ok;

	(void)pthread_mutex_lock(&store->lock);
	rows = &store->state.rows;
	/* As in row_each(): an empty table fails with LOCKED too. */
	ok = store_check_usable(store, err) &&
	     record_name_index(&store->keys, search->table, "-", unused, err);
	if (ok)
		tag_index_thin(&rows->tags, rows->count);
	while (ok && (row = verified_rows_next(rows, search->table, &place)) != NULL) {
		uint64_t its;
		bool known = tag_index_get(&rows->tags, row->digest, &its);

		if (known && its != search->tag)
			continue;
		ok = open_verified(store, search->table, row, &id, &plain, err) &&
		     (known || search->tag_of(&plain, &its, err));
		if (ok && !known)
			tag_index_put(&rows->tags, row->digest, its);
		ok = ok && (its != search->tag || fn(arg, &id, &plain, err));
	}
	(void)pthread_mutex_unlock(&store->lock);
	buf_clear(&plain);
	return ok;
}
