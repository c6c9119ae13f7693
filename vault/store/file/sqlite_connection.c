/* SPDX-License-Identifier: MIT */
#include "vault/store/file/sqlite_connection.h"

#include "vault/store/file/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * The order matters: EXCLUSIVE comes before every pragma that reads the file (some of these do), or
 * else the index of the journal becomes a -shm file that other processes may share.
 */
static const struct {
	const char *name;
	const char *set;
	const char *is;
} pragmas[] = {
    {"locking_mode", "EXCLUSIVE", "exclusive"},
    {"cell_size_check", "ON", "1"},
    {"mmap_size", "0", "0"},
    {"foreign_keys", "ON", "1"},
    {"secure_delete", "ON", "1"},
    {"temp_store", "MEMORY", "2"},
    {"cache_size", "-512", "-512"},
    {"page_size", "4096", "4096"},
    {"journal_mode", "WAL", "wal"},
    {"synchronous", "FULL", "2"},
    {"wal_autocheckpoint", "500", "500"},
    {"journal_size_limit", "-1", "-1"},
    {"max_page_count", "65536", "65536"},
};

/* The "high-security" column of SQLite's security.html, adjusted to the needs of our statements. */
static const struct {
	int id;
	int value;
} limits[] = {
    {SQLITE_LIMIT_LENGTH, 1024 * 1024},
    {SQLITE_LIMIT_SQL_LENGTH, 16 * 1024},
    {SQLITE_LIMIT_COLUMN, 32},
    {SQLITE_LIMIT_EXPR_DEPTH, 10},
    {SQLITE_LIMIT_COMPOUND_SELECT, 3},
    {SQLITE_LIMIT_VDBE_OP, 25000},
    {SQLITE_LIMIT_FUNCTION_ARG, 8},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 32},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

static const struct {
	int id;
	int value;
} switches[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
    {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
};

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* Returns the first column of the first row, or an empty string when there is no row. */
static bool ask(sqlite3 *db, const char *sql, char *answer, size_t size, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	answer[0] = '\0';
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(stmt);
		if (rc == SQLITE_ROW) {
			const unsigned char *text = sqlite3_column_text(stmt, 0);

			(void)snprintf(answer, size, "%s", text ? (const char *)text : "");
			rc = sqlite3_step(stmt);
		}
	}
	(void)sqlite3_finalize(stmt);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		return engine_error(err, db, rc, "cannot open the vault");
	return true;
}

static bool harden(sqlite3 *db, int busy_ms, struct error *err)
{
	int rc = sqlite3_busy_timeout(db, busy_ms);

	for (size_t i = 0; i < COUNT(switches) && rc == SQLITE_OK; i++) {
		int is = -1;

		rc = sqlite3_db_config(db, switches[i].id, switches[i].value, &is);
		if (rc == SQLITE_OK && is != switches[i].value)
			rc = SQLITE_MISUSE;
	}
	if (rc != SQLITE_OK)
		return engine_error(err, db, rc, "cannot open the vault");
	for (size_t i = 0; i < COUNT(limits); i++) {
		(void)sqlite3_limit(db, limits[i].id, limits[i].value);
		if (sqlite3_limit(db, limits[i].id, -1) != limits[i].value)
			return error_set(err, ERROR_FAILED, "SQLite refuses a limit (%d)",
					 limits[i].id);
	}
	return true;
}

/*
 * Sets each pragma and reads it back: SQLite answers a refused pragma with SQLITE_OK and the old
 * value.
 */
static bool set_pragmas(sqlite3 *db, struct error *err)
{
	for (size_t i = 0; i < COUNT(pragmas); i++) {
		char sql[96], answer[32];

		(void)snprintf(sql, sizeof(sql), "PRAGMA %s = %s", pragmas[i].name, pragmas[i].set);
		if (!ask(db, sql, answer, sizeof(answer), err))
			return false;
		(void)snprintf(sql, sizeof(sql), "PRAGMA %s", pragmas[i].name);
		if (!ask(db, sql, answer, sizeof(answer), err))
			return false;
		if (strcmp(answer, pragmas[i].is) != 0)
			return error_set(err, ERROR_TAMPERED,
					 "the vault file does not take the setting %s",
					 pragmas[i].name);
	}
	return true;
}

