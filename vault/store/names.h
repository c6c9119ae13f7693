/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_NAMES_H
#define CV_STORE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Which blind indexes there are, by their first eight bytes: whether a name is absent is asked
 * before every new row, and looking through all rows for it would cost milliseconds where there are
 * many. At most 16 bytes a row. Only for indexes that were verified: whoever could choose them
 * could make it slow.
 */
struct names {
	uint64_t *slots; /**< open addressing; 0 is empty */
	size_t room;	 /**< a power of two, or 0 */
	size_t count;
};

enum { NAMES_KEY_BYTES = 8 };

#define NAMES_EMPTY ((struct names){.slots = NULL})

/** Frees. Accepts empty. */
void names_clear(struct names *names);

/** Adds one, also a second time. False, and unchanged, without memory. */
bool names_add(struct names *names, const unsigned char key[static NAMES_KEY_BYTES]);

/** Takes one out, if it is there. */
void names_remove(struct names *names, const unsigned char key[static NAMES_KEY_BYTES]);

bool names_have(const struct names *names, const unsigned char key[static NAMES_KEY_BYTES]);

#endif
