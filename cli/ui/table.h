/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_TABLE_H
#define CV_CLI_UI_TABLE_H

#include "cli/ui/out.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Prints tables for people, with columns as wide as their content. On a narrow terminal the widest
 * columns are cut, and where that is not enough the columns at the right are left out: no line is
 * longer than the terminal. Every cell is escaped on its way in.
 */

enum { TABLE_COLUMNS_MAX = 12, TABLE_CELL_MAX = 512, TABLE_NARROWEST = 8 };

struct table_row {
	char *cells[TABLE_COLUMNS_MAX];
	enum out_colour colour;
};

struct table {
	size_t columns;
	struct table_row *rows; /**< the first is the titles */
	size_t count;
};

#define TABLE_EMPTY ((struct table){.rows = NULL})

/** Starts with the titles of its columns (NULL-terminated; the last one may be ""). */
MUST bool table_init(struct table *table, const char *const titles[], struct error *err);

/** Adds a row: as many cells as there are columns, NULL for an empty one. OUT_PLAIN: no colour. */
MUST bool table_add(struct table *table, enum out_colour colour, const char *const cells[],
		    struct error *err);

/** Prints titles and rows, without blanks at the ends of lines. */
void table_print(const struct table *table, struct out *out);

/**
 * Prints one row on its own, where the others have not come yet: columns of at least these widths,
 * wider where a cell is.
 */
void table_print_line(struct out *out, const size_t *widths, const char *const cells[],
		      size_t columns, enum out_colour colour);

/** Frees. Accepts empty. */
void table_clear(struct table *table);

#endif
