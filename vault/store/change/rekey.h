/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_CHANGE_REKEY_H
#define CV_STORE_CHANGE_REKEY_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/store/txn.h"

#include <stdbool.h>

/**
 * A new header for an unlocked vault, alone or with a new vault key. One transaction makes the
 * change; the vault is then read back and verified, and the journal emptied. When these functions
 * return true, the replaced bytes are neither in the file nor beside it. (A disk may keep copies of
 * freed blocks; no program can rule that out.)
 *
 * The store cannot tell whether the header's slots are good: it does not have the key of the
 * header's MAC. It checks that the header is one of this vault, of the right epoch, and that the
 * keys have (or have not) changed. One thread calls these functions while no other thread uses the
 * store, as with store_unlock().
 */

struct store;

/**
 * `also` (may be NULL) runs first, in the same transaction: the log entry. *changed says, for
 * either result, whether the change is in force. A false result with *changed means that a step
 * after the change failed: IO when the replaced bytes could not be erased (store_checkpoint() tries
 * again) or the witness not marked (store_mark() tries again); after any other error the store
 * cannot be used any more. Without *changed the vault is as it was.
 */
struct rekey_also {
	txn_fn *fn;
	void *arg;
};

/**
 * Seals every record and blind index again under `keys` (copied) at epoch + 1, wraps the keys of
 * the log anew and leaves its entries as they are. Every row is compared with what was verified
 * before it is used. LOCKED when the store does not hold the record keys, TAMPERED for a row or
 * manifest that was changed, FAILED for a header that does not follow the vault's.
 */
MUST bool store_rekey(struct store *store, const struct buf *header, const struct keys *keys,
		      const struct rekey_also *also, bool *changed, struct error *err);

/** Header bytes with the same vault key and epoch: slots were added or got a higher work factor. */
MUST bool store_set_header(struct store *store, const struct buf *header,
			   const struct rekey_also *also, bool *changed, struct error *err);

#endif
