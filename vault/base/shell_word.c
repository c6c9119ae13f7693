/* SPDX-License-Identifier: MIT */
#include "vault/base/shell_word.h"

#include "vault/base/buf.h"
#include "vault/base/text.h"

#include <stdio.h>
#include <string.h>

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "_./+-@:,";

static bool word_put_quoted(const char *text, struct buf *out, struct error *err)
{
	bool ok = buf_text_append(out, "'", err);

	for (; ok && *text; text++)
		ok = *text == '\'' ? buf_text_append(out, "'\\''", err)
				   : buf_append(out, text, 1, err);
	return ok && buf_text_append(out, "'", err);
}

static bool word_put_coded(const char *text, struct buf *out, struct error *err)
{
	bool ok = buf_text_append(out, "$'", err);

	for (; ok && *text; text++) {
		if (*text == '\'' || *text == '\\')
			ok = buf_printf(out, err, "\\%c", *text);
		else if (*text < ' ' || *text > '~')
			ok = buf_printf(out, err, "\\x%02x", (unsigned char)*text);
		else
			ok = buf_append(out, text, 1, err);
	}
	return ok && buf_text_append(out, "'", err);
}

void shell_word(const char *text, char *out, size_t size)
{
	struct buf word = BUF_INIT(size - 1), shown = BUF_INIT(4 * strlen(text) + 1);
	struct error unused;
	bool ok = text_escape(text, strlen(text), &shown, &unused) &&
		  (text[0] != '-' || buf_text_append(&word, "./", &unused));

	if (ok && strcmp(buf_text(&shown), text) != 0)
		ok = word_put_coded(text, &word, &unused);
	else if (ok && *text && text[strspn(text, plain)] == '\0')
		ok = buf_text_append(&word, text, &unused);
	else
		ok = ok && word_put_quoted(text, &word, &unused);
	(void)snprintf(out, size, "%s", ok ? buf_text(&word) : "PATH");
	buf_clear(&word);
	buf_clear(&shown);
}

const char *shell_word_in(const char *text, char room[static SHELL_WORD_BYTES])
{
	shell_word(text, room, SHELL_WORD_BYTES);
	return room;
}
