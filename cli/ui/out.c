/* SPDX-License-Identifier: MIT */
#include "cli/ui/out.h"

#include "cli/ui/ascii.h"
#include "vault/base/file.h"
#include "vault/base/shell_word.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { FLUSH_AT = 64 * 1024, PENDING_MAX = 16 * 1024 * 1024 };

void out_open(struct out *out)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize size;
	bool closed = out->closed;

	*out = (struct out){.pending = BUF_INIT(PENDING_MAX), .closed = closed};
	out->ascii = ascii_is_wanted();
	out->terminal = isatty(STDOUT_FILENO) == 1;
	if (!out->terminal)
		return;
	out->colour = !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		out->columns = size.ws_col;
}

static void out_fail(struct out *out, int errnum)
{
	if (out->failure.code == ERROR_NONE)
		error_set_errno(&out->failure, ERROR_IO, errnum, "cannot write to standard output");
}

void out_flush(struct out *out)
{
	if (out->pending.len > 0 && out->closed)
		out_fail(out, EBADF);
	else if (out->pending.len > 0 && out->failure.code == ERROR_NONE &&
		 !file_write_all(STDOUT_FILENO, out->pending.data, out->pending.len))
		out_fail(out, errno);
	buf_reset(&out->pending);
}

bool out_close(struct out *out, struct error *err)
{
	out_flush(out);
	buf_clear(&out->pending);
	if (out->failure.code == ERROR_NONE)
		return true;
	*err = out->failure;
	return false;
}

void out_bytes(struct out *out, const void *data, size_t len)
{
	struct error why;

	if (!buf_append(&out->pending, data, len, &why) && out->failure.code == ERROR_NONE)
		out->failure = why;
	if (out->pending.len >= FLUSH_AT)
		out_flush(out);
}

void out_printf(struct out *out, const char *fmt, ...)
{
	struct error why;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0 || !buf_reserve(&out->pending, (size_t)n, &why)) {
		out_fail(out, ENOMEM);
		return;
	}
	va_start(args, fmt);
	(void)vsnprintf(out->pending.data + out->pending.len, (size_t)n + 1, fmt, args);
	va_end(args);
	if (out->ascii)
		ascii_replace(out->pending.data + out->pending.len, (size_t)n);
	out->pending.len += (size_t)n;
	if (out->pending.len >= FLUSH_AT)
		out_flush(out);
}

size_t out_mark(const struct out *out)
{
	return out->pending.len;
}

/* The columns of a text: colours, and the second to fourth bytes of a letter, take none. */
static size_t text_columns(const char *text, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\033') {
			while (i + 1 < len && text[i] != 'm')
				i++;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			columns++;
		}
	}
	return columns;
}

/* One line into `to`; false without memory. */
static bool out_wrap_line(const char *line, size_t len, size_t width, size_t indent, struct buf *to)
{
	size_t at = 0, column = 0;
	struct error why;

	while (at < len) {
		size_t blanks = 0, word = 0, columns;

		while (at + blanks < len && line[at + blanks] == ' ')
			blanks++;
		while (at + blanks + word < len && line[at + blanks + word] != ' ')
			word++;
		columns = text_columns(line + at + blanks, word);
		if (column > indent && column + blanks + columns > width) {
			if (!buf_printf(to, &why, "\n%*s", (int)indent, ""))
				return false;
			column = indent;
		} else {
			if (!buf_append(to, line + at, blanks, &why))
				return false;
			column += blanks;
		}
		if (!buf_append(to, line + at + blanks, word, &why))
			return false;
		column += columns;
		at += blanks + word;
	}
	return true;
}

void out_wrap(struct out *out, size_t mark, size_t indent)
{
	if (out->columns > 0)
		out_wrap_at(out, mark, indent, (size_t)out->columns);
}

