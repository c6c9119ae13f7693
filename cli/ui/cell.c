/* SPDX-License-Identifier: MIT */
#include "cli/ui/cell.h"

#include "vault/base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The bytes of the first letter. */
static size_t letter_bytes(const char *text)
{
	size_t n = 1;

	while (((unsigned char)text[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* As much of the first `len` bytes as fits into `width` columns. */
static struct cell_piece piece_of(const char *text, size_t len, size_t width)
{
	struct cell_piece piece = {.bytes = 0};

	while (piece.bytes < len) {
		size_t n = letter_bytes(text + piece.bytes), columns;
		char letter[8] = "";

		memcpy(letter, text + piece.bytes, n < sizeof(letter) ? n : sizeof(letter) - 1);
		columns = text_width(letter);
		if (piece.columns + columns > width)
			break;
		piece.bytes += n;
		piece.columns += columns;
	}
	return piece;
}

struct cell_piece cell_take(const char *text, size_t width)
{
	return piece_of(text, strlen(text), width);
}

/* Where a line of at most `len` bytes is broken best; 0: nowhere. */
static size_t line_break(const char *text, size_t len)
{
	for (size_t at = len; at > 0; at--) {
		if (text[at] == ' ')
			return at;
	}
	for (size_t at = len; at > 1; at--) {
		if (strchr(",:;/-@.=|", text[at - 1]))
			return at;
	}
	return 0;
}

struct cell_piece cell_line(const char *text, size_t width, const char **next)
{
	size_t len = cell_take(text, width).bytes;

	if (text[len]) {
		size_t at = line_break(text, len);

		len = at ? at : len ? len : letter_bytes(text);
	}
	*next = text + len + strspn(text + len, " ");
	while (len > 0 && text[len - 1] == ' ')
		len--;
	return piece_of(text, len, SIZE_MAX);
}

static bool is_time(const char *text)
{
	static const char pattern[] = "dddd-dd-dd dd:dd:dd";

	for (size_t i = 0; i < sizeof(pattern); i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (pattern[i] == 'd' ? !digit : text[i] != pattern[i])
			return false;
	}
	return true;
}

void cell_shorten(char *text, size_t width)
{
	if (text_width(text) <= width)
		return;
	if (is_time(text)) {
		memmove(text, text + CELL_TIME - CELL_TIME_OF_YEAR, CELL_TIME_OF_YEAR + 1);
		if (width < CELL_TIME_OF_YEAR)
			text[CELL_TIME_SHORT] = '\0';
		return;
	}
	text[strcspn(text, " ")] = '\0';
}
