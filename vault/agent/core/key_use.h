/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_KEY_USE_H
#define CV_AGENT_CORE_KEY_USE_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * When each key was last used to give out credentials. The memory is exact; the row of a key is
 * written at most every 30 s, along with an emission, and when the vault is closed: a busy key does
 * not double what each emission writes. Thread-safe.
 */
struct key_use;

enum { KEY_USE_EVERY_S = 30 };

MUST bool key_use_new(struct key_use **out, struct error *err);

/** Accepts NULL. */
void key_use_free(struct key_use *usages);

/** Notes an emission. True when the key's row is to be written with it (key_use_put()). */
bool key_use_note(struct key_use *usages, const unsigned char key_row[static SEAL_ID_BYTES],
		  int64_t now);

/** Writes the row; inside store_commit(). */
MUST bool key_use_put(struct txn *txn, const unsigned char key_row[static SEAL_ID_BYTES],
		      int64_t at, struct error *err);

/** The last emission, from memory or else from the vault; 0 where there was none. */
MUST bool key_use_last(struct key_use *usages, struct store *store,
		       const unsigned char key_row[static SEAL_ID_BYTES], int64_t *at,
		       struct error *err);

/** The same for all keys at once, as a plain value. */
struct key_use_all {
	struct key_use_at {
		unsigned char key_row[SEAL_ID_BYTES];
		int64_t at;
	} * list; /**< ordered by key_row, then at */
	size_t count, room;
};

/** Reads all. The caller clears *out, also on failure. */
MUST bool key_use_read_all(struct key_use *usages, struct store *store, struct key_use_all *out,
			   struct error *err);
void key_use_all_clear(struct key_use_all *all);
int64_t key_use_all_last(const struct key_use_all *all,
			 const unsigned char key_row[static SEAL_ID_BYTES]);

/** Forgets a key that is gone, so that its row is not written again. */
void key_use_forget(struct key_use *usages, const unsigned char key_row[static SEAL_ID_BYTES]);

/** Writes the times that are newer than their rows. A failure is ignored. */
void key_use_flush(struct key_use *usages, struct store *store);

#endif
