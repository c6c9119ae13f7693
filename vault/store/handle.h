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
 * What stands behind a struct store and a struct txn. For the files of this layer and its tests;
 * everybody else sees store.h and txn.h.
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

	pthread_mutex_t lock; /**< everything from here to the queue */
	sqlite3 *db;
	struct statements statements;
	bool unlocked;
	bool poisoned; /**< what the file holds could not be told */
	struct keys keys;
	/** Whether `keys` holds those to records: read without the lock, which a flush holds. */
	atomic_bool record_keys;
	struct verified_state state;
	unsigned char commitment[SEAL_DIGEST_BYTES]; /**< the header's, once verified */
	struct witness *witness;		     /**< NULL: not checked, not marked */
	struct witness_finding finding;
	bool found;		  /**< the finding is one */
	uint64_t accept_after;	  /**< a refused generation that the next commit accepts; 0: none */
	uint64_t segment_entries; /**< how many of them, or bytes, make a segment full */
	uint64_t segment_bytes;
	uint64_t
	    roll_after;	  /**< a segment could not be closed: not tried again before this entry */
	bool prefill_due; /**< the journal was not filled since the unlock */
	off_t reserve;	  /**< bytes of room that are kept; -1: this disk cannot */

	pthread_mutex_t queue_lock;
	struct waiter *first;
	struct waiter *last;
	size_t queued; /**< callers from first to last */
	bool led;      /**< somebody runs a batch, or was woken to */
};

/** What a transaction function sees: the vault as it will be. */
struct txn {
	struct store *store;
	uint64_t log_count;
	unsigned char log_head[SEAL_DIGEST_BYTES];
	uint64_t log_bytes; /**< sealed bytes that were appended */
	enum store_room room;
	bool changed;
	bool keys_changed; /**< not only log and sessions: marked before the answer */
};

/** The vault's seals under these keys: the store's own, or those that are being verified. */
struct seal_ctx store_seal(const struct store *store, const struct keys *keys);

/** IO when poisoned, LOCKED before store_unlock(). With the lock held. */
MUST bool store_check_usable(const struct store *store, struct error *err);

/** Sets record_keys after a change of `keys`. With the lock held. */
void store_note_keys(struct store *store);

#endif
