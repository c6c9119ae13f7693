/* SPDX-License-Identifier: MIT */
#include "cli/ui/pinentry.h"

#include "cli/ui/child.h"
#include "vault/base/clock.h"
#include "vault/base/file.h"
#include "vault/base/text.h"

#include <string.h>

enum { CONVERSATION_MAX = 16384, COMMAND_MAX = 2048 };

bool pinentry_is(const char *path)
{
	return strncmp(file_name(path), "pinentry", 8) == 0;
}

struct talk {
	struct child child;
	struct buf heard; /* what was read and is not dealt with yet */
	long long deadline_ms;
};

/* Data lines escape %, CR and LF as %XX. */
static bool talk_decode(const char *text, size_t len, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			unsigned char byte;
			char digits[3] = {0};

			if (i + 2 >= len)
				return error_set(err, ERROR_FAILED, "an answer in a wrong form");
			memcpy(digits, text + i + 1, 2);
			if (!text_unhex(digits, &byte, 1))
				return error_set(err, ERROR_FAILED, "an answer in a wrong form");
			c = (char)byte;
			i += 2;
		}
		if (!buf_append(out, &c, 1, err))
			return false;
	}
	return true;
}

/* Until OK; data goes into *out, which may be NULL. */
static bool talk_hear(struct talk *talk, struct buf *out, struct error *err)
{
	for (;;) {
		char *line = talk->heard.data;
		char *end = talk->heard.len ? memchr(line, '\n', talk->heard.len) : NULL;
		bool ended = false, ok = true, done = false;
		size_t len;

		if (!end) {
			if (!child_read(&talk->child, talk->deadline_ms, &talk->heard, &ended, err))
				return false;
			if (ended)
				return error_set(err, ERROR_FAILED, "it left without an answer");
			continue;
		}
		len = (size_t)(end - line);
		if (len >= 2 && memcmp(line, "OK", 2) == 0)
			done = true;
		else if (len >= 3 && memcmp(line, "ERR", 3) == 0)
			ok = error_set(err, ERROR_INTERRUPTED, "the question was not answered");
		else if (len >= 2 && memcmp(line, "D ", 2) == 0 && out)
			ok = talk_decode(line + 2, len - 2, out, err);
		buf_drop(&talk->heard, len + 1);
		if (!ok || done)
			return ok;
	}
}

/* "VERB text" with the text escaped. */
static bool talk_tell(struct talk *talk, const char *verb, const char *text, struct buf *out,
		      struct error *err)
{
	struct buf line = BUF_INIT(COMMAND_MAX);
	bool ok = buf_text_append(&line, verb, err);

	if (ok && text)
		ok = buf_append(&line, " ", 1, err);
	for (const char *p = text; ok && p && *p; p++) {
		if (*p == '%' || *p == '\n' || *p == '\r')
			ok = buf_printf(&line, err, "%%%02X", (unsigned int)(unsigned char)*p);
		else
			ok = buf_append(&line, p, 1, err);
	}
	ok = ok && buf_append(&line, "\n", 1, err);
	if (ok && !file_write_all(talk->child.to, line.data, line.len))
		ok = error_set(err, ERROR_FAILED, "it does not listen");
	buf_clear(&line);
	return ok && talk_hear(talk, out, err);
}

bool pinentry_ask(const char *path, const char *prompt, struct buf *out, struct error *err)
{
	struct talk talk = {.heard = BUF_INIT(CONVERSATION_MAX),
			    .deadline_ms = clock_boot_ms(&clock_system) + CHILD_ASKPASS_S * 1000LL};
	char *argv[] = {(char[]){"pinentry"}, NULL}, *envp[CHILD_ENVIRONMENT_MAX];
	bool ok;

	child_environment(true, envp);
	ok = child_start(path, argv, envp, true, &talk.child, err) && talk_hear(&talk, NULL, err) &&
	     talk_tell(&talk, "SETTITLE", "credvault", NULL, err) &&
	     talk_tell(&talk, "SETDESC", prompt, NULL, err) &&
	     talk_tell(&talk, "SETPROMPT", "", NULL, err) &&
	     talk_tell(&talk, "GETPIN", NULL, out, err);
	(void)child_end(&talk.child, !ok);
	buf_clear(&talk.heard);
	return ok;
}
