/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_VERIFIED_RECORD_ROW_H
#define CV_STORE_VERIFIED_RECORD_ROW_H

#include "vault/base/error.h"
#include "vault/seal/record/record.h"
#include "vault/store/file/statement.h"

#include <sqlite3.h>
#include <stdbool.h>

/** A sealed row as it stands in the table rec: taken from a statement, and written by one. */

/**
 * The row a statement stands on, borrowed until its next step; TAMPERED where it is no row of ours.
 */
MUST bool record_row_read(sqlite3_stmt *stmt, struct record_row *row, struct error *err);

/** Runs one of the statements REC_INSERT, REC_UPDATE and REC_RESEAL, which take a row alike. */
MUST bool record_row_write(struct statements *statements, enum statement which,
			   const struct record_row *row, struct error *err);

#endif
