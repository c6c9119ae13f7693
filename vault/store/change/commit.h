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

#endif
