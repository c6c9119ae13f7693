/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_TXN_H
#define CV_STORE_TXN_H

#include "vault/base/error.h"
#include "vault/store/store.h"

#include <stdbool.h>

/**
 * Group commit. What several threads want to write at the same moment becomes one SQLite
 * transaction with one manifest and one flush to the disk.
 */
struct txn;

/**
 * Makes its changes through the functions that take a txn (rows.h, segment.h) and nothing else of
 * the store. Runs in the thread of ANY caller of store_commit(), once, while no other runs; it must
 * not block. Returning false undoes its own changes and leaves those of its companions alone.
 */
typedef bool txn_fn(struct txn *txn, void *arg, struct error *err);

/**
 * Runs fn and returns when its changes are durable. Thread-safe. False with what fn said, or with
 * IO (the disk, then nothing has changed; "the disk is full" when it is), TAMPERED (the manifest in
 * the file is not the one this store wrote last), LOCKED (before store_unlock()). After an error
 * that leaves it unknown what the file holds, every call fails with IO until the vault is opened
 * anew.
 */
CV_MUST_USE
bool store_commit(struct store *store, txn_fn *fn, void *arg, struct error *err);

/** How much of the room that is kept for a full disk (reserve.h) a transaction may use. */
enum store_room {
	STORE_ROOM_NONE,     /**< what a flood could repeat: emissions, sessions, new keys */
	STORE_ROOM_REFUSALS, /**< half of it: what is refused to a flood */
	STORE_ROOM_ALL	     /**< lock and unlock, the steps of a rotation, a restoration */
};

/** As store_commit(); where the disk is full it gives up room that was kept and tries again. */
CV_MUST_USE
bool store_commit_with_room(struct store *store, enum store_room room, txn_fn *fn, void *arg,
			    struct error *err);

#endif
