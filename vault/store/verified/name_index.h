/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_VERIFIED_NAME_INDEX_H
#define CV_STORE_VERIFIED_NAME_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Which blind indexes there are, by their first eight bytes: whether a name is absent is asked
 * before every new row, and looking through all rows for it would cost milliseconds where there are
 * many. At most 16 bytes a row. Only for indexes that were verified: whoever could choose them
 * could make it slow.
 */
struct name_index {
	uint64_t *slots; /**< open addressing; 0 is empty */
	size_t room;	 /**< a power of two, or 0 */
	size_t count;
};

enum { NAME_INDEX_KEY_BYTES = 8 };

#define NAMES_EMPTY ((struct name_index){.slots = NULL})

/** Frees. Accepts empty. */
void name_index_clear(struct name_index *names);

/** Adds one, also a second time. False, and unchanged, without memory. */
bool name_index_add(struct name_index *names, const unsigned char key[static NAME_INDEX_KEY_BYTES]);

/** Takes one out, if it is there. */
void name_index_remove(struct name_index *names,
		       const unsigned char key[static NAME_INDEX_KEY_BYTES]);

bool name_index_have(const struct name_index *names,
		     const unsigned char key[static NAME_INDEX_KEY_BYTES]);

#endif
