/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_FILE_SQLITE_CONNECTION_H
#define CV_STORE_FILE_SQLITE_CONNECTION_H

#include "vault/base/error.h"

#include <sqlite3.h>

/** One SQLite connection, hardened against a file that an attacker wrote (docs/threat-model.md). */

enum {
	SQLITE_CONNECTION_WAL_BYTES = 32 + 512 * (24 + 4096), /**< header and 512 frames: 2 MiB */
	SQLITE_CONNECTION_BUSY_MS = 5000 /**< how long another process may keep the file */
};

/**
 * Opens an existing file by its resolved path: hardening, limits, pragmas read back (WAL, FULL,
 * EXCLUSIVE), the journal of the last owner folded in and emptied. TAMPERED when it is no SQLite
 * file.
 */
MUST bool sqlite_connection_open(const char *path, int busy_ms, sqlite3 **out, struct error *err);

/** PRAGMA quick_check says "ok" and nothing else; TAMPERED otherwise. */
MUST bool sqlite_connection_check(sqlite3 *db, struct error *err);

/** wal_checkpoint(TRUNCATE) must answer (0,0,0); IO otherwise. */
MUST bool sqlite_connection_checkpoint(sqlite3 *db, struct error *err);

/**
 * Lengthens the WAL with written zeros to SQLITE_CONNECTION_WAL_BYTES and flushes it. A flush of a
 * file that does not grow writes no metadata, which halves the time of a small commit; a checkpoint
 * comes at 500 frames, so that commits stay within those 512. SQLite reads a WAL of zeros as an
 * empty one, and zeros behind the last frame as its end. Where the disk has no room, the WAL keeps
 * the length it had: commits then take longer, and nothing else changes.
 */
void sqlite_connection_prefill(sqlite3 *db);

/** One statement of ours without parameters and rows. */
MUST bool sqlite_connection_run(sqlite3 *db, const char *sql, struct error *err);

/** A pragma that is a number: application_id, user_version. */
MUST bool sqlite_connection_get_number(sqlite3 *db, const char *pragma, int *number,
				       struct error *err);
MUST bool sqlite_connection_set_number(sqlite3 *db, const char *pragma, int number,
				       struct error *err);

#endif
