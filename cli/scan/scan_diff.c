/* SPDX-License-Identifier: MIT */
#include "cli/scan/scan_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void scan_diff_init(struct scan_diff *diff, struct scan *scan)
{
	*diff = (struct scan_diff){.scan = scan,
				   .line = BUF_INIT(SCAN_DIFF_LINE_MAX),
				   .text = BUF_INIT(SCAN_DIFF_TEXT_MAX + SCAN_DIFF_LINE_MAX + 1)};
}

/* Looks at the change so far, and begins the next one. */
static bool diff_flush(struct scan_diff *diff, struct error *err)
{
	const struct scan_source source = {
	    .path = diff->path, .commit = diff->commit, .lines = diff->lines};
	bool ok = true;

	if (diff->count > 0) {
		diff->scan->bytes += diff->text.len;
		ok = scan_text(diff->scan, &source,
			       (struct span){buf_text(&diff->text), diff->text.len}, err);
	}
	if (diff->text.len > 0)
		buf_clear(&diff->text);
	diff->count = 0;
	return ok;
}

/* A line of a hunk that the new file has, without its sign. */
static bool diff_keep(struct scan_diff *diff, struct span line, bool added, struct error *err)
{
	if (diff->count == diff->room) {
		size_t room = diff->room ? 2 * diff->room : 256;
		struct scan_line *grown = realloc(diff->lines, room * sizeof(*grown));

		if (!grown)
			return error_set(err, ERROR_MEMORY, "out of memory");
		diff->lines = grown;
		diff->room = room;
	}
	diff->lines[diff->count++] = (struct scan_line){.number = diff->number++, .added = added};
	return buf_append(&diff->text, line.at, line.len, err) &&
	       buf_append(&diff->text, "\n", 1, err) &&
	       (diff->text.len < SCAN_DIFF_TEXT_MAX || diff_flush(diff, err));
}

/* "@@ -1,2 +3,4 @@": a number that is left out is 1. */
static bool diff_read_hunk(struct scan_diff *diff, const char *line)
{
	unsigned long from = 0;
	char *end;

	if (strncmp(line, "@@ -", 4) != 0)
		return false;
	diff->before = diff->behind = 1;
	(void)strtoul(line + 4, &end, 10);
	if (*end == ',')
		diff->before = strtoul(end + 1, &end, 10);
	if (strncmp(end, " +", 2) == 0)
		from = strtoul(end + 2, &end, 10);
	if (*end == ',')
		diff->behind = strtoul(end + 1, &end, 10);
	diff->number = from;
	return true;
}

/* A line between the hunks: of a commit, a file or the next hunk. */
static bool diff_read_header(struct scan_diff *diff, struct span span, struct error *err)
{
	char line[PATH_MAX + 16];

	(void)snprintf(line, sizeof(line), "%.*s", (int)span.len, span.at);
	if (line[0] == '\\' || diff_read_hunk(diff, line))
		return true;
	diff->before = diff->behind = 0;
	if (strncmp(line, "diff --git ", 11) == 0) {
		diff->scan->files++;
		return diff_flush(diff, err);
	}
	if (strncmp(line, "commit ", 7) == 0) {
		if (!diff_flush(diff, err))
			return false;
		(void)snprintf(diff->commit, sizeof(diff->commit), "%.64s", line + 7);
	} else if (strncmp(line, "+++ ", 4) == 0) {
		const char *path = line + (strncmp(line + 4, "b/", 2) == 0 ? 6 : 4);

		/* git ends a name that has a blank by a tab. */
		(void)snprintf(diff->path, sizeof(diff->path), "%.*s",
			       (int)strnlen(path, PATH_MAX - 1), path);
		diff->path[strcspn(diff->path, "\t")] = '\0';
	}
	return true;
}

static bool diff_read_line(struct scan_diff *diff, struct span line, struct error *err)
{
	char sign = line.len > 0 ? line.at[0] : '\0';

	if ((diff->before || diff->behind) && (sign == '+' || sign == ' ')) {
		diff->behind -= diff->behind > 0;
		diff->before -= sign == ' ' && diff->before > 0;
		return diff_keep(diff, (struct span){line.at + 1, line.len - 1}, sign == '+', err);
	}
	if ((diff->before || diff->behind) && sign == '-') {
		diff->before -= diff->before > 0;
		return true;
	}
	return diff_read_header(diff, line, err);
}

bool scan_diff_add(struct scan_diff *diff, const char *data, size_t len, struct error *err)
{
	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t n = end ? (size_t)(end - data) : len;
		size_t left = SCAN_DIFF_LINE_MAX - diff->line.len;
		struct span line = {data, n < SCAN_DIFF_LINE_MAX ? n : SCAN_DIFF_LINE_MAX};

		if ((!end || diff->line.len > 0) &&
		    !buf_append(&diff->line, data, n < left ? n : left, err))
			return false;
		if (diff->line.len > 0)
			line = (struct span){diff->line.data, diff->line.len};
		data += n + (end != NULL);
		len -= n + (end != NULL);
		if (!end)
			break;
		if (!diff_read_line(diff, line, err))
			return false;
		if (diff->line.len > 0)
			buf_clear(&diff->line);
	}
	return true;
}

bool scan_diff_end(struct scan_diff *diff, struct error *err)
{
	return (diff->line.len == 0 ||
		diff_read_line(diff, (struct span){diff->line.data, diff->line.len}, err)) &&
	       diff_flush(diff, err);
}

void scan_diff_clear(struct scan_diff *diff)
{
	buf_clear(&diff->line);
	buf_clear(&diff->text);
	free(diff->lines);
	*diff = (struct scan_diff){.scan = diff->scan};
}
