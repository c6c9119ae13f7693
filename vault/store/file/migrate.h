/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_FILE_MIGRATE_H
#define CV_STORE_FILE_MIGRATE_H

#include "vault/base/error.h"

#include <sqlite3.h>

/**
 * The schema: numbered steps compiled into the program (schema/NNN_noun.sql), applied forwards
 * only. The user_version of a file gives its number of steps; this number is a hint, which the
 * comparison of schemas proves.
 */

/** "cvlt", in the file's application_id. */
enum { MIGRATE_APPLICATION_ID = 0x63766c74 };

/**
 * Applies every step to an empty database, and sets application_id and user_version. The caller has
 * begun a transaction.
 */
MUST bool migrate_create(sqlite3 *db, struct error *err);

/**
 * Compares the schema of the file byte for byte with the steps its user_version claims: TAMPERED
 * for any difference, and for an unknown number of steps. Sets *steps to the number of steps.
 */
MUST bool migrate_check(sqlite3 *db, int *steps, struct error *err);

/** Applies the steps after step number `steps` in one transaction and compares the schema again. */
MUST bool migrate_forward(sqlite3 *db, int steps, struct error *err);

#endif
