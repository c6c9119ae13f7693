/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_VERIFIED_TAG_INDEX_H
#define CV_STORE_VERIFIED_TAG_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The tags of rows that have been opened, by the first eight bytes of the digest of the row. A
 * changed row has another digest, so that a tag is never out of date; tags of digests that no row
 * has any more only take up space (tag_index_thin()). At most 32 bytes a row.
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

/** Frees the index. Accepts an empty index. */
void tag_index_clear(struct tag_index *tags);

/** Stores the tag of a row; out of memory it stores nothing, and the row is opened again later. */
void tag_index_put(struct tag_index *tags, const unsigned char digest[static TAG_INDEX_KEY_BYTES],
		   uint64_t value);

bool tag_index_get(const struct tag_index *tags,
		   const unsigned char digest[static TAG_INDEX_KEY_BYTES], uint64_t *value);

/** Clears the index where it holds many more tags than there are rows. */
void tag_index_thin(struct tag_index *tags, uint64_t rows);

#endif
