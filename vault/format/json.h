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
 * JSON (RFC 8259) over jansson, with our strictness: no duplicate keys, nothing behind the value,
 * NUL in strings refused, a size and a depth stated. jansson gets the wiping allocator, so values
 * may hold secrets.
 */

/** Lends jansson the wiping allocator; once per process, before any JSON. */
void json_open(void);

/**
 * Parses exactly one value within bounds, which are looked at before a value is made. *out is the
 * caller's (json_decref), NULL on failure. PROTOCOL.
 */
MUST bool json_parse_within(const struct json_bounds *bounds, const char *text, size_t len,
			    json_t **out, struct error *err);

/** The same of at most `limit` bytes, for what is no message: files, and texts of ours. */
MUST bool json_parse(const char *text, size_t len, size_t limit, json_t **out, struct error *err);

/** Appends the value, compact, keys in insertion order. */
MUST bool json_append(const json_t *value, struct buf *out, struct error *err);

/**
 * Appends a text as json_append() would write it, quoted, without making a value first; NULL is
 * null. For what is written very many times. MEMORY where it is not UTF-8.
 */
MUST bool json_append_text(const char *text, struct buf *out, struct error *err);

/** The same of len bytes. A NUL among them is MEMORY, as what is not UTF-8. */
MUST bool json_append_bytes(const char *text, size_t len, struct buf *out, struct error *err);

/**
 * A text member of an object, at most max bytes. Borrowed from the object. NULL where the member is
 * absent or null (no error); PROTOCOL where it is something else or longer.
 */
MUST bool json_text(const json_t *object, const char *key, size_t max, const char **out,
		    struct error *err);

/** As json_text(), and PROTOCOL where it is absent or empty. */
MUST bool json_need_text(const json_t *object, const char *key, size_t max, const char **out,
			 struct error *err);

/** A text member for people: "" where it is absent, null or no text. Borrowed. */
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

/** Sets a member to value, which is taken over (freed on failure). NULL value is MEMORY. */
MUST bool json_put(json_t *object, const char *key, json_t *value, struct error *err);

/** Sets a member to an RFC 3339 time, or to null for 0. */
MUST bool json_put_time(json_t *object, const char *key, int64_t unix_seconds, struct error *err);

#endif
