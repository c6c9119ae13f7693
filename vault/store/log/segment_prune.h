/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_LOG_SEGMENT_PRUNE_H
#define CV_STORE_LOG_SEGMENT_PRUNE_H

#include "vault/base/error.h"
#include "vault/seal/record/log_anchor.h"
#include "vault/store/txn.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Prunes the log: one commit seals the anchor, which says which closed parts are gone; after it
 * their files are removed. The rows of the pruned parts stay in the vault and name the files, so
 * that a removal which was interrupted is finished at the next unlock, and nothing else is removed.
 */

struct store;
struct verified_state;
struct keys;

/** The anchor, and whether there is one. Thread-safe; LOCKED before store_unlock(). */
MUST bool segment_anchor(struct store *store, struct log_anchor *out, struct error *err);

/** A closed part of the log. */
struct segment_part {
	uint64_t number;
	uint64_t first, last; /**< entries */
	int64_t bytes;	      /**< of its file; 0 where it is not there */
};

/** The closed part of this number; false where there is none. Thread-safe. */
MUST bool segment_part(struct store *store, uint64_t number, struct segment_part *out);

/** Bytes that the files of closed parts take, and the open part's entries. Thread-safe. */
uint64_t segment_log_bytes(struct store *store);

/**
 * Writes the anchor for all parts up to anchor->parts, inside store_commit(), after the entry that
 * tells of it. Fills first, head and count; the caller fills the rest. FAILED where as many parts
 * are pruned already.
 */
MUST bool segment_prune_put(struct txn *txn, struct log_anchor *anchor, struct error *err);

/** After the commit: takes the anchor over, and removes the files. Thread-safe. */
void segment_prune_finish(struct store *store, const struct log_anchor *anchor);

/**
 * For this layer, with the store's lock held: reads the anchor from the file into state->anchor and
 * checks it against the loaded parts; removes the files of pruned parts that are still there.
 */
MUST bool segment_prune_load(struct store *store, const struct keys *keys,
			     struct verified_state *state, struct error *err);
void segment_prune_sweep(struct store *store);

/** For this layer: the number of the first entry that is kept. */
uint64_t segment_first(const struct verified_state *state);

#endif
