/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_CHANGE_REKEY_H
#define CV_STORE_CHANGE_REKEY_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/store/txn.h"

#include <stdbool.h>

/**
 * A new header for an unlocked vault, alone or with a new vault key behind it. One transaction,
 * which is read back and verified, and after which the journal is emptied: when these return true,
 * what was replaced is neither in the file nor beside it. (What a disk keeps of blocks it has let
 * go, nobody can promise.)
 *
 * The store cannot tell whether the header's slots are good: the key for its MAC is not here. It
 * checks that the header is one of this vault, of the right epoch, and that the keys have (or have
 * not) changed. One thread calls these while no other uses the store, as with store_unlock().
 */

struct store;

/**
 * `also` (may be NULL) runs first, in the same transaction: the log entry. *changed tells, whatever
 * is returned, whether the change is in force; true with a false answer means that it is and that
 * something behind it failed: IO when erasing what was replaced did (store_checkpoint() tries
 * again), or marking it for the witness (store_mark() does); else the store cannot be used any
 * more. Without *changed the vault is as it was.
 */
struct rekey_also {
	txn_fn *fn;
	void *arg;
};

/**
 * Seals every record and blind index again under `keys` (copied) at epoch + 1, wraps the keys of
 * the log anew and leaves its entries as they are. Every row is compared with what was verified
 * before it is used. LOCKED when the keys to records are not there, TAMPERED for a row or manifest
 * that was changed, FAILED for a header that does not follow the vault's.
 */
MUST bool store_rekey(struct store *store, const struct buf *header, const struct keys *keys,
		      const struct rekey_also *also, bool *changed, struct error *err);

/** Header bytes with the same vault key and epoch: slots that were added or made dearer. */
MUST bool store_set_header(struct store *store, const struct buf *header,
			   const struct rekey_also *also, bool *changed, struct error *err);

#endif
