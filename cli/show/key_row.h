/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_KEY_ROW_H
#define CV_CLI_SHOW_KEY_ROW_H

#include "cli/ui/out.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Turns members of an answer's JSON, of a key in the first place, into words for people. Everything
 * is cut to fit; an unknown value becomes "-", or "?" for an age or a time. Nothing is escaped:
 * tables and out_text() do that.
 */

enum { KEY_ROW_BYTES = 64 };

/** A text member, "-" where it is absent, null or empty. Borrowed. */
const char *key_row_text(const json_t *key, const char *member);

/** "AKIA…M2PE". */
void key_row_id(const char *access_key_id, char out[static KEY_ROW_BYTES]);

/** "12d", "1h", "?". */
void key_row_age(const json_t *key, int64_t now, char out[static KEY_ROW_BYTES]);

/** "in 78d", "11d late", "-". */
void key_row_due(const json_t *key, int64_t now, char out[static KEY_ROW_BYTES]);

/** "3d ago", "now", "-": when credentials of the key were last handed out. */
void key_row_used(const json_t *key, int64_t now, char out[static KEY_ROW_BYTES]);

/** How long the cached session still lives: "7h40m", "-". */
void key_row_session(const json_t *key, int64_t now, char out[static KEY_ROW_BYTES]);

/**
 * Completes the failure of a command on one key: names the key, and where the vault has none of
 * that name, hints at the list instead of at `add`. Always false.
 */
bool key_row_failed(const char *name, struct error *err);

/** A time member in seconds; false where there is none. */
bool key_row_time(const json_t *key, const char *member, int64_t *seconds);

/** A time member as out_when() shows it; false and "?" where there is none. */
bool key_row_when(const json_t *key, const char *member, int64_t now,
		  char out[static OUT_WHEN_BYTES]);

#endif
