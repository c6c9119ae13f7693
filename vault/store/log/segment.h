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
 * The log: sealed, chained entries whose count and head stand in the manifest
 * (docs/format.md), in segments with payload and chain keys of their own, which the log key wraps.
 * The open segment is a table; when it is full it becomes a file beside the vault that is never
 * changed again, and the next one opens. Entries are counted from 1 through all of them. What an
 * entry says is vault/audit's business.
 */

struct store;

/** What makes a segment full, whichever comes first; looked at before each batch of commits. */
enum { SEGMENT_ENTRIES = 4096, SEGMENT_BYTES = 2 * 1024 * 1024 };

/** The number the next entry will get. Inside store_commit(). */
uint64_t segment_next(const struct txn *txn);

/**
 * Seals (padded) and appends one entry; its number is what segment_next() said. IO when the open
 * segment has grown to many times its size because no segment can be closed; a change that has room
 * of its own (txn.h) may append even then.
 */
MUST bool segment_append(struct txn *txn, const void *plain, size_t len, struct error *err);

/** Called for each entry with its plaintext, which is wiped afterwards; false ends the walk. */
typedef bool segment_fn(void *arg, uint64_t seq, const struct buf *plain, struct error *err);

/**
 * Opens entries from, from + 1, … at most count of them, in order; beyond the last one it ends
 * quietly. Each is checked by its seal (number and segment inside); TAMPERED also for one that is
 * missing. The store is held meanwhile: fn must not call it. Thread-safe.
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
