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
 * One transaction for several callers of store_commit(): each under its own savepoint, one
 * manifest, one flush. With the store's lock held.
 */

struct store;

/** One caller of store_commit(), on its own stack. */
struct waiter {
	txn_fn *fn;
	void *arg;
	struct error *err;
	bool ok;
	bool leads; /**< runs the next batch */
	enum store_room room;
	sem_t woken; /**< its batch is done, or it leads */
	struct waiter *next;
};

/** Runs one batch; each waiter gets ok and err. */
void batch_run(struct store *store, struct waiter *const *waiters, size_t count);

/** ROLLBACK where a transaction is open, and the digests of rows as they were before it. */
void batch_undo(struct store *store);

/**
 * Whether a COMMIT that failed has reached the disk all the same: the manifest that the file shows
 * now decides. Where it shows neither this one nor the one before, nobody may use this store again
 * (poisoned).
 */
bool batch_reached(struct store *store, const struct sealed_manifest *sealed);

#endif
