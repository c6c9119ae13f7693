/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_CHANGE_COMMIT_H
#define CV_STORE_CHANGE_COMMIT_H

#include "vault/base/error.h"
#include "vault/store/txn.h"

#include <stdbool.h>

/**
 * Group commit. The changes that several threads commit at the same moment become one SQLite
 * transaction with one manifest and one flush to the disk.
 */

/**
 * Runs fn and returns when its changes are durable. Thread-safe. False with fn's error, or with IO
 * (a disk error, after which nothing has changed; "the disk is full" if it is), TAMPERED (the
 * manifest in the file is not the one this store wrote last), LOCKED (before store_unlock()). After
 * an error that leaves it unknown what the file holds, every call fails with IO until the vault is
 * opened anew.
 */

struct store;

MUST bool store_commit(struct store *store, txn_fn *fn, void *arg, struct error *err);

/** As store_commit(); on a full disk it releases reserved room and tries again. */
MUST bool store_commit_with_room(struct store *store, enum store_room room, txn_fn *fn, void *arg,
				 struct error *err);

/** Callbacks of a caller whose changes another thread commits. */
struct commit_meanwhile {
	/**
	 * Called in place of waiting, by the caller's own thread, and only where another thread
	 * commits for it. It may take any time; the call returns after both it and the commit.
	 */
	void (*wait)(void *arg);
	/**
	 * Called after the commit by the thread that made it, only if wait() is called too. No
	 * commit waits for it, but other callers of the same batch do: it must not block.
	 */
	void (*landed)(void *arg, bool ok);
	void *arg;
};

/** As store_commit(), for a caller that has other work to do while the disk flushes. */
MUST bool store_commit_meanwhile(struct store *store, txn_fn *fn, void *arg,
				 const struct commit_meanwhile *meanwhile, struct error *err);

#endif
