/* SPDX-License-Identifier: MIT */
#include "cli/ui/say.h"

#include "cli/ui/ascii.h"
#include "cli/ui/hint.h"
#include "cli/ui/progress.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOTE_MAX = 4096, DETAIL_MAX = 65536 };

static void say_bytes(const char *text, size_t len)
{
	/* Where stderr takes nothing, the failure can be told nowhere. */
	if (!file_write_all(STDERR_FILENO, text, len))
		return;
}

static void say_text(struct buf *text)
{
	if (text->len && ascii_is_wanted())
		ascii_replace(text->data, text->len);
	say_bytes(text->data, text->len);
}

static void CV_PRINTF(2, 0) say_formatted(const struct cli *cli, const char *fmt, va_list args)
{
	struct buf text = BUF_INIT(DETAIL_MAX);
	struct error why;
	char line[NOTE_MAX];

	if (vsnprintf(line, sizeof(line), fmt, args) >= 0 && hint_append(cli, line, &text, &why) &&
	    buf_text_append(&text, "\n", &why))
		say_text(&text);
	buf_clear(&text);
}

void say_note(struct cli *cli, const char *fmt, ...)
{
	va_list args;

	if (cli->quiet || cli->json)
		return;
	if (cli->out.terminal)
		out_flush(&cli->out);
	va_start(args, fmt);
	say_formatted(cli, fmt, args);
	va_end(args);
}

void say_warning(struct cli *cli, const char *text)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	const bool terminal = isatty(STDERR_FILENO) == 1;
	const bool red = terminal && !(no_colour && *no_colour) && term &&
			 strcmp(term, "dumb") != 0;
	struct out to = {.pending = BUF_INIT(DETAIL_MAX)};
	struct buf hinted = BUF_INIT(NOTE_MAX);
	struct error why;

	if (cli->json)
		return;
	if (cli->out.terminal)
		out_flush(&cli->out);
	if (hint_append(cli, text, &hinted, &why))
		out_printf(&to, "%s%s%s\n", red ? "\033[31m" : "", buf_text(&hinted),
			   red ? "\033[0m" : "");
	if (terminal)
		out_wrap_at(&to, 0, 0, (size_t)progress_columns());
	say_text(&to.pending);
	buf_clear(&to.pending);
	buf_clear(&hinted);
}

void say_detail(const struct cli *cli, const char *fmt, ...)
{
	va_list args;

	if (!cli->verbose)
		return;
	va_start(args, fmt);
	say_formatted(cli, fmt, args);
	va_end(args);
}

/* Every text is escaped here, also one that was escaped before: that stays as it is. */
static bool say_append_escaped(struct buf *buf, const char *text, size_t len)
{
	struct error why;

	return text_escape(text, len, buf, &why);
}

static bool say_append_detail(struct buf *buf, const char *detail)
{
	struct error why;

	while (*detail) {
		size_t len = strcspn(detail, "\n");

		if (!buf_text_append(buf, "  ", &why) || !say_append_escaped(buf, detail, len) ||
		    !buf_text_append(buf, "\n", &why))
			return false;
		detail += len + (detail[len] == '\n');
	}
	return true;
}

/* What one line still has room for: AWS's own words, and what to do. */
static bool say_append_rest(const struct error *err, const char *hint, struct buf *buf)
{
	const char *quote = error_quote(err);
	bool is_command = strncmp(hint, "credvault ", 10) == 0 ||
			  strncmp(hint, "getent ", 7) == 0 || strncmp(hint, "curl ", 5) == 0;
	struct error why;

	if (quote && (!buf_text_append(buf, "; ", &why) ||
		      !say_append_escaped(buf, quote, strcspn(quote, "\n"))))
		return false;
	return !hint[0] || (buf_text_append(buf, is_command ? "; run: " : "; ", &why) &&
			    say_append_escaped(buf, hint, strlen(hint)));
}

static bool say_compose_texts(const struct cli *cli, const struct error *err, const char *detail,
			      const char *hint, struct buf *buf)
{
	bool one_line = cli->command && cli->command->needs & NEEDS_ONE_LINE_ERRORS;
	struct error why;

	if (!buf_text_append(buf, "credvault: ", &why))
		return false;
	if (err->profile[0] && (!say_append_escaped(buf, err->profile, strlen(err->profile)) ||
				!buf_text_append(buf, ": ", &why)))
		return false;
	if (!say_append_escaped(buf, err->message, strlen(err->message)) ||
	    !buf_printf(buf, &why, " (exit %d)", cli_status_of(cli, err)))
		return false;
	if (one_line)
		return say_append_rest(err, hint, buf) && buf_text_append(buf, "\n", &why);
	if (!buf_text_append(buf, "\n", &why) || !say_append_detail(buf, detail))
		return false;
	return !hint[0] || strstr(detail, hint) || say_append_detail(buf, hint);
}

bool say_error_text(const struct cli *cli, const struct error *err, struct buf *out)
{
	struct buf detail = BUF_INIT(DETAIL_MAX), hint = BUF_INIT(DETAIL_MAX);
	struct error why;
	bool ok = hint_append(cli, err->detail, &detail, &why) &&
		  hint_append(cli, err->hint, &hint, &why) &&
		  say_compose_texts(cli, err, buf_text(&detail), buf_text(&hint), out);

	buf_clear(&detail);
	buf_clear(&hint);
	return ok;
}

static bool say_compose_json(const struct cli *cli, const struct error *err, struct buf *buf)
{
	const int status = cli_status_of(cli, err), real = error_status(err->code);
	struct error why;
	struct buf hint = BUF_INIT(DETAIL_MAX);
	json_t *object = NULL;
	bool ok =
	    message_error(err, &object, &why) && hint_append(cli, err->hint, &hint, &why) &&
	    (!hint.len ||
	     json_put_text(json_object_get(object, "error"), "hint", buf_text(&hint), &why)) &&
	    json_put(json_object_get(object, "error"), "status", json_integer(status), &why) &&
	    /* All failures of `exec` exit alike; which one it was stands beside. */
	    (status != CLI_STATUS_OURS ||
	     json_put(json_object_get(object, "error"), "real_status", json_integer(real), &why)) &&
	    json_append(object, buf, &why) && buf_text_append(buf, "\n", &why);

	json_decref(object);
	buf_clear(&hint);
	return ok;
}

void say_error(const struct cli *cli, const struct error *err)
{
	struct buf buf = BUF_INIT(16384);

	if (cli->json && say_compose_json(cli, err, &buf))
		say_bytes(buf.data, buf.len);
	else if (!cli->json && say_error_text(cli, err, &buf))
		say_text(&buf);
	else
		say_bytes("credvault: failed\n", 18);
	buf_clear(&buf);
}
