/* SPDX-License-Identifier: MIT */
#include "vault/format/ini_edit.h"

#include <stdlib.h>
#include <string.h>

static bool no_memory(struct error *err)
{
	return error_set(err, ERROR_MEMORY, "out of memory");
}

bool ini_edit_init(struct ini_edit *edit, const char *text, size_t len, struct error *err)
{
	size_t count = 0, at = 0;

	*edit = (struct ini_edit){.text = {text, len}};
	for (size_t i = 0; i < len; i++)
		count += text[i] == '\n' || i + 1 == len;
	edit->lines = calloc(count + 2, sizeof(*edit->lines));
	edit->gone = calloc(count + 1, sizeof(*edit->gone));
	edit->put = calloc(count + 1, sizeof(*edit->put));
	if (!edit->lines || !edit->gone || !edit->put) {
		ini_edit_clear(edit);
		return no_memory(err);
	}
	for (size_t i = 0; i <= count; i++)
		edit->put[i] = BUF_INIT(4 * INI_FILE_MAX);
	edit->count = count;
	for (size_t i = 0; i < count; i++) {
		const char *end = memchr(text + at, '\n', len - at);

		edit->lines[i] = at;
		at = end ? (size_t)(end - text) + 1 : len;
	}
	edit->lines[count] = len;
	return true;
}

/* Line i, from 0, with its end. */
static struct span edit_line(const struct ini_edit *edit, size_t i)
{
	return (struct span){edit->text.at + edit->lines[i], edit->lines[i + 1] - edit->lines[i]};
}

/* The line's text, without a byte order mark before it. */
static struct span edit_words(const struct ini_edit *edit, size_t i, size_t *indent)
{
	struct span line = edit_line(edit, i), text;

	if (i == 0 && line.len >= 3 && memcmp(line.at, "\xef\xbb\xbf", 3) == 0)
		line = (struct span){line.at + 3, line.len - 3};
	/* span_trim() knows no '\n'. */
	if (line.len && line.at[line.len - 1] == '\n')
		line.len--;
	text = span_trim(line);
	*indent = (size_t)(text.at - line.at);
	return text;
}

static bool line_is_blank(const struct ini_edit *edit, size_t i)
{
	size_t indent;

	return edit_words(edit, i, &indent).len == 0;
}

static bool line_is_comment(const struct ini_edit *edit, size_t i)
{
	size_t indent;
	struct span text = edit_words(edit, i, &indent);

	return text.len && (text.at[0] == '#' || text.at[0] == ';');
}

/* The line behind a setting, from 0: blank lines and comments are its own only inside of it. */
static size_t setting_end(const struct ini_edit *edit, size_t first)
{
	size_t depth, indent, end = first + 1;

	(void)edit_words(edit, first, &depth);
	for (size_t i = end; i < edit->count; i++) {
		if (line_is_blank(edit, i) || line_is_comment(edit, i))
			continue;
		(void)edit_words(edit, i, &indent);
		if (indent <= depth)
			break;
		end = i + 1;
	}
	return end;
}

struct span ini_edit_setting(const struct ini_edit *edit, unsigned int line)
{
	size_t first = edit->lines[line - 1], end = edit->lines[setting_end(edit, line - 1)];

	return (struct span){edit->text.at + first, end - first};
}

void ini_edit_drop(struct ini_edit *edit, unsigned int line)
{
	for (size_t i = line - 1; i < setting_end(edit, line - 1); i++)
		edit->gone[i] = true;
}

unsigned int ini_edit_end(const struct ini_edit *edit, const struct ini *ini,
			  const struct ini_section *section)
{
	size_t end = edit->count;

	for (size_t i = 0; i < ini->count; i++) {
		if (ini->sections[i].line > section->line && ini->sections[i].line - 1 < end)
			end = ini->sections[i].line - 1;
	}
	/* Comments right above a header are about what it begins. */
	while (end < edit->count && end > section->line && line_is_comment(edit, end - 1))
		end--;
	while (end > section->line && line_is_blank(edit, end - 1))
		end--;
	return (unsigned int)end + 1;
}

