/* SPDX-License-Identifier: MIT */
#ifndef CV_AUDIT_APPEND_H
#define CV_AUDIT_APPEND_H

#include "vault/audit/entry.h"
#include "vault/base/error.h"
#include "vault/store/txn.h"

#include <stdint.h>

/** Appends an entry to the chained log. */

struct store;

/**
 * Appends an entry inside store_commit(), together with whatever else the transaction changes, and
 * sets entry->seq. The entry is on record once store_commit() has returned true; the agent may
 * release nothing before that.
 */
MUST bool audit_append(struct txn *txn, struct audit_entry *entry, struct error *err);

/**
 * A whole transaction that appends this one entry. Unlock, lock, idling, refusals, rotation,
 * restoration and reports of tampering may use reserved room (vault/store/txn.h). Thread-safe.
 */
MUST bool audit_record(struct store *store, struct audit_entry *entry, struct error *err);

#endif
