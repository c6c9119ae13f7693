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
	enum store_room room;
	pthread_cond_t wake;
	struct waiter *next;
};

/** All that a verified vault is in memory; taken over whole by store_unlock(). */
struct verified_state {
	struct verified rows;
	struct manifest manifest;
	struct sealed_manifest sealed;
	struct chain_segment segment; /**< the open one */
	struct chain_keys
	    segment_keys;	      /**< its keys; those of closed ones are unwrapped when used */
	struct chain_segment *closed; /**< by number from 1; their epoch is the vault's */
	size_t closed_count;
	uint64_t log_bytes; /**< sealed bytes in the open segment */
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
	bool found;		  /**< the finding is one */
	uint64_t accept_after;	  /**< 0, or: refused, and accepted by the commit behind this one */
	uint64_t segment_entries; /**< how many of them, or bytes, make a segment full */
	uint64_t segment_bytes;
	uint64_t
	    roll_after; /**< a segment could not be closed: not tried again before this entry */
	off_t reserve;	/**< bytes of room that are kept; -1: this disk cannot */

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
	uint64_t log_bytes; /**< sealed bytes that were appended */
	enum store_room room;
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
 * Whether a COMMIT that failed has reached the disk all the same: the manifest that the file shows
 * now decides. Where it shows neither this one nor the one before, nobody may use this store again
 * (poisoned).
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

/**
 * The row a statement stands on, borrowed until its next step; TAMPERED where it is no row of ours.
 */
CV_MUST_USE
bool row_columns(sqlite3_stmt *stmt, struct record_row *row, struct error *err);

/** Runs one of the statements REC_INSERT, REC_UPDATE and REC_RESEAL, which take a row alike. */
CV_MUST_USE
bool row_write(struct store *store, enum statement which, const struct record_row *row,
	       struct error *err);

/**
 * The log: the first segment of a new vault, the list of them in a file, their keys wrapped anew.
 */
CV_MUST_USE
bool segment_create(struct statements *statements, const struct keys *keys,
		    const unsigned char vault_id[static SEAL_ID_BYTES], uint64_t epoch,
		    struct error *err);

/**
 * Reads all segments' rows, unwraps the keys of each, and checks that they follow one another:
 * numbers, first entries, heads. Fills segment, segment_keys and closed.
 */
CV_MUST_USE
bool segment_load(struct store *store, const struct keys *keys, struct verified_state *state,
		  struct error *err);

/**
 * Every segment's keys, unwrapped with the store's and wrapped with `keys`; *out is the open one
 * then.
 */
CV_MUST_USE
bool segment_rewrap(struct store *store, const struct keys *keys, uint64_t epoch,
		    struct chain_segment *out, struct error *err);

/** Inserts a segment's row, or replaces id, digest, epoch and keys of the one there. */
CV_MUST_USE
bool segment_row_write(struct statements *statements, enum statement which, const struct keys *keys,
		       const unsigned char vault_id[static SEAL_ID_BYTES],
		       const struct chain_segment *segment, const struct chain_keys *segment_keys,
		       struct error *err);

/** The keys of closed segment number at + 1, from its row; the caller clears them. */
CV_MUST_USE
bool segment_row_keys(struct store *store, const struct keys *keys,
		      const struct verified_state *state, size_t at, struct chain_keys *out,
		      struct error *err);

/** The number of the last entry of closed segment number at + 1. */
uint64_t segment_last(const struct verified_state *state, size_t at);

/** Recomputes the open segment's chain and compares it with the manifest; fills log_bytes. */
CV_MUST_USE
bool segment_walk(struct store *store, struct verified_state *state, struct error *err);

/** As segment_walk(); with `file`, also appends the entries as a closed segment's file has them. */
CV_MUST_USE
bool segment_copy(struct store *store, struct verified_state *state, struct buf *file,
		  struct error *err);

/**
 * Closes the open segment where it is full (segment_roll.c); what fails leaves it open, to be tried
 * again later. Before a batch, with the lock held.
 */
void segment_roll(struct store *store);

/**
 * segment_check() for the files of closed segments alone, as `state` lists them and `keys` unwrap
 * them. With the lock held.
 */
struct segment_watch;
CV_MUST_USE
bool segment_check_files(struct store *store, const struct keys *keys,
			 const struct verified_state *state, const struct segment_watch *watch,
			 struct error *err);

/** For tests: how many entries or sealed bytes make a segment full. */
void segment_set_limits(struct store *store, uint64_t entries, uint64_t bytes);

#endif
