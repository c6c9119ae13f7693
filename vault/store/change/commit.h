/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_CHANGE_COMMIT_H
#define CV_STORE_CHANGE_COMMIT_H

#include "vault/base/error.h"
#include "vault/store/txn.h"

#include <stdbool.h>

/**
 * Group commit. What several threads want to write at the same moment becomes one SQLite
 * transaction with one manifest and one flush to the disk.
 */

/**
 * Runs fn and returns when its changes are durable. Thread-safe. False with what fn said, or with
 * IO (the disk, then nothing has changed; "the disk is full" when it is), TAMPERED (the manifest in
 * the file is not the one this store wrote last), LOCKED (before store_unlock()). After an error
 * that leaves it unknown what the file holds, every call fails with IO until the vault is opened
 * anew.
 */

struct store;

MUST bool store_commit(struct store *store, txn_fn *fn, void *arg, struct error *err);

/** As store_commit(); where the disk is full it gives up room that was kept and tries again. */
MUST bool store_commit_with_room(struct store *store, enum store_room room, txn_fn *fn, void *arg,
				 struct error *err);

/** What a caller does and what is done for it while others' work flushes its changes. */
struct commit_meanwhile {
	/**
	 * Called in place of waiting, by the caller's own thread, and only where another thread
	 * commits for it. It may take any time; the call returns after both it and the commit.
	 */
	void (*wait)(void *arg);
	/**
	 * Called behind the commit by the thread that made it, where wait() is called too and never
	 * elsewhere. Nobody's commit waits for it, but other callers of the same batch do: it may
	 * not block.
	 */
	void (*landed)(void *arg, bool ok);
	void *arg;
};

/** As store_commit(), for a caller that has something better to wait for than the disk. */
MUST bool store_commit_meanwhile(struct store *store, txn_fn *fn, void *arg,
				 const struct commit_meanwhile *meanwhile, struct error *err);

#endif
