/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_KEY_ROW_H
#define CV_CLI_SHOW_KEY_ROW_H

#include "cli/ui/out.h"
#include "vault/base/error.h"
#include "vault/wire/tables/msg_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Turns what an answer says, of a key in the first place, into words for people. Everything is cut
 * to fit; an unknown value becomes "-", or "?" for an age or a time. Nothing is escaped: tables and
 * out_text() do that. Times are seconds since 1970, 0 where unknown.
 */

enum { KEY_ROW_BYTES = 64 };

/** The text, "-" where it is NULL or empty. */
const char *key_row_text(const char *text);

/** "AKIA…M2PE". */
void key_row_id(const char *access_key_id, char out[static KEY_ROW_BYTES]);

/** "12d", "1h", "?". */
void key_row_age(int64_t created_at, int64_t now, char out[static KEY_ROW_BYTES]);

/** "in 78d", "11d late", "-". */
void key_row_due(const struct msg_key *key, int64_t now, char out[static KEY_ROW_BYTES]);

/** "3d ago", "now", "-": when credentials of the key were last handed out. */
void key_row_used(int64_t last_emitted_at, int64_t now, char out[static KEY_ROW_BYTES]);

/** How long the cached session still lives: "7h40m", "-". */
void key_row_session(int64_t expires_at, int64_t now, char out[static KEY_ROW_BYTES]);

/** The time as out_when() shows it; false and "?" where it is unknown. */
bool key_row_when(int64_t at, int64_t now, char out[static OUT_WHEN_BYTES]);

/**
 * Completes the failure of a command on one key: names the key, and where the vault has none of
 * that name, hints at the list instead of at `add`. Always false.
 */
bool key_row_failed(const char *name, struct error *err);

#endif