bool sqlite_connection_open(const char *path, int busy_ms, sqlite3 **out, struct error *err)
{
	sqlite3 *db = NULL;
	bool ok = false;
	int rc = sqlite3_open_v2(path, &db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW |
				     SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE |
				     SQLITE_OPEN_NOMUTEX,
				 NULL);

	*out = NULL;
	if (rc != SQLITE_OK) {
		engine_error(err, db, rc, "cannot open the vault");
		goto out;
	}
	if (access(path, W_OK) != 0) {
		error_set_errno(err, ERROR_IO, errno, "the vault cannot be written");
		goto out;
	}
	if (!harden(db, busy_ms, err) || !set_pragmas(db, err) ||
	    !sqlite_connection_checkpoint(db, err))
		goto out;
	*out = db;
	db = NULL;
	ok = true;
out:
	(void)sqlite3_close(db);
	return ok;
}

bool sqlite_connection_check(sqlite3 *db, struct error *err)
{
	char answer[32];

	if (!ask(db, "PRAGMA quick_check(1)", answer, sizeof(answer), err))
		return false;
	if (strcmp(answer, "ok") != 0)
		return error_set(err, ERROR_TAMPERED, "the vault file is damaged or was changed");
	return true;
}

bool sqlite_connection_checkpoint(sqlite3 *db, struct error *err)
{
	int log = -1, done = -1;
	int rc = sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE, &log, &done);

	if (rc != SQLITE_OK)
		return engine_error(err, db, rc, "cannot empty the vault's journal");
	if (log != 0 || done != 0)
		return error_set(err, ERROR_IO,
				 "the vault's journal was not emptied (%d of %d pages)", done, log);
	return true;
}

void sqlite_connection_prefill(sqlite3 *db)
{
	static const unsigned char zeros[16 * 1024];
	sqlite3_file *wal = NULL;
	sqlite3_int64 was, at;
	int rc;

	rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
	if (rc != SQLITE_OK || !wal || !wal->pMethods ||
	    wal->pMethods->xFileSize(wal, &was) != SQLITE_OK || was >= SQLITE_CONNECTION_WAL_BYTES)
		return;
	for (at = was; at < SQLITE_CONNECTION_WAL_BYTES && rc == SQLITE_OK;) {
		sqlite3_int64 left = SQLITE_CONNECTION_WAL_BYTES - at;
		int bytes = left < (sqlite3_int64)sizeof(zeros) ? (int)left : (int)sizeof(zeros);

		rc = wal->pMethods->xWrite(wal, zeros, bytes, at);
		at += bytes;
	}
	if (rc == SQLITE_OK)
		rc = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
	if (rc != SQLITE_OK)
		(void)wal->pMethods->xTruncate(wal, was);
}

bool sqlite_connection_run(sqlite3 *db, const char *sql, struct error *err)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		return engine_error(err, db, rc, "cannot write the vault");
	return true;
}

bool sqlite_connection_get_number(sqlite3 *db, const char *pragma, int *number, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	char sql[64];
	int rc;

	(void)snprintf(sql, sizeof(sql), "PRAGMA %s", pragma);
	rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*number = sqlite3_column_int(stmt, 0);
	(void)sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW)
		return engine_error(err, db, rc, "cannot read the vault");
	return true;
}

bool sqlite_connection_set_number(sqlite3 *db, const char *pragma, int number, struct error *err)
{
	char sql[64];

	(void)snprintf(sql, sizeof(sql), "PRAGMA %s = %d", pragma, number);
	return sqlite_connection_run(db, sql, err);
}
