/* SPDX-License-Identifier: MIT */
#ifndef CV_AUDIT_APPEND_H
#define CV_AUDIT_APPEND_H

#include "vault/audit/entry.h"
#include "vault/base/error.h"
#include "vault/store/txn.h"

#include <stdint.h>

/** Writes an entry behind the last one of the chained log. */

struct store;

/**
 * Appends an entry inside store_commit(), together with whatever else the transaction changes, and
 * sets entry->seq. It is on record when store_commit() has returned true; nothing may leave the
 * agent before.
 */
MUST bool audit_append(struct txn *txn, struct audit_entry *entry, struct error *err);

/**
 * A whole transaction that appends this one entry. Unlock, lock, idling, refusals, rotation,
 * restoration and what was found changed may use the room that is kept for them
 * (vault/store/txn.h). Thread-safe.
 */
MUST bool audit_record(struct store *store, struct audit_entry *entry, struct error *err);

#endif
