/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_CHANGE_RESERVE_H
#define CV_STORE_CHANGE_RESERVE_H

#include "vault/base/error.h"
#include "vault/store/txn.h"

#include <stdbool.h>

/**
 * Room on the disk that nobody else gets: `<vault>.reserve`, a file of zeros with its blocks
 * allocated. When the disk is full it is cut shorter, so that a lock, a refusal or the step of a
 * rotation is on record all the same, and an unlock too: the file stays when the vault is closed.
 * With the store's lock held.
 */

struct store;

enum { RESERVE_BYTES = 256 * 1024 };

/**
 * Fills it up again where some was used. False, IO, when the disk has no room for it. Where the
 * file system cannot allocate, or something else has its name, the vault goes on without.
 */
MUST bool reserve_fill(struct store *store, struct error *err);

/** Gives up half of it or all; the next commit begins the journal again, in its own blocks. */
void reserve_release(struct store *store, enum store_room room);

/** Fills the reserve, and then, where it is full, the journal (sqlite_connection_prefill()). */
void reserve_prefill(struct store *store);

#endif
