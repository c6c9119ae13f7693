/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_FILE_SQLITE_CONNECTION_H
#define CV_STORE_FILE_SQLITE_CONNECTION_H

#include "vault/base/error.h"

#include <sqlite3.h>

/** One SQLite connection, hardened against a file that an attacker wrote (docs/threat-model.md). */

enum {
	SQLITE_CONNECTION_WAL_BYTES = 32 + 512 * (24 + 4096), /**< header and 512 frames: 2 MiB */
	SQLITE_CONNECTION_BUSY_MS = 5000 /**< wait for another process to release the file */
};

/**
 * Opens an existing file by its resolved path: applies hardening and limits, sets the pragmas and
 * reads them back (WAL, FULL, EXCLUSIVE), then checkpoints and empties the journal of the previous
 * owner. TAMPERED when the file is not an SQLite file.
 */
MUST bool sqlite_connection_open(const char *path, int busy_ms, sqlite3 **out, struct error *err);

/** Runs PRAGMA quick_check; TAMPERED on any answer but "ok". */
MUST bool sqlite_connection_check(sqlite3 *db, struct error *err);

/** Runs wal_checkpoint(TRUNCATE); IO on any answer but (0,0,0). */
MUST bool sqlite_connection_checkpoint(sqlite3 *db, struct error *err);

/**
 * Extends the WAL with zeros to SQLITE_CONNECTION_WAL_BYTES and flushes it. A flush of a file that
 * does not grow writes no metadata, which halves the time of a small commit; a checkpoint runs at
 * 500 frames, so that commits stay within the 512 frames. SQLite reads a WAL of zeros as an empty
 * WAL, and zeros after the last frame as the end of the WAL. Where the disk lacks space, the WAL
 * keeps its length: commits then take longer, and are otherwise unaffected.
 */
void sqlite_connection_prefill(sqlite3 *db);

/** Runs one of our statements that has no parameters and yields no rows. */
MUST bool sqlite_connection_run(sqlite3 *db, const char *sql, struct error *err);

/** Reads and writes a numeric pragma: application_id, user_version. */
MUST bool sqlite_connection_get_number(sqlite3 *db, const char *pragma, int *number,
				       struct error *err);
MUST bool sqlite_connection_set_number(sqlite3 *db, const char *pragma, int number,
				       struct error *err);

#endif
