/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_LOG_SEGMENT_H
#define CV_STORE_LOG_SEGMENT_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/store/txn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The log: sealed, chained entries, whose count and head the manifest holds (docs/format.md). Each
 * segment of the log has its own payload and chain keys, which the log key wraps. The open segment
 * is a table; a full segment becomes a file beside the vault that never changes again, and the next
 * segment opens. Entry numbers start at 1 and run through all segments. vault/audit defines what an
 * entry says.
 */

struct store;

/** A segment is full at either limit. Each batch of commits checks them before it starts. */
enum { SEGMENT_ENTRIES = 4096, SEGMENT_BYTES = 2 * 1024 * 1024 };

/** The number that the next entry will get. For callers inside store_commit(). */
uint64_t segment_next(const struct txn *txn);

/**
 * Seals (padded) and appends one entry; the entry gets the number that segment_next() returned. IO
 * when the open segment cannot be closed and has grown to many times its limit; a change with
 * reserved room (txn.h) may still append then.
 */
MUST bool segment_append(struct txn *txn, const void *plain, size_t len, struct error *err);

/** Called for each entry with its plaintext, which is wiped afterwards; false ends the walk. */
typedef bool segment_fn(void *arg, uint64_t seq, const struct buf *plain, struct error *err);

/**
 * Opens entries from, from + 1, … at most count of them, in order; the walk ends without an error
 * after the last entry, and passes over entries that were pruned (segment_prune.h). The seal of
 * each entry covers its number and segment. TAMPERED also for a missing entry. The store is locked
 * during the walk: fn must not call it. Thread-safe.
 */
MUST bool segment_each(struct store *store, uint64_t from, uint64_t count, segment_fn *fn,
		       void *arg, struct error *err);

struct verified_state;

/**
 * For this layer: recomputes the open segment's chain in the caller's transaction and compares it
 * with the manifest; fills log_bytes.
 */
MUST bool segment_walk(struct store *store, struct verified_state *state, struct error *err);

/** As segment_walk(); with `file`, also appends the entries as a closed segment's file has them. */
MUST bool segment_copy(struct store *store, struct verified_state *state, struct buf *file,
		       struct error *err);

#endif
