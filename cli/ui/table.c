/* SPDX-License-Identifier: MIT */
#include "cli/ui/table.h"

#include "cli/ui/ascii.h"
#include "cli/ui/cell.h"
#include "vault/base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, INDENT = 4, UNDER_MAX = TABLE_COLUMNS_MAX * (TABLE_CELL_MAX + 3) };

/* Where the texts of a column stand. */
enum place { BESIDE, UNDER, NOWHERE };

/* The columns as they are printed on this terminal. */
struct frame {
	size_t columns, left; /**< SIZE_MAX: no terminal */
	size_t widths[TABLE_COLUMNS_MAX];
	enum place places[TABLE_COLUMNS_MAX];
	bool wraps[TABLE_COLUMNS_MAX], shortens[TABLE_COLUMNS_MAX];
};

bool table_init(struct table *table, const struct table_layout *layout, struct error *err)
{
	*table = TABLE_EMPTY;
	table->layout = layout;
	while (layout->titles[table->columns])
		table->columns++;
	return table_add(table, OUT_PLAIN, layout->titles, err);
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

static size_t frame_total(const struct frame *frame)
{
	size_t total = 0;

	for (size_t i = 0; i < frame->columns; i++) {
		if (frame->places[i] == BESIDE)
			total += frame->widths[i] + (total ? GAP : 0);
	}
	return total;
}

static void frame_take_step(struct frame *frame, const struct table_step *step)
{
	size_t *width = &frame->widths[step->column], over = frame_total(frame) - frame->left;

	switch (step->give) {
	case TABLE_SHORTEN:
		if (*width >= CELL_TIME_OF_YEAR)
			*width = *width > CELL_TIME_OF_YEAR ? CELL_TIME_OF_YEAR : CELL_TIME_SHORT;
		frame->shortens[step->column] = true;
		break;
	case TABLE_WRAP:
		if (*width > step->least)
			*width = *width - step->least > over ? *width - over : step->least;
		break;
	case TABLE_FOLD: frame->places[step->column] = UNDER; break;
	case TABLE_DROP: frame->places[step->column] = NOWHERE; break;
	case TABLE_END: break;
	}
}

/* Makes the widths those that the terminal has room for; before, they are what the texts need. */
static void frame_fit(struct frame *frame, const struct table_step *step)
{
	struct frame before = *frame;

	while (step && step->give != TABLE_END && frame_total(frame) > frame->left)
		frame_take_step(frame, step++);
	/* What a later step leaves over goes back to columns that gave more than was needed. */
	for (size_t i = frame->columns; i-- > 0 && frame_total(frame) < frame->left;) {
		size_t room = frame->left - frame_total(frame);
		size_t given = frame->shortens[i] ? 0 : before.widths[i] - frame->widths[i];

		if (frame->places[i] == BESIDE)
			frame->widths[i] += given < room ? given : room;
	}
	while (frame_total(frame) > frame->left) {
		size_t at = 0;

		for (size_t i = 1; i < frame->columns; i++) {
			if (frame->places[i] == BESIDE &&
			    (frame->places[at] != BESIDE || frame->widths[i] > frame->widths[at]))
				at = i;
		}
		if (frame->widths[at] <= TABLE_NARROWEST)
			return;
		frame->widths[at]--;
	}
}

static void frame_init(struct frame *frame, size_t columns, const struct table_step *step,
		       const struct out *out)
{
	*frame = (struct frame){.columns = columns,
				.left = out->columns > 0 ? (size_t)out->columns : SIZE_MAX};
	for (; step && step->give != TABLE_END; step++)
		frame->wraps[step->column] |= step->give == TABLE_WRAP;
}

static void frame_widen(struct frame *frame, const struct table_row *row)
{
	for (size_t i = 0; i < frame->columns; i++) {
		size_t width = text_width(row->cells[i]);

		frame->widths[i] = width > frame->widths[i] ? width : frame->widths[i];
	}
}

/* Makes the cells of a row as they are printed: in ASCII where that is wanted. */
static void row_prepare(struct table_row *row, size_t columns, const struct out *out)
{
	for (size_t i = 0; out->ascii && i < columns; i++)
		ascii_replace(row->cells[i], strlen(row->cells[i]));
}

/* What fits into the column; *rest is what goes on the next line. The columns that it takes. */
static size_t cell_print(struct out *out, const char **rest, size_t width, bool wraps)
{
	const char *mark = out->ascii ? "..." : "…", *text = *rest;
	size_t mark_width = text_width(mark);
	struct cell_piece piece = cell_take(text, width);
	bool cut = !wraps && text[piece.bytes];

	*rest = "";
	if (wraps && *text)
		piece = cell_line(text, width, rest);
	if (cut && width > mark_width)
		piece = cell_take(text, width - mark_width);
	out_printf(out, "%.*s", (int)piece.bytes, text);
	if (!cut || width <= mark_width)
		return piece.columns;
	out_printf(out, "%s", mark);
	return piece.columns + mark_width;
}

/* The number of columns up to the last one that has something left to print. */
static size_t row_end(const struct frame *frame, const char *const rest[])
{
	size_t end = 0;

	for (size_t i = 0; i < frame->columns; i++) {
		if (frame->places[i] == BESIDE && rest[i][0])
			end = i + 1;
	}
	return end;
}

static void row_print_line(const struct frame *frame, size_t end, const char *rest[],
			   struct out *out)
{
	size_t owed = 0, left = frame->left;

	for (size_t i = 0; i < end; i++) {
		size_t width = frame->widths[i], used;

		if (frame->places[i] != BESIDE)
			continue;
		/* A cell needs room for one letter and a mark: less says nothing. */
		if (owed + 2 > left) {
			rest[i] = "";
			continue;
		}
		out_printf(out, "%*s", (int)owed, "");
		left -= owed;
		used = cell_print(out, &rest[i], width < left ? width : left, frame->wraps[i]);
		left -= used;
		owed = GAP + width - used;
	}
}

/* The texts that stand under the row, one behind the other. */
static const char *row_under(const struct frame *frame, const struct table_row *row,
			     char text[static UNDER_MAX])
{
	text[0] = '\0';
	for (size_t i = 0; i < frame->columns; i++) {
		const char *cell = row->cells[i];

		if (frame->places[i] == UNDER && cell[0] && strcmp(cell, "-") != 0)
			text_append(text, UNDER_MAX, "%s%s", text[0] ? "   " : "", cell);
	}
	return frame->left < INDENT + 2 ? "" : text;
}

static void row_print(const struct frame *frame, const struct table_row *row, struct out *out)
{
	const char *on = row->colour != OUT_PLAIN ? out_colour(out, row->colour) : "";
	const char *off = row->colour != OUT_PLAIN ? out_colour(out, OUT_PLAIN) : "";
	const char *rest[TABLE_COLUMNS_MAX], *under;
	char text[UNDER_MAX];
	size_t end;

	for (size_t i = 0; i < frame->columns; i++) {
		if (frame->shortens[i])
			cell_shorten(row->cells[i], frame->widths[i]);
		rest[i] = row->cells[i];
	}
	while ((end = row_end(frame, rest)) > 0) {
		out_printf(out, "%s", on);
		row_print_line(frame, end, rest, out);
		out_printf(out, "%s\n", off);
	}
	for (under = row_under(frame, row, text); *under;) {
		out_printf(out, "%s%*s", on, INDENT, "");
		(void)cell_print(out, &under, frame->left - INDENT, true);
		out_printf(out, "%s\n", off);
	}
}

void table_print(const struct table *table, struct out *out)
{
	struct frame frame;

	frame_init(&frame, table->columns, table->layout->steps, out);
	for (size_t r = 0; r < table->count; r++) {
		row_prepare(&table->rows[r], table->columns, out);
		frame_widen(&frame, &table->rows[r]);
	}
	frame_fit(&frame, table->layout->steps);
	for (size_t r = 0; r < table->count; r++)
		row_print(&frame, &table->rows[r], out);
}

void table_print_line(const struct table_layout *layout, enum out_colour colour,
		      const char *const cells[], struct out *out)
{
	char shown[TABLE_COLUMNS_MAX][TABLE_CELL_MAX];
	struct table_row row = {.colour = colour};
	struct frame frame;
	size_t columns = 0;

	for (; layout->titles[columns]; columns++) {
		text_escape_into(cells[columns] ? cells[columns] : "", shown[columns],
				 TABLE_CELL_MAX);
		row.cells[columns] = shown[columns];
	}
	frame_init(&frame, columns, layout->steps, out);
	memcpy(frame.widths, layout->widths, columns * sizeof(frame.widths[0]));
	row_prepare(&row, columns, out);
	/* Where lines have an end, the columns are the same in each of them. */
	if (out->columns <= 0)
		frame_widen(&frame, &row);
	frame_fit(&frame, layout->steps);
	if (out->columns > 0 && frame_total(&frame) < frame.left)
		frame.widths[columns - 1] += frame.left - frame_total(&frame);
	row_print(&frame, &row, out);
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
