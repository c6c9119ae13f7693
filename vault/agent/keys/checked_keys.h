/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_KEYS_CHECKED_KEYS_H
#define CV_AGENT_KEYS_CHECKED_KEYS_H

#include "vault/base/error.h"
#include "vault/seal/record/access_key.h"

#include <stddef.h>

/**
 * The keys that `check` has seen on a connection, until `add` takes them or the connection ends.
 * Their secrets take room in the locked arena, so their number is bounded, and the oldest is given
 * up. Not thread-safe; a connection has one thread.
 */

enum { CHECKED_KEYS_MAX = 64 };

struct checked_keys {
	struct access_key *at[CHECKED_KEYS_MAX]; /**< oldest first */
	size_t count;
};

/** Keeps *key, which is empty after; also on failure. One of the same id is forgotten for it. */
MUST bool checked_keys_put(struct checked_keys *keys, struct access_key *key, struct error *err);

/** The key of that id; NULL: none. Borrowed until the next put or drop. */
const struct access_key *checked_keys_find(const struct checked_keys *keys,
					   const char *access_key_id);

/** Wipes and forgets the key of that id. Accepts one that is not there. */
void checked_keys_drop(struct checked_keys *keys, const char *access_key_id);

/** Wipes and forgets all. Accepts empty. */
void checked_keys_clear(struct checked_keys *keys);

#endif
