/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_VERIFIED_TAG_INDEX_H
#define CV_STORE_VERIFIED_TAG_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What was seen in rows when they were opened, as a number for each, by the first eight bytes of
 * the row's digest: a row that has changed has another, so nothing here is ever out of date, and
 * what no row has any more is only in the way (tag_index_thin()). At most 32 bytes a row.
 */
struct tag_index {
	struct tag {
		uint64_t digest; /**< 0 is empty */
		uint64_t value;
	} * slots;   /**< open addressing */
	size_t room; /**< a power of two, or 0 */
	size_t count;
};

enum { TAG_INDEX_KEY_BYTES = 8 };

/** Frees. Accepts empty. */
void tag_index_clear(struct tag_index *tags);

/** Remembers; without memory nothing is, and the row is opened again. */
void tag_index_put(struct tag_index *tags, const unsigned char digest[static TAG_INDEX_KEY_BYTES],
		   uint64_t value);

bool tag_index_get(const struct tag_index *tags,
		   const unsigned char digest[static TAG_INDEX_KEY_BYTES], uint64_t *value);

/** Forgets all where they are many more than the rows there are. */
void tag_index_thin(struct tag_index *tags, uint64_t rows);

#endif
