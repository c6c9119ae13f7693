/* SPDX-License-Identifier: MIT */
#include "cli/scan/scan_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t lines_between(const char *from, const char *to)
{
	size_t lines = 0;

	while (from < to && (from = memchr(from, '\n', (size_t)(to - from))) != NULL) {
		lines++;
		from++;
	}
	return lines;
}

/* The line of the text at which the last hit was, from 0: hits come in their order, twice. */
struct line_count {
	const char *at;
	size_t line;
};

static size_t line_of(struct line_count *count, struct span text, const char *place)
{
	if (!count->at || place < count->at)
		*count = (struct line_count){text.at, 0};
	count->line += lines_between(count->at, place);
	count->at = place;
	return count->line;
}

static int finding_compare(const void *a, const void *b)
{
	const struct scan_finding *one = a, *other = b;

	return one->line < other->line ? -1 : one->line > other->line;
}

bool scan_text(struct scan *scan, const struct scan_source *source, struct span text,
	       struct error *err)
{
	struct line_count count = {NULL, 0};
	struct key_pattern pattern;
	size_t at = 0, first = scan->count;

	while (key_pattern_next(text, &at, &pattern) && scan_goes_on(scan, source->path)) {
		const char *id = pattern.id.at, *secret = pattern.secret.at;
		size_t line = line_of(&count, text, id ? id : secret), other = line;
		struct scan_finding finding = {.path = (char *)(uintptr_t)source->path,
					       .kind = pattern.kind,
					       .temporary = pattern.temporary,
					       .other = pattern.other};
		char whole[KEY_PATTERN_ID + 1];

		/* The secret is near its id, before it or behind. */
		if (id && secret)
			other = secret > id ? line + lines_between(id, secret)
					    : line - lines_between(secret, id);
		if (source->lines && !source->lines[line].added && !source->lines[other].added)
			continue;
		finding.line = source->lines ? source->lines[line].number : line + 1;
		if (pattern.id.len) {
			(void)snprintf(whole, sizeof(whole), "%.*s", KEY_PATTERN_ID, pattern.id.at);
			key_row_id(whole, finding.id);
		}
		memcpy(finding.account, pattern.account, sizeof(finding.account));
		(void)snprintf(finding.commit, sizeof(finding.commit), "%s", source->commit);
		if (!scan_add(scan, &finding, &pattern, err))
			return false;
	}
	if (scan->count > first)
		qsort(scan->findings + first, scan->count - first, sizeof(*scan->findings),
		      finding_compare);
	return true;
}
