/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_CELL_H
#define CV_CLI_UI_CELL_H

#include <stddef.h>

/**
 * Fits the text of a table's cell into the columns that there are. Texts are UTF-8 and were escaped
 * before; widths are columns of a terminal, of which a letter of East Asia takes two.
 */

/** The beginning of a text. */
struct cell_piece {
	size_t bytes, columns;
};

/** As much as fits into `width` columns. */
struct cell_piece cell_take(const char *text, size_t width);

/**
 * As much as fits on one line of `width` columns, and at least one letter: broken at a blank, else
 * behind a sign, else where the line ends. *next is where the following line begins.
 */
struct cell_piece cell_line(const char *text, size_t width, const char **next);

/** The widths of "2026-11-20 09:02:11" as it is, without its year, and without its seconds too. */
enum { CELL_TIME = 19, CELL_TIME_OF_YEAR = 14, CELL_TIME_SHORT = 11 };

/**
 * Makes a time as short as `width` asks for, one of those above. Of any other text that is too long
 * the first word is left, as of the title "TIME (local)".
 */
void cell_shorten(char *text, size_t width);

#endif
