/* SPDX-License-Identifier: MIT */
#include "vault/store/file/migrate.h"

#include "vault/base/buf.h"
#include "vault/store/file/sqlite_connection.h"
#include "vault/store/file/engine.h"
#include "vault/store/schema.h"

#include <string.h>

enum { LISTING_MAX = 64 * 1024 };

static bool apply(sqlite3 *db, const struct cv_schema *step, struct error *err)
{
	const char *sql = (const char *)step->sql, *end = sql + step->len;
	sqlite3_stmt *stmt = NULL;
	int rc = SQLITE_OK;

	while (sql < end && rc == SQLITE_OK) {
		rc = sqlite3_prepare_v2(db, sql, (int)(end - sql), &stmt, &sql);
		/* The statement is NULL after the last one: white space and comments. */
		if (rc == SQLITE_OK && stmt) {
			rc = sqlite3_step(stmt);
			rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
		}
		(void)sqlite3_finalize(stmt);
		stmt = NULL;
	}
	if (rc != SQLITE_OK)
		return engine_error(err, db, rc, "cannot make the vault's tables");
	return true;
}

static bool apply_from(sqlite3 *db, int first, int last, struct error *err)
{
	for (int i = first; i < last; i++) {
		if (!apply(db, &cv_schemas[i], err))
			return false;
	}
	return sqlite_connection_set_number(db, "user_version", last, err);
}

/*
 * Lists type, name, table and SQL of every schema object, each followed by a zero byte; a missing
 * SQL is empty.
 */
static bool list(sqlite3 *db, struct buf *out, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	bool ok = false;
	int rc = sqlite3_prepare_v2(
	    db, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2", -1, &stmt,
	    NULL);

	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(stmt);
		if (rc != SQLITE_ROW)
			break;
		for (int i = 0; i < 4; i++) {
			const void *text = sqlite3_column_blob(stmt, i);
			int bytes = sqlite3_column_bytes(stmt, i);

			if (text && !buf_append(out, text, (size_t)bytes, err))
				goto out;
			if (!buf_append(out, "", 1, err))
				goto out;
		}
	}
	if (rc != SQLITE_DONE) {
		engine_error(err, db, rc, "cannot read the vault's schema");
		goto out;
	}
	ok = true;
out:
	(void)sqlite3_finalize(stmt);
	return ok;
}

/* The schema that SQLite lists after our steps, so that its automatic indexes are included. */
static bool list_expected(int steps, struct buf *out, struct error *err)
{
	sqlite3 *db = NULL;
	bool ok = false;
	int rc = sqlite3_open_v2(":memory:", &db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY |
				     SQLITE_OPEN_NOMUTEX,
				 NULL);

	if (rc != SQLITE_OK)
		engine_error(err, db, rc, "cannot compare the vault's schema");
	else
		ok = apply_from(db, 0, steps, err) && list(db, out, err);
	(void)sqlite3_close(db);
	return ok;
}

bool migrate_create(sqlite3 *db, struct error *err)
{
	return sqlite_connection_set_number(db, "application_id", MIGRATE_APPLICATION_ID, err) &&
	       apply_from(db, 0, (int)cv_schemas_count, err);
}

bool migrate_check(sqlite3 *db, int *steps, struct error *err)
{
	struct buf expected = BUF_INIT(LISTING_MAX), found = BUF_INIT(LISTING_MAX);
	int application, version;
	struct error why;
	bool ok = false;

	if (!sqlite_connection_get_number(db, "application_id", &application, err) ||
	    !sqlite_connection_get_number(db, "user_version", &version, err))
		goto out;
	if (application != MIGRATE_APPLICATION_ID) {
		error_set(err, ERROR_TAMPERED, "the file is not a vault");
		goto out;
	}
	if (version < 1 || version > (int)cv_schemas_count) {
		error_set(err, ERROR_TAMPERED,
			  "the vault was made by a newer credvault, or its schema was changed");
		goto out;
	}
	if (!list_expected(version, &expected, err))
		goto out;
	/* A schema that exceeds the buffer differs from ours too. */
	if (!list(db, &found, &why)) {
		*err = why;
		if (why.code == ERROR_FAILED && found.len > 0)
			error_set(err, ERROR_TAMPERED, "the vault's schema was changed");
		goto out;
	}
	if (found.len != expected.len || memcmp(found.data, expected.data, found.len) != 0) {
		error_set(err, ERROR_TAMPERED,
			  "the vault's schema was changed: something was added, removed or edited");
		goto out;
	}
	*steps = version;
	ok = true;
out:
	buf_clear(&expected);
	buf_clear(&found);
	return ok;
}

bool migrate_forward(sqlite3 *db, int steps, struct error *err)
{
	int now;

	if (steps == (int)cv_schemas_count)
		return true;
	if (!sqlite_connection_run(db, "BEGIN IMMEDIATE", err))
		return false;
	if (!apply_from(db, steps, (int)cv_schemas_count, err) ||
	    !sqlite_connection_run(db, "COMMIT", err)) {
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		return false;
	}
	return migrate_check(db, &now, err);
}
