/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_TXN_H
#define CV_STORE_TXN_H

#include "vault/base/error.h"

#include <stdbool.h>

/** The interface of a transaction for code that changes the vault. */

struct txn;

/**
 * A transaction function changes the vault only through functions that take a txn (rows.h,
 * segment.h). It runs in the thread of ANY caller of store_commit(), while no other transaction
 * function runs, and must not block. When it returns false, its own changes are undone and the
 * changes of the other functions in the batch stay.
 *
 * A change is a function, not calls between a begin and an end, because the store may have to
 * repeat it: where a disk is full or fails inside one savepoint, SQLite rolls back the whole
 * transaction, including the changes of all other functions, and store_commit_with_room() runs the
 * functions again. So a transaction function reads and writes only the vault and its arg.
 */
typedef bool txn_fn(struct txn *txn, void *arg, struct error *err);

/** How much of the space reserved for a full disk (reserve.h) a transaction may use. */
enum store_room {
	STORE_ROOM_NONE,     /**< changes a flood could repeat: emissions, sessions, new keys */
	STORE_ROOM_REFUSALS, /**< half of the space: log entries of refused requests */
	STORE_ROOM_ALL	     /**< lock and unlock, the steps of a rotation, a restoration */
};

#endif
