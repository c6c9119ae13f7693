/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_JOURNAL_H
#define CV_ROTATE_JOURNAL_H

#include "vault/audit/entry.h"
#include "vault/base/error.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/record/rotation_record.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"

#include <stdbool.h>

/**
 * Rotations that are not over, as rows of the vault. Every write is one transaction, together with
 * its line in the log and whatever else the step changes, durable when the function returns, with
 * the room that is kept for a full disk.
 */

/**
 * Reads the rotation that this key is the old or the new one of into *out, which is empty before
 * and on failure. *found says whether there is one.
 */
MUST bool journal_find(struct store *store, const char *access_key_id, struct rotation_record *out,
		       bool *found, struct error *err);

/** Every rotation, without its secret; fn must not call the store. */
typedef bool journal_fn(void *arg, const struct rotation_record *rotation, struct error *err);
MUST bool journal_each(struct store *store, journal_fn *fn, void *arg, struct error *err);

/** Names of the keys of the vault that are this IAM key. Plain memory. */
struct journal_names {
	char (*at)[TEXT_NAME_MAX + 1];
	size_t count;
};
MUST bool journal_holders(struct store *store, const char *access_key_id, struct journal_names *out,
			  struct error *err);
void journal_names_clear(struct journal_names *names);

/** Writes the row as it is now. The entry may be NULL. */
MUST bool journal_put(struct store *store, const struct rotation_record *rotation,
		      struct audit_entry *entry, struct error *err);

/** Takes the row away: the rotation is over, or never began. The entry may be NULL. */
MUST bool journal_end(struct store *store, const struct rotation_record *rotation,
		      struct audit_entry *entry, struct error *err);

/**
 * Takes in what stands in the recovery file of a rotation that is at its intent: the vault could
 * not be written when its key came, now it can. *taken says whether there was something; then
 * *rotation is what stood there. The entry's key and words are filled here.
 */
MUST bool journal_take_aside(struct store *store, struct rotation_record *rotation,
			     struct audit_entry *entry, bool *taken, struct error *err);

/**
 * The same for all rotations, before the keys that open those files are replaced. `clock` is for
 * the log.
 */
MUST bool journal_take_all(struct store *store, const struct clock *clock, struct error *err);

/** Takes the row of that name away inside store_commit(); an empty name, or no row, is no error. */
MUST bool journal_drop(struct txn *txn, const char *name, struct error *err);

/** A line in the log alone. */
MUST bool journal_note(struct store *store, struct audit_entry *entry, struct error *err);

/**
 * Exchanges the current key of all holders with the one in the row, and writes the row with `step`.
 * To promote: from the old id to the new one; to undo: back. The secret in *rotation is the other
 * one after. On failure nothing has changed.
 */
MUST bool journal_exchange(struct store *store, struct rotation_record *rotation,
			   enum rotation_record_step step, int64_t now, struct audit_entry *entry,
			   struct error *err);

#endif
