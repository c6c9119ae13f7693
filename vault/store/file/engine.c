/* SPDX-License-Identifier: MIT */
#include "vault/store/file/engine.h"

#include <errno.h>
#include <pthread.h>

enum { LOOKASIDE_BYTES = 512, LOOKASIDE_SLOTS = 64 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_rc;

/* Discards the log messages of SQLite, because they quote the file. */
static void swallow(void *ctx, int rc, const char *text)
{
	(void)ctx;
	(void)rc;
	(void)text;
}

static void configure(void)
{
	const sqlite3_int64 none = 0;

	once_rc = sqlite3_config(SQLITE_CONFIG_SERIALIZED);
	if (once_rc == SQLITE_OK)
		once_rc = sqlite3_config(SQLITE_CONFIG_URI, 0);
	if (once_rc == SQLITE_OK)
		once_rc = sqlite3_config(SQLITE_CONFIG_MMAP_SIZE, none, none);
	if (once_rc == SQLITE_OK)
		once_rc = sqlite3_config(SQLITE_CONFIG_LOG, swallow, NULL);
	if (once_rc == SQLITE_OK)
		once_rc = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 1);
	if (once_rc == SQLITE_OK)
		once_rc = sqlite3_config(SQLITE_CONFIG_LOOKASIDE, LOOKASIDE_BYTES, LOOKASIDE_SLOTS);
	if (once_rc == SQLITE_OK)
		once_rc = sqlite3_initialize();
	if (once_rc != SQLITE_OK)
		return;
	(void)sqlite3_hard_heap_limit64(ENGINE_HEAP_MAX);
	if (sqlite3_hard_heap_limit64(-1) != ENGINE_HEAP_MAX)
		once_rc = SQLITE_MISUSE;
}

bool engine_start(struct error *err)
{
	(void)pthread_once(&once, configure);
	if (once_rc != SQLITE_OK)
		return error_set(err, ERROR_FAILED, "SQLite cannot be set up (%d)", once_rc);
	return true;
}

/* With a quota or a size limit SQLite reports a plain I/O error; SQLITE_FULL means a full disk. */
static bool is_full(int system)
{
	return system == ENOSPC || system == EDQUOT || system == EFBIG;
}

bool engine_error(struct error *err, sqlite3 *db, int rc, const char *what)
{
	/* After a failed COMMIT SQLite does not keep the error number of the system; errno does. */
	int left = errno, system = db ? sqlite3_system_errno(db) : 0;

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		error_set(err, ERROR_FAILED, "%s: another process holds the vault", what);
		return error_hint(err, "credvault lock");
	case SQLITE_FULL: return error_set(err, ERROR_IO, "%s: the disk is full", what);
	case SQLITE_NOMEM: return error_set(err, ERROR_MEMORY, "%s: out of memory", what);
	case SQLITE_IOERR:
		if (rc == SQLITE_IOERR_NOMEM)
			return error_set(err, ERROR_MEMORY, "%s: out of memory", what);
		if (rc == SQLITE_IOERR_SHORT_READ || rc == SQLITE_IOERR_DATA)
			break;
		if (is_full(system) || is_full(left))
			return error_set(err, ERROR_IO, "%s: the disk is full", what);
		if (system != 0)
			return error_set_errno(err, ERROR_IO, system, "%s", what);
		return error_set(err, ERROR_IO, "%s: reading or writing failed (%d)", what, rc);
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return error_set(err, ERROR_IO, "%s: the vault cannot be opened (%d)", what, rc);
	case SQLITE_MISUSE: return error_set(err, ERROR_FAILED, "%s: SQLite was misused", what);
	default: break;
	}
	error_set(err, ERROR_TAMPERED, "%s: the vault file is damaged or was changed", what);
	return error_detail(err, "SQLite reports code %d", rc);
}
