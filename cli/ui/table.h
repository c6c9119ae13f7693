/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_TABLE_H
#define CV_CLI_UI_TABLE_H

#include "cli/ui/out.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Prints tables for people, with columns as wide as their content. On a narrow terminal each table
 * gives way in steps of its own, so that what matters in it stays; no line is longer than the
 * terminal. Every cell is escaped on its way in.
 */

enum { TABLE_COLUMNS_MAX = 12, TABLE_CELL_MAX = 512, TABLE_NARROWEST = 8 };

/** How one column gives way. */
enum table_give {
	TABLE_END,     /**< ends a list of steps */
	TABLE_SHORTEN, /**< times lose their year, in a second such step their seconds */
	TABLE_WRAP,    /**< texts go on below themselves, in `least` columns or more */
	TABLE_FOLD,    /**< texts go below their row, whole, with those of other such columns */
	TABLE_DROP     /**< the column is left out */
};

struct table_step {
	enum table_give give;
	size_t column, least;
};

/** The columns of a table, the same for all its rows. */
struct table_layout {
	const char *const *titles; /**< NULL-terminated; "" for none */
	/**
	 * What is tried, in this order, until the table fits. Where no step is left, the widest
	 * columns are cut, and then those at the right are left out. NULL: no step.
	 */
	const struct table_step *steps;
	const size_t *widths; /**< for table_print_line(): what most rows need; else NULL */
};

struct table_row {
	char *cells[TABLE_COLUMNS_MAX];
	enum out_colour colour;
};

struct table {
	const struct table_layout *layout;
	size_t columns;
	struct table_row *rows; /**< the first is the titles */
	size_t count;
};

#define TABLE_EMPTY ((struct table){.rows = NULL})

/** Starts with the titles. The layout is borrowed. */
MUST bool table_init(struct table *table, const struct table_layout *layout, struct error *err);

/** Adds a row: as many cells as there are columns, NULL for an empty one. OUT_PLAIN: no colour. */
MUST bool table_add(struct table *table, enum out_colour colour, const char *const cells[],
		    struct error *err);

/** Prints titles and rows, without blanks at the ends of lines. */
void table_print(const struct table *table, struct out *out);

/**
 * Prints one row on its own, where the others have not come yet: columns of the layout's widths,
 * wider where a cell is and the terminal has room.
 */
void table_print_line(const struct table_layout *layout, enum out_colour colour,
		      const char *const cells[], struct out *out);

/** Frees. Accepts empty. */
void table_clear(struct table *table);

#endif
