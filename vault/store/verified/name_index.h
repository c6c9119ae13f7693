/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_VERIFIED_NAME_INDEX_H
#define CV_STORE_VERIFIED_NAME_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The set of blind indexes in the vault, by their first eight bytes. The store checks before every
 * new row that its name is absent, and a scan of all rows would cost milliseconds in a large vault.
 * At most 16 bytes a row. The set takes only verified blind indexes: an attacker who chose them
 * could make it slow.
 */
struct name_index {
	uint64_t *slots; /**< open addressing; 0 is empty */
	size_t room;	 /**< a power of two, or 0 */
	size_t count;
};

enum { NAME_INDEX_KEY_BYTES = 8 };

#define NAMES_EMPTY ((struct name_index){.slots = NULL})

/** Frees the set. Accepts an empty set. */
void name_index_clear(struct name_index *names);

/**
 * Adds a blind index; duplicates are allowed. Out of memory it returns false and leaves the set
 * unchanged.
 */
bool name_index_add(struct name_index *names, const unsigned char key[static NAME_INDEX_KEY_BYTES]);

/** Removes a blind index, if the set holds it. */
void name_index_remove(struct name_index *names,
		       const unsigned char key[static NAME_INDEX_KEY_BYTES]);

bool name_index_have(const struct name_index *names,
		     const unsigned char key[static NAME_INDEX_KEY_BYTES]);

#endif
