/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_TXN_H
#define CV_STORE_TXN_H

#include "vault/base/error.h"

#include <stdbool.h>

/** A transaction, as whoever changes the vault sees it. */

struct txn;

/**
 * Makes its changes through the functions that take a txn (rows.h, segment.h) and nothing else of
 * the store. Runs in the thread of ANY caller of store_commit(), while no other runs; it must not
 * block. Returning false undoes its own changes and leaves those of its companions alone.
 *
 * A change is a function, and not calls between a begin and an end, because it may have to be
 * repeated: where a disk is full or fails inside one savepoint, SQLite rolls back the whole
 * transaction, the changes of all companions included, and store_commit_with_room() runs the
 * functions again. So a function reads and writes the vault and its arg, and nothing else.
 */
typedef bool txn_fn(struct txn *txn, void *arg, struct error *err);

/** How much of the room that is kept for a full disk (reserve.h) a transaction may use. */
enum store_room {
	STORE_ROOM_NONE,     /**< what a flood could repeat: emissions, sessions, new keys */
	STORE_ROOM_REFUSALS, /**< half of it: what is refused to a flood */
	STORE_ROOM_ALL	     /**< lock and unlock, the steps of a rotation, a restoration */
};

#endif
