/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_JSON_BOUNDS_H
#define CV_FORMAT_JSON_BOUNDS_H

#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * How much a JSON text may hold, counted over its bytes before any value is made of it: a value
 * takes up to a hundred times the memory of its text ("{}" is two bytes and an object), so a limit
 * on bytes alone bounds nothing. Whether the text is valid JSON the parser tells; of a text that
 * is not, it makes no more values than are counted here.
 */
struct json_bounds {
	size_t bytes;	   /**< of the whole text */
	size_t depth;	   /**< objects and arrays inside each other; at most JSON_DEPTH_MAX */
	size_t members;	   /**< of one object or array */
	size_t containers; /**< objects and arrays, all of them */
	size_t values;	   /**< all of them, names of members not counted */
	size_t text;	   /**< of one text or name, in bytes as they stand between the quotes */
};

enum { JSON_DEPTH_MAX = 64 };

/** PROTOCOL where the text holds more. The message says of what, and quotes nothing. */
MUST bool json_bounds_check(const struct json_bounds *bounds, const char *text, size_t len,
			    struct error *err);

#endif
