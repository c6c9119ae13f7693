/* SPDX-License-Identifier: MIT */
#include "vault/store/verified/name_index.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 64 };

void name_index_clear(struct name_index *names)
{
	free(names->slots);
	*names = NAMES_EMPTY;
}

/* Keys are parts of a keyed digest, which are as evenly distributed as a hash. */
static uint64_t value_of(const unsigned char *key)
{
	uint64_t value;

	memcpy(&value, key, sizeof(value));
	return value ? value : 1;
}

/* Returns the slot that holds a value, or the empty slot where the value belongs. */
static size_t place(const struct name_index *names, uint64_t value)
{
	size_t at = (size_t)value & (names->room - 1);

	while (names->slots[at] && names->slots[at] != value)
		at = (at + 1) & (names->room - 1);
	return at;
}

static void put(struct name_index *names, uint64_t value)
{
	size_t at = (size_t)value & (names->room - 1);

	while (names->slots[at])
		at = (at + 1) & (names->room - 1);
	names->slots[at] = value;
}

static bool grow(struct name_index *names)
{
	struct name_index wider = {.room = names->room ? 2 * names->room : ROOM_MIN,
				   .count = names->count};

	wider.slots = calloc(wider.room, sizeof(*wider.slots));
	if (!wider.slots)
		return false;
	for (size_t at = 0; at < names->room; at++) {
		if (names->slots[at])
			put(&wider, names->slots[at]);
	}
	free(names->slots);
	*names = wider;
	return true;
}

bool name_index_add(struct name_index *names, const unsigned char key[static NAME_INDEX_KEY_BYTES])
{
	/* A quarter of the slots stays empty, so that searches end soon. */
	if (names->count + 1 > names->room - names->room / 4 && !grow(names))
		return false;
	put(names, value_of(key));
	names->count++;
	return true;
}

void name_index_remove(struct name_index *names,
		       const unsigned char key[static NAME_INDEX_KEY_BYTES])
{
	size_t mask = names->room - 1, hole, at;

	if (names->room == 0)
		return;
	hole = place(names, value_of(key));
	if (!names->slots[hole])
		return;
	names->count--;
	/* A value after the hole moves up where a search for that value would stop at the hole. */
	for (at = (hole + 1) & mask; names->slots[at]; at = (at + 1) & mask) {
		size_t home = (size_t)names->slots[at] & mask;

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			names->slots[hole] = names->slots[at];
			hole = at;
		}
	}
	names->slots[hole] = 0;
}

bool name_index_have(const struct name_index *names,
		     const unsigned char key[static NAME_INDEX_KEY_BYTES])
{
	return names->room > 0 && names->slots[place(names, value_of(key))] != 0;
}