void out_wrap_at(struct out *out, size_t mark, size_t indent, size_t width)
{
	struct buf wrapped = BUF_INIT(PENDING_MAX);
	struct error why;
	bool ok = true;

	if (mark >= out->pending.len || width <= 2 * indent)
		return;
	for (size_t at = mark; ok && at < out->pending.len;) {
		const char *line = out->pending.data + at;
		const char *end = memchr(line, '\n', out->pending.len - at);
		size_t len = end ? (size_t)(end - line) : out->pending.len - at;

		ok = out_wrap_line(line, len, width, indent, &wrapped) &&
		     (!end || buf_append(&wrapped, "\n", 1, &why));
		at += len + (end != NULL);
	}
	/* Without memory the text stays as it is. */
	if (ok && buf_append(&wrapped, "", 0, &why)) {
		out->pending.len = mark;
		out_bytes(out, wrapped.data, wrapped.len);
	}
	buf_clear(&wrapped);
}

void out_text(struct out *out, const char *text)
{
	size_t mark = out->pending.len;
	struct error why;

	if (!text_escape(text, strlen(text), &out->pending, &why) &&
	    out->failure.code == ERROR_NONE)
		out->failure = why;
	if (out->ascii)
		ascii_replace(out->pending.data + mark, out->pending.len - mark);
}

void out_json(struct out *out, const json_t *value)
{
	struct error why;

	if (!json_append(value, &out->pending, &why) && out->failure.code == ERROR_NONE)
		out->failure = why;
	out_bytes(out, "\n", 1);
}

const char *out_colour(const struct out *out, enum out_colour colour)
{
	static const char *const sequences[] = {
	    [OUT_PLAIN] = "\033[0m",  [OUT_RED] = "\033[31m", [OUT_YELLOW] = "\033[33m",
	    [OUT_GREEN] = "\033[32m", [OUT_BOLD] = "\033[1m", [OUT_DIM] = "\033[2m"};

	return out->colour ? sequences[colour] : "";
}

void out_path(const char *path, char *shown, size_t size)
{
	const char *home = getenv("HOME");
	size_t len = home ? strlen(home) : 0;

	if (len > 1 && strncmp(path, home, len) == 0 && path[len] == '/') {
		char shorter[PATH_MAX];

		(void)snprintf(shorter, sizeof(shorter), "~%s", path + len);
		text_escape_into(shorter, shown, size);
	} else {
		text_escape_into(path, shown, size);
	}
}

void out_path_word(const char *path, char *word, size_t size)
{
	const char *home = getenv("HOME");
	size_t len = home ? strlen(home) : 0;

	shell_word(path, word, size);
	/* A shell reads ~ without quotes alone. */
	if (len > 1 && strncmp(path, home, len) == 0 && path[len] == '/' && strcmp(word, path) == 0)
		(void)snprintf(word, size, "~%s", path + len);
}

void out_time(enum out_time form, long long unix_seconds, char shown[static OUT_WHEN_BYTES])
{
	time_t seconds = (time_t)unix_seconds;
	struct tm t = {0};
	size_t n = 0;

	if (localtime_r(&seconds, &t)) {
		switch (form) {
		case OUT_CLOCK: n = strftime(shown, OUT_WHEN_BYTES, "%H:%M", &t); break;
		case OUT_MINUTE: n = strftime(shown, OUT_WHEN_BYTES, "%Y-%m-%d %H:%M", &t); break;
		case OUT_SECOND: n = strftime(shown, OUT_WHEN_BYTES, "%Y-%m-%d %H:%M:%S", &t);
		}
	}
	if (n == 0)
		(void)snprintf(shown, OUT_WHEN_BYTES, "?");
}

void out_when(long long unix_seconds, long long now, char shown[static OUT_WHEN_BYTES])
{
	time_t then_s = (time_t)unix_seconds, now_s = (time_t)now;
	struct tm then = {0}, today = {0};
	bool is_today = localtime_r(&then_s, &then) && localtime_r(&now_s, &today) &&
			then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;

	out_time(is_today ? OUT_CLOCK : OUT_MINUTE, unix_seconds, shown);
}
