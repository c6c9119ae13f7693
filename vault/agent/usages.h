/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_USAGES_H
#define CV_AGENT_USAGES_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * When each key last gave out credentials: exact in memory, written with an emission at most every
 * 30 s per key and at the end, so that a busy key does not double what each emission writes.
 * Thread-safe.
 */
struct usages;

enum { USAGES_EVERY_S = 30 };

CV_MUST_USE
bool usages_new(struct usages **out, struct error *err);

/** Accepts NULL. */
void usages_free(struct usages *usages);

/** Notes an emission. True when its row is to be written along (usages_put()). */
bool usages_note(struct usages *usages, const unsigned char key_row[static SEAL_ID_BYTES],
		 int64_t now);

/** Writes the row; inside store_commit(). */
CV_MUST_USE
bool usages_put(struct txn *txn, const unsigned char key_row[static SEAL_ID_BYTES], int64_t at,
		struct error *err);

/** The last emission, from memory or else from the vault; 0 where there was none. */
CV_MUST_USE
bool usages_last(struct usages *usages, struct store *store,
		 const unsigned char key_row[static SEAL_ID_BYTES], int64_t *at, struct error *err);

/** The same for all keys at once, as a plain value. */
struct usages_all {
	struct usages_at {
		unsigned char key_row[SEAL_ID_BYTES];
		int64_t at;
	} * list; /**< ordered by key_row, then at */
	size_t count, room;
};

/** Reads all. The caller clears *out, also on failure. */
CV_MUST_USE
bool usages_read_all(struct usages *usages, struct store *store, struct usages_all *out,
		     struct error *err);
void usages_all_clear(struct usages_all *all);
int64_t usages_all_last(const struct usages_all *all,
			const unsigned char key_row[static SEAL_ID_BYTES]);

/** Forgets a key that is gone, so that its row is not written again. */
void usages_forget(struct usages *usages, const unsigned char key_row[static SEAL_ID_BYTES]);

/** Writes what is not written yet, as well as it can. */
void usages_flush(struct usages *usages, struct store *store);

#endif
