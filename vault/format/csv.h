/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_CSV_H
#define CV_FORMAT_CSV_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Reads comma-separated values (RFC 4180) a row at a time: quoted fields with commas, line ends and
 * doubled quotes in them, LF, CRLF or CR, a byte order mark, a last line without an end. Fields may
 * be secrets, so the row's memory is wiped.
 */

enum { CSV_FIELDS_MAX = 64, CSV_ROW_MAX = 65536 };

struct csv_reader {
	const char *at, *end; /**< the rest of the text; borrowed */
	unsigned int line;    /**< of `at`, from 1 */
};

struct csv_row {
	const char *fields[CSV_FIELDS_MAX]; /**< NUL-terminated; valid until the next row */
	size_t count;
	unsigned int line; /**< where the row begins, from 1 */
	struct buf text;
};

#define CSV_ROW_EMPTY ((struct csv_row){.text = BUF_INIT(CSV_ROW_MAX)})

/** Begins at the start of the text, behind a byte order mark. */
struct csv_reader csv_open(const char *text, size_t len);

/**
 * Reads the next row that is not blank; *end and true where there is none. FAILED, without the
 * file's name and with the row's line in *row, for a quote that does not end or stands inside a
 * field, a NUL, and a row beyond the bounds above.
 */
MUST bool csv_next(struct csv_reader *reader, struct csv_row *row, bool *end, struct error *err);

/** Wipes and frees. Accepts empty. */
void csv_row_clear(struct csv_row *row);

#endif
