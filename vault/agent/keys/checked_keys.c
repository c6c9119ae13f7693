/* SPDX-License-Identifier: MIT */
#include "vault/agent/keys/checked_keys.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct checked_keys *keys, size_t i)
{
	access_key_clear(keys->at[i]);
	free(keys->at[i]);
	keys->count--;
	memmove(&keys->at[i], &keys->at[i + 1], (keys->count - i) * sizeof(keys->at[0]));
}

bool checked_keys_put(struct checked_keys *keys, struct access_key *key, struct error *err)
{
	struct access_key *kept = malloc(sizeof(*kept));

	checked_keys_drop(keys, key->access_key_id);
	if (!kept) {
		access_key_clear(key);
		return error_set(err, ERROR_MEMORY, "out of memory");
	}
	if (keys->count == CHECKED_KEYS_MAX)
		forget(keys, 0);
	*kept = *key;
	access_key_init(key);
	keys->at[keys->count++] = kept;
	return true;
}

const struct access_key *checked_keys_find(const struct checked_keys *keys,
					   const char *access_key_id)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (strcmp(keys->at[i]->access_key_id, access_key_id) == 0)
			return keys->at[i];
	}
	return NULL;
}

void checked_keys_drop(struct checked_keys *keys, const char *access_key_id)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (strcmp(keys->at[i]->access_key_id, access_key_id) == 0) {
			forget(keys, i);
			return;
		}
	}
}

void checked_keys_clear(struct checked_keys *keys)
{
	while (keys->count)
		forget(keys, keys->count - 1);
}
