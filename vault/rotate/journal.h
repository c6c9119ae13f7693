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
 * The journal of rotations: one row of the vault for each rotation that is not over. Every write is
 * one transaction with its line in the log and the keys that the step changes; it is durable when
 * the function returns, and may use the room that is kept for a full disk.
 */

/**
 * Reads the rotation whose old or new key has this id into *out, which is empty before and on
 * failure. *found says whether there is one.
 */
MUST bool journal_find(struct store *store, const char *access_key_id, struct rotation_record *out,
		       bool *found, struct error *err);

/** Every rotation, without its secret; fn must not call the store. */
typedef bool journal_fn(void *arg, const struct rotation_record *rotation, struct error *err);
MUST bool journal_each(struct store *store, journal_fn *fn, void *arg, struct error *err);

/** The names by which the vault holds one IAM key. Plain memory. */
struct journal_names {
	char (*at)[TEXT_NAME_MAX + 1];
	size_t count;
};
MUST bool journal_holders(struct store *store, const char *access_key_id, struct journal_names *out,
			  struct error *err);
void journal_names_clear(struct journal_names *names);

/** Writes the row. The entry may be NULL. */
MUST bool journal_put(struct store *store, const struct rotation_record *rotation,
		      struct audit_entry *entry, struct error *err);

/** Removes the row: the rotation is over, or never began. The entry may be NULL. */
MUST bool journal_end(struct store *store, const struct rotation_record *rotation,
		      struct audit_entry *entry, struct error *err);

/**
 * Takes the new key of a rotation that is at its intent from the recovery file into the journal:
 * the vault could not be written when the key came, now it can. *taken says whether the file had a
 * row, which *rotation is then. The entry's key and words are filled here.
 */
MUST bool journal_take_aside(struct store *store, struct rotation_record *rotation,
			     struct audit_entry *entry, bool *taken, struct error *err);

/** The same for all rotations, before the keys that open their recovery files are replaced. */
MUST bool journal_take_all(struct store *store, const struct clock *clock, struct error *err);

/** Removes the row of that name inside store_commit(); an empty name, or no row, is no error. */
MUST bool journal_drop(struct txn *txn, const char *name, struct error *err);

/** Writes a line of the log alone. */
MUST bool journal_note(struct store *store, struct audit_entry *entry, struct error *err);

/**
 * Exchanges the current key of all holders with the key in the row, and writes the row with `step`:
 * a promotion goes from the old id to the new one, an undo back. After, *rotation has the secret of
 * the other key. On failure nothing has changed.
 */
MUST bool journal_exchange(struct store *store, struct rotation_record *rotation,
			   enum rotation_record_step step, int64_t now, struct audit_entry *entry,
			   struct error *err);

#endif
