/* SPDX-License-Identifier: MIT */
#include "cli/files/text_diff.h"

#include "vault/base/text.h"
#include "vault/format/key_pattern.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CONTEXT = 3, HEADING_MAX = 80 };

/* A text as lines. */
struct diff_lines {
	struct span text;
	size_t *at; /* where each begins, and the end */
	size_t count;
};

/* A stretch of lines on both sides; counted from 0, `end` is behind the last. */
struct diff_piece {
	size_t old, old_end, new, new_end;
};

static bool lines_init(struct diff_lines *lines, struct span text, struct error *err)
{
	size_t n = 0;

	*lines = (struct diff_lines){.text = text};
	for (size_t i = 0; i < text.len; i++)
		lines->count += text.at[i] == '\n' || i + 1 == text.len;
	lines->at = calloc(lines->count + 1, sizeof(*lines->at));
	if (!lines->at)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < text.len; i++) {
		if (i == 0 || text.at[i - 1] == '\n')
			lines->at[n++] = i;
	}
	lines->at[lines->count] = text.len;
	return true;
}

/* The line that holds the byte at an offset; lines->count for the end. */
static size_t lines_find(const struct diff_lines *lines, size_t offset)
{
	size_t low = 0, high = lines->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (lines->at[middle + 1] <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The lines that a stretch of bytes touches. */
static void lines_of(const struct diff_lines *lines, size_t at, size_t len, size_t *first,
		     size_t *end)
{
	*first = lines_find(lines, at);
	/* Behind a last line that has no end, the line itself changes. */
	if (at > 0 && *first == lines->count && lines->text.at[at - 1] != '\n')
		(*first)--;
	*end = lines_find(lines, at + len);
	if (*end < lines->count && lines->at[*end] < at + len)
		(*end)++;
	else if (*end < *first)
		*end = *first;
	if (at > 0 && *end == *first && lines->text.at[at - 1] != '\n' && *first < lines->count)
		(*end)++;
}

/* Whether a line names something whose value nobody is to see. */
static bool line_is_secret(struct span line, size_t *value)
{
	static const char *const words[] = {"secret", "token", "password"};
	const char *equals = memchr(line.at, '=', line.len);
	size_t key = equals ? (size_t)(equals - line.at) : 0;

	*value = key + 1;
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
		for (size_t i = 0; i + strlen(words[w]) <= key; i++) {
			if (strncasecmp(line.at + i, words[w], strlen(words[w])) == 0)
				return true;
		}
	}
	return false;
}

/* What has the form of a secret is none to show either, under whatever name it stands. */
static bool diff_append_text(struct span line, struct buf *out, struct error *err)
{
	size_t from = 0;

	for (size_t i = 0; i < line.len; i++) {
		bool secret = key_pattern_is_secret(line, i);

		/* A tab is no harm on a terminal, and the files are full of them. */
		if (!secret && line.at[i] != '\t')
			continue;
		if (!text_escape(line.at + from, i - from, out, err) ||
		    !buf_text_append(out, secret ? "****" : "\t", err))
			return false;
		i += secret ? KEY_PATTERN_SECRET - 1 : 0;
		from = i + 1;
	}
	return text_escape(line.at + from, line.len - from, out, err);
}

bool text_diff_append_line(struct span line, struct buf *out, struct error *err)
{
	size_t value;

	if (!line_is_secret(line, &value))
		return diff_append_text(line, out, err);
	return diff_append_text((struct span){line.at, value}, out, err) &&
	       buf_text_append(out, " ****", err);
}

static bool diff_append_line(const struct diff_lines *lines, size_t i, char sign, struct buf *out,
			     struct error *err)
{
	struct span line = {lines->text.at + lines->at[i], lines->at[i + 1] - lines->at[i]};
	bool ended = line.len && line.at[line.len - 1] == '\n';

	line.len -= ended;
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return buf_append(out, &sign, 1, err) && text_diff_append_line(line, out, err) &&
	       buf_text_append(out, ended ? "\n" : "\n\\ No newline at end of file\n", err);
}

/* The header that stands above a line, for the head of its hunk. */
static bool diff_append_heading(const struct diff_lines *lines, size_t above, struct buf *out,
				struct error *err)
{
	for (size_t i = above; i-- > 0;) {
		struct span line = span_trim(
		    (struct span){lines->text.at + lines->at[i], lines->at[i + 1] - lines->at[i]});

		while (line.len && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
			line.len--;
		if (line.len == 0 || line.at[0] != '[')
			continue;
		if (line.len > HEADING_MAX)
			line.len = HEADING_MAX;
		return buf_append(out, " ", 1, err) && diff_append_text(line, out, err);
	}
	return true;
}

/* "12,3": the first line and the count, as patch(1) reads them. */
static bool diff_append_range(char sign, size_t first, size_t end, struct buf *out,
			      struct error *err)
{
	return buf_printf(out, err, "%c%zu,%zu ", sign, end > first ? first + 1 : first,
			  end - first);
}

static bool diff_append_hunk(const struct diff_lines *old, const struct diff_lines *new,
			     const struct diff_piece *pieces, size_t count, struct buf *out,
			     struct error *err)
{
	size_t lead = pieces[0].old < CONTEXT ? pieces[0].old : CONTEXT;
	const struct diff_piece *last = &pieces[count - 1];
	size_t tail = old->count - last->old_end < CONTEXT ? old->count - last->old_end : CONTEXT;
	size_t at = pieces[0].old - lead;
	bool ok = buf_text_append(out, "@@ ", err) &&
		  diff_append_range('-', at, last->old_end + tail, out, err) &&
		  diff_append_range('+', pieces[0].new - lead, last->new_end + tail, out, err) &&
		  buf_text_append(out, "@@", err) && diff_append_heading(old, at, out, err) &&
		  buf_text_append(out, "\n", err);

	for (size_t i = 0; ok && i < count; i++) {
		const struct diff_piece *piece = &pieces[i];

		for (; ok && at < piece->old; at++)
			ok = diff_append_line(old, at, ' ', out, err);
		for (; ok && at < piece->old_end; at++)
			ok = diff_append_line(old, at, '-', out, err);
		for (size_t j = piece->new; ok &&j < piece->new_end; j++)
			ok = diff_append_line(new, j, '+', out, err);
	}
	for (; ok && at < last->old_end + tail; at++)
		ok = diff_append_line(old, at, ' ', out, err);
	return ok;
}

bool text_diff_append(const struct text_diff *diff, struct buf *out, struct error *err)
{
	struct diff_piece *pieces = calloc(diff->count + 1, sizeof(*pieces));
	struct diff_lines old = {.at = NULL}, new = {.at = NULL};
	bool ok = pieces ? true : error_set(err, ERROR_MEMORY, "out of memory");

	ok = ok && lines_init(&old, diff->before, err) && lines_init(&new, diff->after, err);
	if (ok && diff->count)
		ok = buf_text_append(out, "--- ", err) &&
		     diff_append_text(
			 (struct span){diff->created ? "/dev/null" : diff->path,
				       strlen(diff->created ? "/dev/null" : diff->path)},
			 out, err) &&
		     buf_text_append(out, "\n+++ ", err) &&
		     diff_append_text(
			 (struct span){diff->removed ? "/dev/null" : diff->path,
				       strlen(diff->removed ? "/dev/null" : diff->path)},
			 out, err) &&
		     buf_text_append(out, "\n", err);
	for (size_t i = 0; ok && i < diff->count; i++) {
		lines_of(&old, diff->changes[i].at, diff->changes[i].len, &pieces[i].old,
			 &pieces[i].old_end);
		lines_of(&new, diff->changes[i].now, diff->changes[i].put, &pieces[i].new,
			 &pieces[i].new_end);
	}
	for (size_t i = 0, end; ok && i < diff->count; i = end) {
		for (end = i + 1;
		     end < diff->count && pieces[end].old <= pieces[end - 1].old_end + 2 * CONTEXT;)
			end++;
		ok = diff_append_hunk(&old, &new, &pieces[i], end - i, out, err);
	}
	free(pieces);
	free(old.at);
	free(new.at);
	return ok;
}
