/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_FILE_MIGRATE_H
#define CV_STORE_FILE_MIGRATE_H

#include "vault/base/error.h"

#include <sqlite3.h>

/**
 * The schema: numbered steps compiled into the program (schema/NNN_noun.sql), applied forwards
 * only. How many a file has is its user_version, a hint that the comparison proves.
 */

/** "cvlt", in the file's application_id. */
enum { MIGRATE_APPLICATION_ID = 0x63766c74 };

/**
 * Applies every step to an empty database, and sets both numbers. Inside the caller's transaction.
 */
MUST bool migrate_create(sqlite3 *db, struct error *err);

/**
 * Compares the file's schema byte for byte with the steps it says it has: TAMPERED for anything
 * more, less or different, and for a number of steps we do not know. *steps says how many it has.
 */
MUST bool migrate_check(sqlite3 *db, int *steps, struct error *err);

/** Applies the steps behind `steps` in one transaction and compares again. */
MUST bool migrate_forward(sqlite3 *db, int steps, struct error *err);

#endif
