/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_INTERNAL_H
#define CV_STORE_INTERNAL_H

#include "vault/seal/chain.h"
#include "vault/seal/header.h"
#include "vault/seal/keys.h"
#include "vault/seal/manifest.h"
#include "vault/seal/record.h"
#include "vault/store/statement.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"
#include "vault/store/verified.h"
#include "vault/store/witness.h"

#include <limits.h>
#include <pthread.h>
#include <sqlite3.h>

/** What the files of this layer share. Nobody else includes it, but for this layer's tests. */

/** The manifest row as it stands in the file, to be compared before each change. */
struct sealed_manifest {
	unsigned char nonce[SEAL_NONCE_BYTES];
	unsigned char sealed[MANIFEST_SEALED_MAX];
	size_t len;
};

/** One caller of store_commit(), on its own stack. */
struct waiter {
	txn_fn *fn;
	void *arg;
	struct error *err;
	bool ok;
	bool done;
	bool leads; /**< woken to run the next batch */
	pthread_cond_t wake;
	struct waiter *next;
};

/** All that a verified vault is in memory; taken over whole by store_unlock(). */
struct verified_state {
	struct verified rows;
	struct manifest manifest;
	struct sealed_manifest sealed;
	struct chain_segment segment;
	struct chain_keys segment_keys;
};

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
	struct verified_state state;
	unsigned char commitment[SEAL_DIGEST_BYTES]; /**< the header's, once verified */
	struct witness *witness;		     /**< NULL: not checked, not marked */
	struct witness_finding finding;
	bool found;	       /**< the finding is one */
	uint64_t accept_after; /**< 0, or: refused, and accepted by the commit behind this one */

	pthread_mutex_t queue_lock;
	struct waiter *first;
	struct waiter *last;
	bool led; /**< somebody runs a batch, or was woken to */
};

/** What a transaction function sees: the vault as it will be. */
struct txn {
	struct store *store;
	uint64_t log_count;
	unsigned char log_head[SEAL_DIGEST_BYTES];
	bool changed;
	bool keys_changed; /**< not only log and sessions: marked before the answer */
};

/** As store_open(), waiting at most busy_ms for another process. */
CV_MUST_USE
bool store_open_waiting(const char *path, int busy_ms, struct store **out, struct error *err);

/** IO when poisoned, LOCKED before store_unlock(). With the lock held. */
CV_MUST_USE
bool store_check_usable(const struct store *store, struct error *err);

/** ROLLBACK where a transaction is open, and the digests of rows as they were before it. */
void batch_undo(struct store *store);

/**
 * Whether a COMMIT that failed has reached the disk all the same: the manifest that the file shows now
 * decides. Where it shows neither this one nor the one before, nobody may use this store again (poisoned).
 */
bool batch_reached(struct store *store, const struct sealed_manifest *sealed);

/** Reads the whole vault in the read transaction the caller has begun; *out is empty on failure. */
CV_MUST_USE
bool verified_state_read(struct store *store, const struct keys *keys, struct verified_state *out,
			 struct error *err);

/** Wipes and frees. Accepts empty. */
void verified_state_clear(struct verified_state *state);

/** The manifest row: what is in the file, whether it is the one given, and writing it. */
CV_MUST_USE
bool manifest_row_read(struct statements *statements, struct sealed_manifest *out,
		       struct error *err);
bool manifest_row_same(const struct sealed_manifest *a, const struct sealed_manifest *b);
CV_MUST_USE
bool manifest_row_write(struct statements *statements, enum statement which,
			const struct sealed_manifest *manifest, struct error *err);

/** Seals a manifest into what manifest_row_write() takes. */
CV_MUST_USE
bool manifest_row_seal(const struct keys *keys, const unsigned char vault_id[static SEAL_ID_BYTES],
		       uint64_t epoch, const struct manifest *manifest, struct sealed_manifest *out,
		       struct error *err);

/** What the witness says of a vault that the keys have verified; true without a witness. */
CV_MUST_USE
bool witnessed_check(struct store *store, const struct keys *keys, const struct header *header,
		     const struct manifest *manifest, bool accept, struct error *err);

/** Adds to the next manifest what the witness wants in it. */
void witnessed_next(const struct store *store, struct manifest *manifest);

/** Marks what was committed, when it is due. With the lock held. */
CV_MUST_USE
bool witnessed_note(struct store *store, enum witness_kind kind, struct error *err);

/** Runs one batch; each waiter gets ok and err. With the lock held. */
void batch_run(struct store *store, struct waiter *const *waiters, size_t count);

/** The row a statement stands on, borrowed until its next step; TAMPERED where it is no row of ours. */
CV_MUST_USE
bool row_columns(sqlite3_stmt *stmt, struct record_row *row, struct error *err);

/** Runs one of the statements REC_INSERT, REC_UPDATE and REC_RESEAL, which take a row alike. */
CV_MUST_USE
bool row_write(struct store *store, enum statement which, const struct record_row *row,
	       struct error *err);

/** The log: the first segment of a new vault, the last one of a file, its keys wrapped anew, all its entries. */
CV_MUST_USE
bool segment_create(struct statements *statements, const struct keys *keys,
		    const unsigned char vault_id[static SEAL_ID_BYTES], uint64_t epoch,
		    struct error *err);
CV_MUST_USE
bool segment_load(struct store *store, const struct keys *keys, struct verified_state *state,
		  struct error *err);
CV_MUST_USE
bool segment_rewrap(struct store *store, const struct keys *keys, uint64_t epoch,
		    struct chain_segment *out, struct error *err);
CV_MUST_USE
bool segment_walk(struct store *store, const struct verified_state *state, struct error *err);

#endif
