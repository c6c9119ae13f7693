/* SPDX-License-Identifier: MIT */
#include "cli/scan/scan_allow.h"

#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/key_pattern.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1024 * 1024, LINES_MAX = 10000, SHOWN = 256 };

struct scan_allow_line {
	char *text;  /* an id or a glob */
	char *under; /* what shown paths begin with that the glob is about */
	bool is_id;
};

static bool allow_add(struct scan_allow *allow, struct span text, const char *under,
		      struct error *err)
{
	struct scan_allow_line *grown, *line;
	char account[ARN_ACCOUNT_BYTES];

	grown = realloc(allow->lines, (allow->count + 1) * sizeof(*grown));
	if (!grown)
		return error_set(err, ERROR_MEMORY, "out of memory");
	allow->lines = grown;
	line = &grown[allow->count++];
	*line = (struct scan_allow_line){.text = strndup(text.at, text.len),
					 .under = strdup(under)};
	if (!line->text || !line->under)
		return error_set(err, ERROR_MEMORY, "out of memory");
	line->is_id = text.len == KEY_PATTERN_ID && key_pattern_is_id(line->text, account);
	/* A folder is all that lies in it. */
	while (!line->is_id && text.len > 1 && line->text[text.len - 1] == '/')
		line->text[--text.len] = '\0';
	return true;
}

static bool allow_read_lines(struct scan_allow *allow, struct span rest, const char *path,
			     const char *under, struct error *err)
{
	char shown[SHOWN];

	for (unsigned int number = 1; rest.len > 0; number++) {
		const char *end = memchr(rest.at, '\n', rest.len);
		struct span line = {rest.at, end ? (size_t)(end - rest.at) : rest.len};
		const char *mark = memchr(line.at, '#', line.len);
		struct span text = {line.at, mark ? (size_t)(mark - line.at) : line.len};
		struct span reason = {line.at + text.len, line.len - text.len};

		rest.at += line.len + (end != NULL);
		rest.len -= line.len + (end != NULL);
		text = span_trim(text);
		while (reason.len > 0 && reason.at[0] == '#') {
			reason.at++;
			reason.len--;
		}
		if (text.len == 0)
			continue;
		if (span_trim(reason).len == 0 || number > LINES_MAX ||
		    memchr(text.at, '\0', text.len)) {
			text_escape_into(path, shown, sizeof(shown));
			return error_set(err, ERROR_FAILED, "%s:%u: %s", shown, number,
					 number > LINES_MAX ? "too many lines"
							    : "what is allowed has a reason behind "
							      "it: ID-OR-PATH  # why");
		}
		if (!allow_add(allow, text, under, err))
			return false;
	}
	return true;
}

bool scan_allow_read(struct scan_allow *allow, const char *path, const char *under,
		     struct error *err)
{
	struct buf text = BUF_INIT(FILE_MAX);
	bool ok = file_read(path, FILE_MAX, &text, err);

	if (ok)
		ok = allow_read_lines(allow, (struct span){buf_text(&text), text.len}, path, under,
				      err);
	else if (err->code == ERROR_NOT_FOUND) {
		*err = ERROR_INIT;
		ok = true;
	}
	buf_clear(&text);
	return ok;
}

static bool allow_has_path(const struct scan_allow_line *line, const char *path)
{
	size_t under = strlen(line->under), len = strlen(line->text);

	if (strncmp(path, line->under, under) != 0)
		return false;
	path += under;
	return fnmatch(line->text, path, 0) == 0 ||
	       (strncmp(path, line->text, len) == 0 && path[len] == '/');
}

bool scan_allow_has(const struct scan_allow *allow, struct span id, const char *path)
{
	for (size_t i = 0; i < allow->count; i++) {
		const struct scan_allow_line *line = &allow->lines[i];

		if (line->is_id ? id.len > 0 && span_equals(id, line->text)
				: allow_has_path(line, path))
			return true;
	}
	return false;
}

void scan_allow_clear(struct scan_allow *allow)
{
	for (size_t i = 0; i < allow->count; i++) {
		free(allow->lines[i].text);
		free(allow->lines[i].under);
	}
	free(allow->lines);
	*allow = (struct scan_allow){.lines = NULL};
}
