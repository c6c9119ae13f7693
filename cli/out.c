/* SPDX-License-Identifier: MIT */
#include "cli/out.h"

#include "cli/command.h"
#include "cli/hint.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { FLUSH_AT = 64 * 1024, PENDING_MAX = 16 * 1024 * 1024, NOTE_MAX = 4096, DETAIL_MAX = 65536 };

void out_open(struct out *out)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize size;
	bool closed = out->closed;

	*out = (struct out){.pending = BUF_INIT(PENDING_MAX), .closed = closed};
	out->terminal = isatty(STDOUT_FILENO) == 1;
	if (!out->terminal)
		return;
	out->colour = !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		out->columns = size.ws_col;
}

static void fail(struct out *out, int errnum)
{
	if (out->failure.code == ERROR_NONE)
		error_set_errno(&out->failure, ERROR_IO, errnum, "cannot write to standard output");
}

static void flush(struct out *out)
{
	if (out->pending.len > 0 && out->closed)
		fail(out, EBADF);
	else if (out->pending.len > 0 && out->failure.code == ERROR_NONE &&
		 !file_write_all(STDOUT_FILENO, out->pending.data, out->pending.len))
		fail(out, errno);
	buf_reset(&out->pending);
}

bool out_close(struct out *out, struct error *err)
{
	flush(out);
	buf_clear(&out->pending);
	if (out->failure.code == ERROR_NONE)
		return true;
	*err = out->failure;
	return false;
}

void out_flush(struct out *out)
{
	flush(out);
}

void out_bytes(struct out *out, const void *data, size_t len)
{
	struct error why;

	if (!buf_append(&out->pending, data, len, &why) && out->failure.code == ERROR_NONE)
		out->failure = why;
	if (out->pending.len >= FLUSH_AT)
		flush(out);
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
		fail(out, ENOMEM);
		return;
	}
	va_start(args, fmt);
	(void)vsnprintf(out->pending.data + out->pending.len, (size_t)n + 1, fmt, args);
	va_end(args);
	out->pending.len += (size_t)n;
	if (out->pending.len >= FLUSH_AT)
		flush(out);
}

size_t out_mark(const struct out *out)
{
	return out->pending.len;
}

