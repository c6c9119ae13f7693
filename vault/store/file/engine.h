/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_FILE_ENGINE_H
#define CV_STORE_FILE_ENGINE_H

#include "vault/base/error.h"

#include <sqlite3.h>

/** Process-wide setup of SQLite, and the translation of its result codes to our errors. */

/** The limit on the memory of SQLite in this process, in bytes. */
enum { ENGINE_HEAP_MAX = 64 * 1024 * 1024 };

/**
 * Sets SQLite up once per process, before any connection: no URI names, no memory mapping, no log
 * output, a small lookaside, a hard heap limit. Repeated calls have no effect. FAILED when other
 * code has already initialised SQLite with other settings.
 */
MUST bool engine_start(struct error *err);

/**
 * Sets err from an extended result code of `db` (may be NULL): BUSY becomes FAILED ("another
 * process holds the vault"), a full disk and other I/O errors IO, no memory MEMORY, and every code
 * that a sound vault never causes TAMPERED. `what` begins the message. The message omits the texts
 * of SQLite, because a hostile file can steer them. Always returns false.
 */
bool engine_error(struct error *err, sqlite3 *db, int rc, const char *what);

#endif
