/* SPDX-License-Identifier: MIT */
#include "vault/store/verified/record_row.h"

#include <string.h>

bool record_row_read(sqlite3_stmt *stmt, struct record_row *row, struct error *err)
{
	const unsigned char *id, *name_index, *nonce, *sealed;

	if (!statement_blob(stmt, 0, SEAL_ID_BYTES, SEAL_ID_BYTES, &id, NULL) ||
	    !statement_number(stmt, 1, 1, &row->id.table) || row->id.table > 255 ||
	    !statement_number(stmt, 2, 1, &row->id.version) ||
	    !statement_number(stmt, 3, 1, &row->id.epoch) ||
	    !statement_blob(stmt, 4, SEAL_DIGEST_BYTES, SEAL_DIGEST_BYTES, &name_index, NULL) ||
	    !statement_blob(stmt, 5, SEAL_NONCE_BYTES, SEAL_NONCE_BYTES, &nonce, NULL) ||
	    !statement_blob(stmt, 6, RECORD_SEALED_MIN, RECORD_SEALED_MAX, &sealed,
			    &row->sealed_len))
		return error_set(err, ERROR_TAMPERED, "a row of the vault is not one of ours");
	memcpy(row->id.id, id, sizeof(row->id.id));
	memcpy(row->id.name_index, name_index, sizeof(row->id.name_index));
	memcpy(row->nonce, nonce, sizeof(row->nonce));
	row->sealed = sealed;
	return true;
}

bool record_row_write(struct statements *statements, enum statement which,
		      const struct record_row *row, struct error *err)
{
	sqlite3_stmt *stmt = statement_use(statements, which);
	bool ok;

	(void)sqlite3_bind_blob(stmt, 1, row->id.id, sizeof(row->id.id), SQLITE_STATIC);
	(void)sqlite3_bind_int64(stmt, 2, (sqlite3_int64)row->id.table);
	(void)sqlite3_bind_int64(stmt, 3, (sqlite3_int64)row->id.version);
	(void)sqlite3_bind_int64(stmt, 4, (sqlite3_int64)row->id.epoch);
	(void)sqlite3_bind_blob(stmt, 5, row->id.name_index, sizeof(row->id.name_index),
				SQLITE_STATIC);
	(void)sqlite3_bind_blob(stmt, 6, row->nonce, sizeof(row->nonce), SQLITE_STATIC);
	(void)sqlite3_bind_blob(stmt, 7, row->sealed, (int)row->sealed_len, SQLITE_STATIC);
	ok = statement_finish(statements, stmt, 1, err);
	(void)sqlite3_clear_bindings(stmt);
	return ok;
}
