/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_BACKUP_MERGE_H
#define CV_STORE_BACKUP_MERGE_H

#include "vault/base/error.h"
#include "vault/seal/record/access_key.h"
#include "vault/store/txn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What becomes of each access key when a backup is restored over a vault that is there: the newer
 * record stays, whichever side it is on, and nothing is removed. Only keys are taken from the
 * backup; they are sealed again under the vault's present key, so that what opened the backup opens
 * none of it.
 */

struct store;

enum merge_fate {
	MERGE_SAME = 1, /**< both have the same */
	MERGE_STAYS,	/**< only the vault has it */
	MERGE_COMES,	/**< only the backup has it: it comes back */
	MERGE_KEPT,	/**< the vault's is newer and stays */
	MERGE_TAKEN,	/**< the backup's is newer and is taken */
	MERGE_DROPPED,	/**< the vault's is newer and is lost, as its owner has said */
	MERGE_SPARE,	/**< a rotation's second key that the vault has already: left out */
	MERGE_FATES
};

/** One key; texts are borrowed for the call, ids empty and times 0 where that side has none. */
struct merge_key {
	const char *name;
	enum merge_fate fate;
	const char *vault_key_id, *backup_key_id;
	int64_t vault_at, backup_at; /**< when it was made, added or rotated last */
};

/** Two unlocked stores, and the names whose newer record is to be lost. Borrowed. */
struct merge {
	struct store *vault;
	struct store *backup;
	const char *const *drop;
	size_t drop_count;
};

/** Calls fn for each key of either side, in no order; fn calls neither store. */
typedef bool merge_fn(void *arg, const struct merge_key *key, struct error *err);
MUST bool merge_each(const struct merge *merge, merge_fn *fn, void *arg, struct error *err);

/**
 * Takes over these keys of the backup, inside store_commit() of the vault. May be run twice.
 */
MUST bool merge_take(struct txn *txn, struct store *backup, const char (*names)[TEXT_NAME_MAX + 1],
		     size_t count, struct error *err);

/** Whether the settings of the two differ. */
MUST bool merge_settings_differ(const struct merge *merge, bool *differ, struct error *err);

#endif
