/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_HANDLE_H
#define CV_STORE_HANDLE_H

#include "vault/base/buf.h"
#include "vault/seal/keys.h"
#include "vault/store/file/statement.h"
#include "vault/store/txn.h"
#include "vault/store/verified/verified_state.h"
#include "vault/store/witness/witness.h"

#include <limits.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * The definitions of struct store and struct txn. Only the files of this layer and its tests
 * include this header; all other code uses store.h and txn.h.
 */

struct waiter; /* batch.h */

/** The largest vault file and journal that is opened, in bytes. */
#define STORE_FILE_MAX ((off_t)256 * 1024 * 1024)

/** An opened vault. */
struct store {
	char path[PATH_MAX];
	struct buf header;
	unsigned char vault_id[SEAL_ID_BYTES];
	uint64_t epoch;

	pthread_mutex_t lock; /**< guards every field down to queue_lock */
	sqlite3 *db;
	struct statements statements;
	bool unlocked;
	bool poisoned; /**< an error left the content of the file unknown */
	struct keys keys;
	/**
	 * Whether `keys` holds the record keys. Read without the lock, because a flush holds the
	 * lock.
	 */
	atomic_bool record_keys;
	struct verified_state state;
	unsigned char commitment[SEAL_DIGEST_BYTES]; /**< the header's, set at unlock */
	struct witness *witness;		     /**< NULL: the store has no witness */
	struct witness_finding finding;
	bool found;		  /**< `finding` is set */
	uint64_t accept_after;	  /**< a refused generation that the next commit accepts; 0: none */
	uint64_t segment_entries; /**< a segment is full at this many entries */
	uint64_t segment_bytes;
	uint64_t roll_after; /**< closing a segment failed: the store retries after this entry */
	bool prefill_due;    /**< the journal has not been filled since the unlock */
	off_t reserve;	     /**< bytes of reserved disk space; -1: this disk supports no reserve */

	pthread_mutex_t queue_lock;
	struct waiter *first;
	struct waiter *last;
	size_t queued; /**< callers from first to last */
	bool led;      /**< a caller runs a batch, or has been woken to run one */
};

/** An open transaction: its functions see the vault as it will be after the commit. */
struct txn {
	struct store *store;
	uint64_t log_count;
	unsigned char log_head[SEAL_DIGEST_BYTES];
	uint64_t log_bytes; /**< sealed bytes that were appended */
	enum store_room room;
	bool changed;
	bool keys_changed; /**< the change goes beyond log and sessions: marked before the answer */
};

/**
 * The seal context of the vault under `keys`: the keys of the store, or keys that are being
 * verified.
 */
struct seal_ctx store_seal(const struct store *store, const struct keys *keys);

/**
 * Fails with IO when the store is poisoned, with LOCKED before store_unlock(). The caller holds the
 * lock.
 */
MUST bool store_check_usable(const struct store *store, struct error *err);

/** Updates record_keys after a change of `keys`. The caller holds the lock. */
void store_note_keys(struct store *store);

#endif