/* The columns that a piece takes: colours and the second to fourth bytes of a letter take none. */
static size_t columns_of(const char *text, size_t len)
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
static bool wrap_line(const char *line, size_t len, size_t width, size_t indent, struct buf *to)
{
	size_t at = 0, column = 0;
	struct error why;

	while (at < len) {
		size_t blanks = 0, word = 0, columns;

		while (at + blanks < len && line[at + blanks] == ' ')
			blanks++;
		while (at + blanks + word < len && line[at + blanks + word] != ' ')
			word++;
		columns = columns_of(line + at + blanks, word);
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
	struct buf wrapped = BUF_INIT(PENDING_MAX);
	struct error why;
	bool ok = true;

	if (out->columns <= 0 || mark >= out->pending.len || (size_t)out->columns <= 2 * indent)
		return;
	for (size_t at = mark; ok && at < out->pending.len;) {
		const char *line = out->pending.data + at;
		const char *end = memchr(line, '\n', out->pending.len - at);
		size_t len = end ? (size_t)(end - line) : out->pending.len - at;

		ok = wrap_line(line, len, (size_t)out->columns, indent, &wrapped) &&
		     (!end || buf_append(&wrapped, "\n", 1, &why));
		at += len + (end != NULL);
	}
	/* Without memory it stays as it is. */
	if (ok && buf_append(&wrapped, "", 0, &why)) {
		out->pending.len = mark;
		out_bytes(out, wrapped.data, wrapped.len);
	}
	buf_clear(&wrapped);
}

void out_text(struct out *out, const char *text)
{
	struct error why;

	if (!text_escape(text, strlen(text), &out->pending, &why) &&
	    out->failure.code == ERROR_NONE)
		out->failure = why;
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

static void say(const char *text, size_t len)
{
	/* Where stderr takes nothing there is nobody left to tell. */
	if (!file_write_all(STDERR_FILENO, text, len))
		return;
}

static void CV_PRINTF(2, 0) note(const struct cli *cli, const char *fmt, va_list args)
{
	struct buf text = BUF_INIT(DETAIL_MAX);
	struct error why;
	char line[NOTE_MAX];

	if (vsnprintf(line, sizeof(line), fmt, args) >= 0 && hint_append(cli, line, &text, &why) &&
	    buf_text_append(&text, "\n", &why))
		say(text.data, text.len);
	buf_clear(&text);
}

void out_note(const struct cli *cli, const char *fmt, ...)
{
	va_list args;

	if (cli->quiet || cli->json)
		return;
	va_start(args, fmt);
	note(cli, fmt, args);
	va_end(args);
}

void out_detail(const struct cli *cli, const char *fmt, ...)
{
	va_list args;

	if (!cli->verbose)
		return;
	va_start(args, fmt);
	note(cli, fmt, args);
	va_end(args);
}

/* Everything is escaped once more: an escaped text stays as it is. */
static bool append_escaped(struct buf *buf, const char *text, size_t len)
{
	struct error why;

	return text_escape(text, len, buf, &why);
}

static bool append_detail(struct buf *buf, const char *detail)
{
	struct error why;

	while (*detail) {
		size_t len = strcspn(detail, "\n");

		if (!buf_text_append(buf, "  ", &why) || !append_escaped(buf, detail, len) ||
		    !buf_text_append(buf, "\n", &why))
			return false;
		detail += len + (detail[len] == '\n');
	}
	return true;
}

static bool compose_texts(const struct cli *cli, const struct error *err, const char *detail,
			  const char *hint, struct buf *buf)
{
	bool one_line = cli->command && cli->command->needs & NEEDS_ONE_LINE_ERRORS;
	struct error why;

	if (!buf_text_append(buf, "credvault: ", &why))
		return false;
	if (err->profile[0] && (!append_escaped(buf, err->profile, strlen(err->profile)) ||
				!buf_text_append(buf, ": ", &why)))
		return false;
	if (!append_escaped(buf, err->message, strlen(err->message)) ||
	    !buf_printf(buf, &why, " (exit %d)", cli_status_of(cli, err)))
		return false;
	if (one_line)
		return (!hint[0] || (buf_text_append(buf, "; run: ", &why) &&
				     append_escaped(buf, hint, strlen(hint)))) &&
		       buf_text_append(buf, "\n", &why);
	if (!buf_text_append(buf, "\n", &why) || !append_detail(buf, detail))
		return false;
	return !hint[0] || strstr(detail, hint) || append_detail(buf, hint);
}

static bool compose(const struct cli *cli, const struct error *err, struct buf *buf)
{
	struct buf detail = BUF_INIT(DETAIL_MAX), hint = BUF_INIT(DETAIL_MAX);
	struct error why;
	bool ok = hint_append(cli, err->detail, &detail, &why) &&
		  hint_append(cli, err->hint, &hint, &why) &&
		  compose_texts(cli, err, buf_text(&detail), buf_text(&hint), buf);

	buf_clear(&detail);
	buf_clear(&hint);
	return ok;
}

static bool compose_json(const struct cli *cli, const struct error *err, struct buf *buf)
{
	struct error why;
	struct buf hint = BUF_INIT(DETAIL_MAX);
	json_t *object = NULL;
	bool ok = message_error(err, &object, &why) && hint_append(cli, err->hint, &hint, &why) &&
		  (!hint.len || json_put_text(json_object_get(object, "error"), "hint",
					      buf_text(&hint), &why)) &&
		  json_put(json_object_get(object, "error"), "status",
			   json_integer(cli_status_of(cli, err)), &why) &&
		  json_append(object, buf, &why) && buf_text_append(buf, "\n", &why);

	json_decref(object);
	buf_clear(&hint);
	return ok;
}

void out_error(const struct cli *cli, const struct error *err)
{
	struct buf buf = BUF_INIT(16384);

	if (cli->json ? compose_json(cli, err, &buf) : compose(cli, err, &buf))
		say(buf.data, buf.len);
	else
		say("credvault: failed\n", 18);
	buf_clear(&buf);
}

bool out_error_text(const struct cli *cli, const struct error *err, struct buf *out)
{
	return compose(cli, err, out);
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

void out_when(long long unix_seconds, long long now, char shown[static OUT_WHEN_BYTES])
{
	time_t then_s = (time_t)unix_seconds, now_s = (time_t)now;
	struct tm then = {0}, today = {0};
	bool is_today;
	size_t n;

	if (!localtime_r(&then_s, &then) || !localtime_r(&now_s, &today)) {
		(void)snprintf(shown, OUT_WHEN_BYTES, "?");
		return;
	}
	is_today = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
	n = is_today ? strftime(shown, OUT_WHEN_BYTES, "%H:%M", &then)
		     : strftime(shown, OUT_WHEN_BYTES, "%Y-%m-%d %H:%M", &then);
	if (n == 0)
		shown[0] = '\0';
}
