/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_OUT_H
#define CV_CLI_UI_OUT_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * The one place that prints on stdout. The text is gathered in a wiped buffer and written with
 * write(2), so it may hold secrets; the first failure is kept until out_close() returns it. Notes
 * and errors go to stderr (cli/ui/say.h).
 */
struct out {
	struct buf pending;
	struct error failure; /**< the first one; ERROR_NONE while all is well */
	bool colour;	      /**< stdout is a terminal, NO_COLOR is unset, TERM is not dumb */
	bool terminal;	      /**< stdout is a terminal */
	bool ascii;	      /**< the locale is not one of UTF-8 (cli/ui/ascii.h) */
	bool closed;	      /**< stdout was closed when we were started */
	int columns;	      /**< of that terminal; 0: no terminal, do not cut */
};

/** Looks at stdout (`closed` is kept). main() calls it before a command runs. */
void out_open(struct out *out);

/** Writes what is pending; false when anything at all could not be written (EPIPE included). */
MUST bool out_close(struct out *out, struct error *err);

/** Writes what is pending, for a long-running command's first lines. Failures are kept. */
void out_flush(struct out *out);

/**
 * Formatted text on stdout, without a secret, in ASCII where that is wanted. Text from outside goes
 * through out_text().
 */
void out_printf(struct out *out, const char *fmt, ...) CV_PRINTF(2, 3);

/**
 * out_wrap() breaks the lines that were printed since out_mark() at blanks where the terminal ends,
 * and indents what follows by `indent` columns. Without a terminal lines stay as they are.
 */
size_t out_mark(const struct out *out);
void out_wrap(struct out *out, size_t mark, size_t indent);

/** The same at `width` columns, whatever stdout is. */
void out_wrap_at(struct out *out, size_t mark, size_t indent, size_t width);

/** Text from outside on stdout, escaped. */
void out_text(struct out *out, const char *text);

/** Bytes on stdout as they are; may be secret. */
void out_bytes(struct out *out, const void *data, size_t len);

/** One JSON value on one line on stdout; may hold secrets. */
void out_json(struct out *out, const json_t *value);

/** The escape sequence of a colour ("" where there is none): OUT_RED …, then OUT_PLAIN. */
enum out_colour { OUT_PLAIN, OUT_RED, OUT_YELLOW, OUT_GREEN, OUT_BOLD, OUT_DIM };
const char *out_colour(const struct out *out, enum out_colour colour);

/** A path as people read it: ~ for the home directory, escaped. */
void out_path(const char *path, char *shown, size_t size);

/** A path as one word of a command to paste: with ~ where that needs no quotes, else whole. */
void out_path_word(const char *path, char *word, size_t size);

/** A time as people read it, local: "09:02" today, "2026-11-20 09:02" otherwise. */
enum { OUT_WHEN_BYTES = 24 };
void out_when(long long unix_seconds, long long now, char shown[static OUT_WHEN_BYTES]);

/** The same in one form, whatever day it is. */
enum out_time { OUT_CLOCK /**< 09:02 */, OUT_MINUTE /**< 2026-11-20 09:02 */, OUT_SECOND };
void out_time(enum out_time form, long long unix_seconds, char shown[static OUT_WHEN_BYTES]);

#endif
