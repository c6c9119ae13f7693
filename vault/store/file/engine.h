/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_FILE_ENGINE_H
#define CV_STORE_FILE_ENGINE_H

#include "vault/base/error.h"

#include <sqlite3.h>

/** SQLite itself: what is set once per process, and its result codes in our words. */

/** The most memory SQLite may take in this process, in bytes. */
enum { ENGINE_HEAP_MAX = 64 * 1024 * 1024 };

/**
 * Once per process, before any connection: no URI names, no memory mapping, no log output, a small
 * lookaside, a hard heap limit. Repeated calls do nothing. FAILED when
 * somebody else has initialised SQLite otherwise.
 */
MUST bool engine_start(struct error *err);

/**
 * Sets err by an extended result code of `db` (may be NULL): BUSY is FAILED ("another process holds
 * the vault"), a full disk and other I/O IO, no memory MEMORY, everything that a sound vault never
 * makes SQLite say TAMPERED. `what` begins the message. SQLite's own texts are not repeated: a
 * hostile file can steer them. Always returns false.
 */
bool engine_error(struct error *err, sqlite3 *db, int rc, const char *what);

#endif
