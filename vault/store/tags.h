/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_TAGS_H
#define CV_STORE_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What was seen in rows when they were opened, as a number for each, by the first eight bytes of
 * the row's digest: a row that has changed has another, so nothing here is ever out of date, and
 * what no row has any more is only in the way (tags_thin()). At most 32 bytes a row.
 */
struct tags {
	struct tag {
		uint64_t digest; /**< 0 is empty */
		uint64_t value;
	} * slots;   /**< open addressing */
	size_t room; /**< a power of two, or 0 */
	size_t count;
};

enum { TAGS_KEY_BYTES = 8 };

/** Frees. Accepts empty. */
void tags_clear(struct tags *tags);

/** Remembers; without memory nothing is, and the row is opened again. */
void tags_put(struct tags *tags, const unsigned char digest[static TAGS_KEY_BYTES], uint64_t value);

bool tags_get(const struct tags *tags, const unsigned char digest[static TAGS_KEY_BYTES],
	      uint64_t *value);

/** Forgets all where they are many more than the rows there are. */
void tags_thin(struct tags *tags, uint64_t rows);

#endif
