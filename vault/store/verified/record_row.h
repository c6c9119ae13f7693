/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_VERIFIED_RECORD_ROW_H
#define CV_STORE_VERIFIED_RECORD_ROW_H

#include "vault/base/error.h"
#include "vault/seal/record/record.h"
#include "vault/store/file/statement.h"

#include <sqlite3.h>
#include <stdbool.h>

/** A sealed row as stored in the table rec: read from a statement, and written by a statement. */

/**
 * Reads the row at which the statement stands, borrowed until its next step; TAMPERED where the
 * columns do not form a valid row.
 */
MUST bool record_row_read(sqlite3_stmt *stmt, struct record_row *row, struct error *err);

/** Writes a row with REC_INSERT, REC_UPDATE, REC_RENAME or REC_RESEAL; their parameters are one. */
MUST bool record_row_write(struct statements *statements, enum statement which,
			   const struct record_row *row, struct error *err);

#endif