/* How the lines near `i` end; '\n' where the text has no line that is ended. */
static const char *edit_line_end(const struct ini_edit *edit, size_t i)
{
	struct span line;

	if (edit->count == 0)
		return "\n";
	line = edit_line(edit, i ? i - 1 : 0);
	if (line.len == 0 || line.at[line.len - 1] != '\n')
		line = edit_line(edit, 0);
	return line.len >= 2 && memcmp(line.at + line.len - 2, "\r\n", 2) == 0 ? "\r\n" : "\n";
}

bool ini_edit_put(struct ini_edit *edit, unsigned int line, unsigned int like, const char *text,
		  size_t len, struct error *err)
{
	struct buf *out = &edit->put[line - 1];
	const char *line_end = edit_line_end(edit, line - 1);
	size_t indent = 0;

	if (like)
		(void)edit_words(edit, like - 1, &indent);
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t whole = end ? (size_t)(end - text) + 1 : len;
		size_t bare = whole - (end != NULL);

		if (bare && text[bare - 1] == '\r')
			bare--;
		/* A continued line stands deeper than its setting: it takes the same indent. */
		if ((indent && bare && text[0] != ' ' && text[0] != '\t' &&
		     !buf_append(out, edit_line(edit, like - 1).at, indent, err)) ||
		    !buf_append(out, text, bare, err) || !buf_text_append(out, line_end, err))
			return false;
		text += whole;
		len -= whole;
	}
	return true;
}

static bool text_is_ended(struct span text)
{
	return text.len && text.at[text.len - 1] == '\n';
}

/* Drops the end of the last line. */
static void trim_last_end(struct buf *out)
{
	size_t len = out->len;

	if (len && out->data[len - 1] == '\n')
		len--;
	if (len && out->data[len - 1] == '\r')
		len--;
	out->len = len;
	out->data[len] = '\0';
}

/* Writes what replaces the lines from `first` to before `end`; the lines that go are all gone. */
static bool edit_append_put(const struct ini_edit *edit, size_t first, size_t end, struct buf *out,
			    struct error *err)
{
	size_t start = out->len;

	/* What is put behind a last line that has no end begins with one. */
	if (first == edit->count && edit->count && !text_is_ended(edit->text) && start &&
	    out->data[start - 1] != '\n' && edit->put[first].len &&
	    !buf_text_append(out, edit_line_end(edit, first), err))
		return false;
	for (size_t i = first; i <= end; i++) {
		if (!buf_append(out, buf_text(&edit->put[i]), edit->put[i].len, err))
			return false;
	}
	return true;
}

bool ini_edit_finish(const struct ini_edit *edit, struct buf *out, struct ini_change **changes,
		     size_t *count, struct error *err)
{
	struct ini_change *list = calloc(edit->count + 1, sizeof(*list));
	size_t n = 0, base = out->len;

	if (!list)
		return no_memory(err);
	for (size_t i = 0; i <= edit->count; i++) {
		size_t end = i;

		while (end < edit->count && edit->gone[end])
			end++;
		if (end > i || edit->put[i].len) {
			struct ini_change *change = &list[n++];

			*change = (struct ini_change){.at = edit->lines[i],
						      .len = edit->lines[end] - edit->lines[i],
						      .now = out->len - base};
			if (!edit_append_put(edit, i, end, out, err))
				goto failed;
			/* As before, a text without an end has none where its last line is new. */
			if (end == edit->count && edit->count && !text_is_ended(edit->text) &&
			    out->len > base)
				trim_last_end(out);
			change->put = out->len - base > change->now ? out->len - base - change->now
								    : 0;
			if (out->len - base < change->now) {
				/* The end of the line before went with it. */
				change->at -= change->now - (out->len - base);
				change->len += change->now - (out->len - base);
				change->now = out->len - base;
			}
			i = end;
		}
		if (i < edit->count) {
			struct span line = edit_line(edit, i);

			if (!buf_append(out, line.at, line.len, err))
				goto failed;
		}
	}
	if (changes) {
		*changes = list;
		*count = n;
	} else {
		free(list);
	}
	return true;
failed:
	free(list);
	return false;
}

void ini_edit_clear(struct ini_edit *edit)
{
	for (size_t i = 0; edit->put && i <= edit->count; i++)
		buf_clear(&edit->put[i]);
	free(edit->lines);
	free(edit->gone);
	free(edit->put);
	*edit = INI_EDIT_EMPTY;
}
