/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_CHANGE_BATCH_H
#define CV_STORE_CHANGE_BATCH_H

#include "vault/base/error.h"
#include "vault/store/verified/manifest_row.h"
#include "vault/store/txn.h"

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * One transaction for several callers of store_commit(): each caller has its own savepoint; all
 * share one manifest and one flush. The store's lock is held.
 */

struct commit_meanwhile;
struct store;

/** One caller of store_commit(), on its own stack. */
struct waiter {
	txn_fn *fn;
	void *arg;
	struct error *err;
	bool ok;
	bool leads; /**< runs the next batch */
	enum store_room room;
	const struct commit_meanwhile *meanwhile; /**< NULL: the caller only waits */
	sem_t woken;				  /**< its batch is done, or it leads */
	struct waiter *next;
};

/** Runs one batch; each waiter gets ok and err. */
void batch_run(struct store *store, struct waiter *const *waiters, size_t count);

/** Rolls back an open transaction and restores the digests of rows from before it. */
void batch_undo(struct store *store);

/*
 * The steps of every change of the vault: a batch, a closed segment of the log (segment_roll.h), a
 * new header or key (rekey.h). A caller for whom a step fails calls batch_undo().
 */

/** BEGIN, and the manifest in the file must be the one that this store wrote last (TAMPERED). */
MUST bool batch_begin(struct store *store, struct error *err);

/**
 * The next generation of the manifest, a copy of the last; the caller fills in the changed fields.
 */
void batch_next_manifest(const struct store *store, struct manifest *manifest);

/**
 * Writes the manifest, sealed under ctx, and COMMITs. Where COMMIT fails, the manifest that the
 * file then shows says whether the change is made; where it shows neither this one nor the last,
 * the store is poisoned.
 */
MUST bool batch_commit(struct store *store, const struct seal_ctx *ctx,
		       const struct manifest *manifest, struct sealed_manifest *sealed,
		       struct error *err);

#endif
