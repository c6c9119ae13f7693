/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_JSON_H
#define CV_FORMAT_JSON_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/json_bounds.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * JSON (RFC 8259) over jansson, with stricter rules: no duplicate keys, nothing after the value,
 * NUL in strings refused, a mandatory limit on size and depth. jansson uses the wiping allocator,
 * so values may hold secrets.
 */

/** Makes jansson use the wiping allocator; once per process, before any JSON. */
void json_open(void);

/**
 * Parses exactly one value within bounds, which are checked before any value is allocated. The
 * caller owns *out (json_decref); it is NULL on failure. PROTOCOL.
 */
MUST bool json_parse_within(const struct json_bounds *bounds, const char *text, size_t len,
			    json_t **out, struct error *err);

/**
 * Parses one value of at most `limit` bytes, for files and credvault's own texts rather than
 * messages.
 */
MUST bool json_parse(const char *text, size_t len, size_t limit, json_t **out, struct error *err);

/** Appends the value, compact, keys in insertion order. */
MUST bool json_append(const json_t *value, struct buf *out, struct error *err);

/**
 * Appends a text as json_append() would write it, quoted, without making a value first; NULL is
 * null. For texts that are written very often. MEMORY where the text is not UTF-8.
 */
MUST bool json_append_text(const char *text, struct buf *out, struct error *err);

/** Appends len bytes like json_append_text(). A NUL and invalid UTF-8 are MEMORY. */
MUST bool json_append_bytes(const char *text, size_t len, struct buf *out, struct error *err);

/**
 * A text member of an object, at most max bytes. Borrowed from the object. NULL where the member is
 * absent or null (no error); PROTOCOL where the member is no text or is longer.
 */
MUST bool json_text(const json_t *object, const char *key, size_t max, const char **out,
		    struct error *err);

/** As json_text(), and PROTOCOL where the member is absent or empty. */
MUST bool json_need_text(const json_t *object, const char *key, size_t max, const char **out,
			 struct error *err);

/** A text member to show to people: "" where the member is absent, null or no text. Borrowed. */
const char *json_text_of(const json_t *object, const char *key);

/** A whole number from lowest to highest; `absent` where the member is absent or null. */
MUST bool json_number(const json_t *object, const char *key, int64_t lowest, int64_t highest,
		      int64_t absent, int64_t *out, struct error *err);

/** A boolean; false where the member is absent or null. */
MUST bool json_flag(const json_t *object, const char *key, bool *out, struct error *err);

/**
 * Refuses members that are not in `keys` (NULL-terminated), so that a misspelt one is not ignored.
 */
MUST bool json_only(const json_t *object, const char *const keys[], struct error *err);

/** Sets a member to a text, or to null for NULL. False only without memory. */
MUST bool json_put_text(json_t *object, const char *key, const char *text, struct error *err);

/**
 * Sets a member to value, and takes ownership of value (freed on failure). NULL value is MEMORY.
 */
MUST bool json_put(json_t *object, const char *key, json_t *value, struct error *err);

/** Sets a member to an RFC 3339 time, or to null for 0. */
MUST bool json_put_time(json_t *object, const char *key, int64_t unix_seconds, struct error *err);

#endif
