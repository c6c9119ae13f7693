/* SPDX-License-Identifier: MIT */
#include "cli/ui/table.h"

#include "vault/base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, REMARK = 4 };

bool table_init(struct table *table, const char *const titles[], struct error *err)
{
	*table = TABLE_EMPTY;
	while (titles[table->columns])
		table->columns++;
	return table_add(table, OUT_PLAIN, titles, err);
}

bool table_add(struct table *table, enum out_colour colour, const char *const cells[],
	       struct error *err)
{
	struct table_row *rows = realloc(table->rows, (table->count + 1) * sizeof(*rows));
	struct table_row *row;

	if (!rows)
		return error_set(err, ERROR_MEMORY, "out of memory");
	table->rows = rows;
	row = &rows[table->count++];
	*row = (struct table_row){.colour = colour};
	for (size_t i = 0; i < table->columns; i++) {
		char shown[TABLE_CELL_MAX];

		text_escape_into(cells[i] ? cells[i] : "", shown, sizeof(shown));
		row->cells[i] = strdup(shown);
		if (!row->cells[i])
			return error_set(err, ERROR_MEMORY, "out of memory");
	}
	return true;
}

static size_t widths_total(const size_t *widths, size_t columns)
{
	size_t total = columns ? (columns - 1) * GAP : 0;

	for (size_t i = 0; i < columns; i++)
		total += widths[i];
	return total;
}

/*
 * Column widths, and in *columns how many stand side by side. Where the terminal is narrow, remarks
 * (the last column, if it has no title) go below their rows first, and then the widest give way.
 */
static void table_measure(const struct table *table, const struct out *out,
			  size_t widths[static TABLE_COLUMNS_MAX], size_t *columns)
{
	size_t total, left = out->columns > 0 ? (size_t)out->columns : SIZE_MAX;

	for (size_t i = 0; i < table->columns; i++) {
		widths[i] = 0;
		for (size_t r = 0; r < table->count; r++) {
			size_t n = text_width(table->rows[r].cells[i]);

			widths[i] = n > widths[i] ? n : widths[i];
		}
	}
	*columns = table->columns;
	if (widths_total(widths, *columns) > left && *columns > 1 &&
	    !table->rows[0].cells[*columns - 1][0])
		(*columns)--;
	total = widths_total(widths, *columns);
	while (total > left) {
		size_t at = 0;

		for (size_t i = 1; i < *columns; i++) {
			if (widths[i] > widths[at])
				at = i;
		}
		if (widths[at] <= TABLE_NARROWEST)
			return;
		widths[at]--;
		total--;
	}
}

/* The bytes that the first n code points take. */
static size_t cell_bytes(const char *text, size_t n)
{
	size_t at = 0;

	while (text[at] && n > 0) {
		at++;
		while (((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
		n--;
	}
	return at;
}

static size_t cell_print(struct out *out, const char *text, size_t width)
{
	size_t n = text_width(text);

	if (n <= width) {
		out_printf(out, "%s", text);
		return n;
	}
	out_printf(out, "%.*s…", (int)cell_bytes(text, width - 1), text);
	return width;
}

static void row_print_remark(const struct table_row *row, const char *remark, struct out *out)
{
	size_t left = (size_t)out->columns;

	if (!remark[0] || left < REMARK + 2)
		return;
	out_printf(out, "%s%*s", row->colour != OUT_PLAIN ? out_colour(out, row->colour) : "",
		   REMARK, "");
	(void)cell_print(out, remark, left - REMARK);
	out_printf(out, "%s\n", row->colour != OUT_PLAIN ? out_colour(out, OUT_PLAIN) : "");
}

static void row_print(const struct table_row *row, const size_t *widths, size_t columns,
		      struct out *out)
{
	size_t last = 0, owed = 0, left = out->columns > 0 ? (size_t)out->columns : SIZE_MAX;

	for (size_t i = 0; i < columns; i++) {
		if (row->cells[i][0])
			last = i;
	}
	if (row->colour != OUT_PLAIN)
		out_printf(out, "%s", out_colour(out, row->colour));
	for (size_t i = 0; i <= last && columns; i++) {
		size_t width = widths[i], used;

		/* A cell needs room for one letter and the mark "…": less says nothing. */
		if (owed + 2 > left)
			break;
		if (owed)
			out_printf(out, "%*s", (int)owed, "");
		left -= owed;
		used = cell_print(out, row->cells[i], width < left ? width : left);
		left -= used;
		owed = GAP + width - used;
	}
	if (row->colour != OUT_PLAIN)
		out_printf(out, "%s", out_colour(out, OUT_PLAIN));
	out_printf(out, "\n");
}

void table_print(const struct table *table, struct out *out)
{
	size_t widths[TABLE_COLUMNS_MAX] = {0}, columns;

	table_measure(table, out, widths, &columns);
	for (size_t r = 0; r < table->count; r++) {
		row_print(&table->rows[r], widths, columns, out);
		if (columns < table->columns)
			row_print_remark(&table->rows[r], table->rows[r].cells[columns], out);
	}
}

void table_print_line(struct out *out, const size_t *widths, const char *const cells[],
		      size_t columns, enum out_colour colour)
{
	struct table_row row = {.colour = colour};
	char shown[TABLE_COLUMNS_MAX][TABLE_CELL_MAX];
	size_t wide[TABLE_COLUMNS_MAX];

	for (size_t i = 0; i < columns; i++) {
		text_escape_into(cells[i] ? cells[i] : "", shown[i], sizeof(shown[i]));
		row.cells[i] = shown[i];
		wide[i] = text_width(shown[i]);
		wide[i] = wide[i] > widths[i] ? wide[i] : widths[i];
	}
	row_print(&row, wide, columns, out);
}

void table_clear(struct table *table)
{
	for (size_t r = 0; r < table->count; r++) {
		for (size_t i = 0; i < table->columns; i++)
			free(table->rows[r].cells[i]);
	}
	free(table->rows);
	*table = TABLE_EMPTY;
}
