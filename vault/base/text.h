/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_TEXT_H
#define CV_BASE_TEXT_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stddef.h>
#include <stdint.h>

/** Names, durations, sizes and times as people write and read them, and escapes for screens. */

enum { TEXT_NAME_MAX = 128, TEXT_DURATION_BYTES = 24, TEXT_TIME_BYTES = 24 };

/**
 * Whether text is a valid credvault name: 1-128 bytes of UTF-8, letters and digits of any script
 * (letter_is()), _.@+/:%- and single blanks inside (docs/format.md).
 */
bool text_is_name(const char *text);

/**
 * USAGE unless text_is_name(); `what` ("profile", "name") goes into the message, followed by the
 * escaped text.
 */
MUST bool text_check_name(const char *what, const char *text, struct error *err);

/** Room for a name as a word of a shell. */
enum { TEXT_WORD_BYTES = TEXT_NAME_MAX + 3 };

/**
 * A name as one word of a command that people copy: quoted where it has a blank, the only character
 * of a name at which a shell splits words. Borrowed from `name` or `room`.
 */
const char *text_word(const char *name, char room[static TEXT_WORD_BYTES]);
#define TEXT_WORD(name_) text_word(name_, (char[TEXT_WORD_BYTES]){""})

/** "15m" "1h30m" "90d", units in falling order -> seconds, 1 s to 3650 d; else USAGE. */
MUST bool text_parse_duration(const char *text, int64_t *seconds, struct error *err);

/**
 * Seconds as people read them, two units at most: "45s" "41m" "7h40m" "24h" "12d". Negative becomes
 * "0s".
 */
void text_format_duration(int64_t seconds, char out[static TEXT_DURATION_BYTES]);

/** The same without loss, as text_parse_duration() takes it: "90s" "41m" "24h" "90d". */
void text_exact_duration(int64_t seconds, char out[static TEXT_DURATION_BYTES]);

/** "64MiB" "1GiB" "512KiB" "4096" -> bytes; anything else is USAGE. */
MUST bool text_parse_bytes(const char *text, uint64_t *bytes, struct error *err);

/**
 * A decimal number without sign from lowest to highest, the whole text; else USAGE naming `what`.
 */
MUST bool text_parse_u64(const char *what, const char *text, uint64_t lowest, uint64_t highest,
			 uint64_t *number, struct error *err);

/**
 * Appends text from outside so that it cannot control a terminal: control characters (C0, DEL, C1),
 * bytes that are not UTF-8, and bidirectional overrides become \xHH.
 */
MUST bool text_escape(const char *text, size_t len, struct buf *out, struct error *err);

/** As text_escape() into a fixed array, cut to fit (never inside an escape). */
void text_escape_into(const char *text, char *out, size_t size);

/** Columns a UTF-8 text takes on a terminal: two for a letter of East Asia, else one. */
size_t text_width(const char *text);

/**
 * RFC 3339 in UTC with Z, whole seconds: "2026-11-20T09:02:11Z"; "" outside the years 1970 to 9999.
 * The C library's gmtime_r() is not used: it reads the zone file on its first call, which a sandbox
 * forbids and which takes time in a short run.
 */
void text_format_time(int64_t unix_seconds, char out[static TEXT_TIME_BYTES]);

/** Lower-case hex of n bytes; out holds 2n + 1. Not for secrets. */
void text_hex(const unsigned char *data, size_t n, char *out);

/** The reverse: exactly 2n hex digits -> n bytes; false otherwise. Works on secrets (no tables). */
MUST bool text_unhex(const char *text, unsigned char *out, size_t n);

/** Whether word is one of words, which blanks part; NULL holds none. */
bool text_has_word(const char *words, const char *word);

/** Appends printf-style to the text in out[size]; output that does not fit is cut. */
void text_append(char *out, size_t size, const char *fmt, ...) CV_PRINTF(3, 4);

#endif
