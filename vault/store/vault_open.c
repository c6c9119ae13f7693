/* SPDX-License-Identifier: MIT */
#include "vault/base/file.h"
#include "vault/base/process.h"
#include "vault/base/text.h"
#include "vault/seal/header/header.h"
#include "vault/store/file/sqlite_connection.h"
#include "vault/store/file/engine.h"
#include "vault/store/handle.h"
#include "vault/store/file/migrate.h"
#include "vault/store/log/segment.h"
#include "vault/store/change/segment_roll.h"
#include "vault/store/file/statement.h"
#include "vault/store/store.h"
#include "vault/store/verified/verified_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool read_header(struct store *store, struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_HEADER_READ);
	const unsigned char *bytes;
	size_t len;
	bool row, ok = false;

	if (!statement_step(&store->statements, stmt, &row, err))
		return false;
	if (!row || !statement_blob(stmt, 0, 1, HEADER_BYTES_MAX, &bytes, &len)) {
		error_set(err, ERROR_TAMPERED, "the vault has no header");
		goto out;
	}
	if (!buf_append(&store->header, bytes, len, err))
		goto out;
	if (!statement_step(&store->statements, stmt, &row, err))
		return false;
	if (row) {
		error_set(err, ERROR_TAMPERED, "the vault has two headers");
		goto out;
	}
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

/* Steps 1 to 3 open no file, because closing a file would drop the locks of SQLite (trap 18). */
static bool check_files(const char *path, char resolved[static PATH_MAX], struct error *err)
{
	static const char *const companions[] = {"-journal", "-wal", "-shm"};
	char directory[PATH_MAX], beside[PATH_MAX + 16], shown[256];
	bool exists;

	(void)umask(077);
	if (!process_open_standard_fds(err) || !file_resolve(path, resolved, err))
		return false;
	(void)snprintf(directory, sizeof(directory), "%.*s",
		       (int)(file_name(resolved) - resolved - 1), resolved);
	if (!file_check_directory(directory[0] ? directory : "/", err) ||
	    !file_check_private(resolved, STORE_FILE_MAX, &exists, err))
		return false;
	if (!exists) {
		text_escape_into(path, shown, sizeof(shown));
		error_set(err, ERROR_NOT_FOUND, "there is no vault at %s", shown);
		return error_hint(err, "credvault init");
	}
	for (size_t i = 0; i < sizeof(companions) / sizeof(companions[0]); i++) {
		(void)snprintf(beside, sizeof(beside), "%s%s", resolved, companions[i]);
		if (!file_check_private(beside, STORE_FILE_MAX, &exists, err))
			return false;
	}
	return true;
}

bool store_open_waiting(const char *path, int busy_ms, struct store **out, struct error *err)
{
	struct store *store = calloc(1, sizeof(*store));
	struct error ignored;
	int steps;

	*out = NULL;
	if (!store)
		return error_set(err, ERROR_MEMORY, "out of memory");
	store->header = BUF_INIT(HEADER_BYTES_MAX);
	segment_set_limits(store, SEGMENT_ENTRIES, SEGMENT_BYTES);
	verified_rows_init(&store->state.rows);
	(void)pthread_mutex_init(&store->lock, NULL);
	(void)pthread_mutex_init(&store->queue_lock, NULL);
	if (!check_files(path, store->path, err) || !engine_start(err) ||
	    !sqlite_connection_open(store->path, busy_ms, &store->db, err) ||
	    !sqlite_connection_check(store->db, err) || !migrate_check(store->db, &steps, err) ||
	    !migrate_forward(store->db, steps, err) ||
	    !statements_open(&store->statements, store->db, err) || !read_header(store, err)) {
		(void)store_close(store, &ignored);
		return false;
	}
	*out = store;
	return true;
}

bool store_open(const char *path, struct store **out, struct error *err)
{
	return store_open_waiting(path, SQLITE_CONNECTION_BUSY_MS, out, err);
}
