/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_CHANGE_RESERVE_H
#define CV_STORE_CHANGE_RESERVE_H

#include "vault/base/error.h"
#include "vault/store/txn.h"

#include <stdbool.h>

/**
 * Disk space reserved for the vault: `<vault>.reserve`, a file of zeros with its blocks allocated.
 * When the disk is full, the file is shortened, so that a lock, a refusal or the step of a rotation
 * can still be recorded. The file stays when the vault is closed, so that an unlock can be recorded
 * too. The store's lock is held.
 */

struct store;

enum { RESERVE_BYTES = 256 * 1024 };

/**
 * Refills the reserve after use. False, IO, when the disk has no room for it. If the file system
 * cannot allocate blocks, or another file has the reserve's name, the vault works without a
 * reserve.
 */
MUST bool reserve_fill(struct store *store, struct error *err);

/**
 * Gives up half of the reserve or all of it; the next commit begins the journal again, in its own
 * blocks.
 */
void reserve_release(struct store *store, enum store_room room);

/** Fills the reserve, and then, where it is full, the journal (sqlite_connection_prefill()). */
void reserve_prefill(struct store *store);

#endif
