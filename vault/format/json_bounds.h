/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_JSON_BOUNDS_H
#define CV_FORMAT_JSON_BOUNDS_H

#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * How much a JSON text may hold, counted over its bytes before any value is made of it: a value
 * takes up to a hundred times the memory of its text ("{}" is two bytes and an object), so a limit
 * on bytes alone bounds nothing. The parser decides whether the text is valid JSON; from invalid
 * text it makes no more values than the count here.
 */
struct json_bounds {
	size_t bytes;	   /**< of the whole text */
	size_t depth;	   /**< objects and arrays inside each other; at most JSON_DEPTH_MAX */
	size_t members;	   /**< of one object or array */
	size_t containers; /**< objects and arrays in the whole text */
	size_t values;	   /**< values in the whole text, without the names of members */
	size_t text;	   /**< of one text or name, in bytes as they stand between the quotes */
};

enum { JSON_DEPTH_MAX = 64 };

/** PROTOCOL where the text exceeds a bound. The message names the bound and quotes nothing. */
MUST bool json_bounds_check(const struct json_bounds *bounds, const char *text, size_t len,
			    struct error *err);

#endif
