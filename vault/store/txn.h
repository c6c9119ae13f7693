/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_TXN_H
#define CV_STORE_TXN_H

#include "vault/base/error.h"

#include <stdbool.h>

/** A transaction, as whoever changes the vault sees it. */

struct txn;

/**
 * Makes its changes through the functions that take a txn (rows.h, segment.h) and nothing else of
 * the store. Runs in the thread of ANY caller of store_commit(), once, while no other runs; it must
 * not block. Returning false undoes its own changes and leaves those of its companions alone.
 */
typedef bool txn_fn(struct txn *txn, void *arg, struct error *err);

/** How much of the room that is kept for a full disk (reserve.h) a transaction may use. */
enum store_room {
	STORE_ROOM_NONE,     /**< what a flood could repeat: emissions, sessions, new keys */
	STORE_ROOM_REFUSALS, /**< half of it: what is refused to a flood */
	STORE_ROOM_ALL	     /**< lock and unlock, the steps of a rotation, a restoration */
};

#endif
