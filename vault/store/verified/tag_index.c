/* SPDX-License-Identifier: MIT */
#include "vault/store/verified/tag_index.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 64 };

void tag_index_clear(struct tag_index *tags)
{
	free(tags->slots);
	*tags = (struct tag_index){.slots = NULL};
}

/* The key is part of a keyed digest, which is as evenly distributed as a hash. */
static uint64_t key_of(const unsigned char *digest)
{
	uint64_t key;

	memcpy(&key, digest, sizeof(key));
	return key ? key : 1;
}

/* Returns the slot that holds a key, or the empty slot where the key belongs. */
static size_t place(const struct tag_index *tags, uint64_t key)
{
	size_t at = (size_t)key & (tags->room - 1);

	while (tags->slots[at].digest && tags->slots[at].digest != key)
		at = (at + 1) & (tags->room - 1);
	return at;
}

static bool grow(struct tag_index *tags)
{
	struct tag_index wider = {.room = tags->room ? 2 * tags->room : ROOM_MIN,
				  .count = tags->count};

	wider.slots = calloc(wider.room, sizeof(*wider.slots));
	if (!wider.slots)
		return false;
	for (size_t at = 0; at < tags->room; at++) {
		if (tags->slots[at].digest)
			wider.slots[place(&wider, tags->slots[at].digest)] = tags->slots[at];
	}
	free(tags->slots);
	*tags = wider;
	return true;
}

void tag_index_put(struct tag_index *tags, const unsigned char digest[static TAG_INDEX_KEY_BYTES],
		   uint64_t value)
{
	struct tag *slot;

	/* A quarter of the slots stays empty, so that searches end soon. */
	if (tags->count + 1 > tags->room - tags->room / 4 && !grow(tags))
		return;
	slot = &tags->slots[place(tags, key_of(digest))];
	if (!slot->digest)
		tags->count++;
	*slot = (struct tag){.digest = key_of(digest), .value = value};
}

bool tag_index_get(const struct tag_index *tags,
		   const unsigned char digest[static TAG_INDEX_KEY_BYTES], uint64_t *value)
{
	const struct tag *slot;

	if (tags->room == 0)
		return false;
	slot = &tags->slots[place(tags, key_of(digest))];
	*value = slot->value;
	return slot->digest != 0;
}

void tag_index_thin(struct tag_index *tags, uint64_t rows)
{
	if (tags->count > 2 * rows + ROOM_MIN)
		tag_index_clear(tags);
}
