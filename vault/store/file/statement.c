/* SPDX-License-Identifier: MIT */
#include "vault/store/file/statement.h"

#include "vault/store/file/engine.h"

#include <errno.h>
#include <string.h>

/*
 * SQLite calls the progress handler every OPS instructions. A scan of a table of 100 000 rows takes
 * about ten calls; a statement that is still running after FUEL calls was crafted to run for ever.
 */
enum { OPS = 100000, FUEL = 5000 };

static const char *const texts[] = {
#define X(name_, sql_) [STATEMENT_##name_] = (sql_),
    STATEMENTS(X)
#undef X
};

static bool is_ours(const char *table)
{
	static const char *const tables[] = {"header", "manifest", "rec", "segment", "log"};

	for (size_t i = 0; table && i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(table, tables[i]) == 0)
			return true;
	}
	return false;
}

static int authorize(void *ctx, int action, const char *first, const char *second,
		     const char *database, const char *trigger)
{
	(void)ctx;
	(void)second;
	if (trigger || (database && strcmp(database, "main") != 0))
		return SQLITE_DENY;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT: return SQLITE_OK;
	case SQLITE_READ:
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE: return is_ours(first) ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_PRAGMA: return strcmp(first, "integrity_check") == 0 ? SQLITE_OK : SQLITE_DENY;
	default: return SQLITE_DENY;
	}
}

static int burn(void *ctx)
{
	struct statements *statements = ctx;

	if (statements->fuel == 0)
		return 1;
	statements->fuel--;
	return 0;
}

bool statements_open(struct statements *statements, sqlite3 *db, struct error *err)
{
	int rc = sqlite3_set_authorizer(db, authorize, NULL);

	statements->db = db;
	statements->fuel = FUEL;
	sqlite3_progress_handler(db, OPS, burn, statements);
	for (int i = 0; i < STATEMENTS_COUNT && rc == SQLITE_OK; i++)
		rc = sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
					&statements->list[i], NULL);
	if (rc != SQLITE_OK) {
		engine_error(err, db, rc, "the vault's tables cannot be read");
		statements_clear(statements);
		return false;
	}
	return true;
}

void statements_clear(struct statements *statements)
{
	for (int i = 0; i < STATEMENTS_COUNT; i++) {
		(void)sqlite3_finalize(statements->list[i]);
		statements->list[i] = NULL;
	}
	statements->db = NULL;
}

sqlite3_stmt *statement_use(struct statements *statements, enum statement which)
{
	sqlite3_stmt *stmt = statements->list[which];

	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	statements->fuel = FUEL;
	return stmt;
}

bool statement_step(struct statements *statements, sqlite3_stmt *stmt, bool *row, struct error *err)
{
	int rc;

	errno = 0;
	rc = sqlite3_step(stmt);
	*row = rc == SQLITE_ROW;
	if (rc == SQLITE_ROW)
		return true;
	/* The error number of the system is read first: a reset may lose it. */
	if (rc != SQLITE_DONE)
		engine_error(err, statements->db, rc,
			     sqlite3_column_count(stmt) > 0 ? "cannot read the vault"
							    : "cannot write the vault");
	(void)sqlite3_reset(stmt);
	return rc == SQLITE_DONE;
}

bool statement_finish(struct statements *statements, sqlite3_stmt *stmt, int changes,
		      struct error *err)
{
	bool row;

	if (!statement_step(statements, stmt, &row, err))
		return false;
	if (row) {
		(void)sqlite3_reset(stmt);
		return error_set(err, ERROR_TAMPERED, "the vault answers where it should not");
	}
	/*
	 * An object in the file has silently cancelled the write (trap 21 of docs/threat-model.md).
	 */
	if (changes >= 0 && sqlite3_changes(statements->db) != changes)
		return error_set(err, ERROR_TAMPERED, "a change did not reach the vault's table");
	return true;
}

bool statement_run(struct statements *statements, enum statement which, int changes,
		   struct error *err)
{
	return statement_finish(statements, statement_use(statements, which), changes, err);
}

bool statement_blob(sqlite3_stmt *stmt, int column, size_t lowest, size_t highest,
		    const unsigned char **data, size_t *len)
{
	int bytes;

	if (sqlite3_column_type(stmt, column) != SQLITE_BLOB)
		return false;
	*data = sqlite3_column_blob(stmt, column);
	bytes = sqlite3_column_bytes(stmt, column);
	if (!*data || bytes < 0 || (size_t)bytes < lowest || (size_t)bytes > highest)
		return false;
	if (len)
		*len = (size_t)bytes;
	return true;
}

bool statement_number(sqlite3_stmt *stmt, int column, uint64_t lowest, uint64_t *number)
{
	sqlite3_int64 value;

	if (sqlite3_column_type(stmt, column) != SQLITE_INTEGER)
		return false;
	value = sqlite3_column_int64(stmt, column);
	if (value < 0 || (uint64_t)value < lowest)
		return false;
	*number = (uint64_t)value;
	return true;
}
