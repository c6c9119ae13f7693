/* SPDX-License-Identifier: MIT */
#include "cli/ui/bar.h"

#include "vault/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	CELLS = 20,
	CELLS_NARROW = 8,
	CELLS_PROOF = 10,
	NARROW = 60,
	LEAST = 24,
	CLOCK_BYTES = 24,
	MORE_BYTES = 24,
	PROOFS = 2
};

/* A line that grows, and the columns it takes. */
struct line {
	char *at;
	size_t len, columns;
};

static void line_add(struct line *line, const char *fmt, ...) CV_PRINTF(2, 3);

/* The text is ASCII: a byte is a column. */
static void line_add(struct line *line, const char *fmt, ...)
{
	va_list list;
	int n;

	va_start(list, fmt);
	n = vsnprintf(line->at + line->len, BAR_BYTES - line->len, fmt, list);
	va_end(list);
	if (n > 0 && (size_t)n < BAR_BYTES - line->len) {
		line->len += (size_t)n;
		line->columns += (size_t)n;
	}
	line->at[line->len] = '\0';
}

static void line_add_cells(struct line *line, size_t full, size_t cells, bool unicode)
{
	size_t before = line->columns;

	line_add(line, "%s", unicode ? "▕" : "[");
	for (size_t i = 0; i < cells; i++)
		line_add(line, "%s", i < full ? (unicode ? "█" : "#") : (unicode ? "░" : "."));
	line_add(line, "%s", unicode ? "▏" : "]");
	line->columns = before + cells + 2;
}

/* " +6": the number of busy ones that are not named, or nothing. */
static size_t bar_more(size_t left, char out[static MORE_BYTES])
{
	out[0] = '\0';
	return left ? (size_t)snprintf(out, MORE_BYTES, " +%zu", left) : 0;
}

static size_t bar_busy_columns(const struct bar *bar, size_t count)
{
	char more[MORE_BYTES];
	size_t columns = bar_more(bar->busy_count - count, more);

	for (size_t i = 0; i < count; i++)
		columns += (i ? 2 : 0) + strlen(bar->busy[i].name) + 1 + strlen(bar->busy[i].doing);
	return columns;
}

/* Adds as many of the busy ones as fit, from the first on. */
static void line_add_busy(struct line *line, const struct bar *bar, size_t room)
{
	size_t count = bar->busy_count;
	char more[MORE_BYTES];

	while (count > 0 && bar_busy_columns(bar, count) > room)
		count--;
	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		line_add(line, "%s%s %s", i ? ", " : "   ", bar->busy[i].name, bar->busy[i].doing);
	(void)bar_more(bar->busy_count - count, more);
	line_add(line, "%s", more);
}

void bar_many(const struct bar *bar, char out[static BAR_BYTES])
{
	struct line line = {.at = out};
	size_t room = bar->columns > 1 ? (size_t)bar->columns - 1 : 0, taken;
	size_t cells = room >= NARROW ? CELLS : room >= LEAST ? CELLS_NARROW : 0;
	long long s = bar->elapsed_ms > 0 ? bar->elapsed_ms / 1000 : 0;
	char clock[CLOCK_BYTES];

	out[0] = '\0';
	line_add(&line, " ");
	if (cells) {
		line_add_cells(&line, bar->count ? bar->done * cells / bar->count : 0, cells,
			       bar->unicode);
		line_add(&line, " ");
	}
	line_add(&line, "%zu of %zu", bar->done, bar->count);
	if (s < 3600)
		(void)snprintf(clock, sizeof(clock), "%02lld:%02lld", s / 60, s % 60);
	else
		(void)snprintf(clock, sizeof(clock), "%lld:%02lld:%02lld", s / 3600, s / 60 % 60,
			       s % 60);
	taken = line.columns + 3 + 4 + strlen(clock);
	if (taken < room)
		line_add_busy(&line, bar, room - taken);
	if (line.columns + 4 + strlen(clock) <= room)
		line_add(&line, "    %s", clock);
}

void bar_proving(int proved, int64_t passed_ms, int64_t wait_ms, bool unicode,
		 char out[static BAR_BYTES])
{
	struct line line = {.at = out};
	int64_t left = wait_ms > passed_ms ? wait_ms - passed_ms : 0;
	int64_t part = wait_ms > 0 ? CELLS_PROOF * (wait_ms - left) / wait_ms : 0;

	out[0] = '\0';
	line_add(&line, "  proving ");
	line_add_cells(&line, (size_t)(proved * CELLS_PROOF + part) / PROOFS, CELLS_PROOF, unicode);
	if (left > 0)
		line_add(&line, " %s of %d in %lld s", proved ? "2nd" : "1st", PROOFS,
			 (long long)(left + 999) / 1000);
	else
		line_add(&line, " %s of %d", proved ? "2nd" : "1st", PROOFS);
}
