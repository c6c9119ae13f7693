/* SPDX-License-Identifier: MIT */
#ifndef CV_AUDIT_PRUNE_H
#define CV_AUDIT_PRUNE_H

#include "vault/audit/entry.h"
#include "vault/base/error.h"
#include "vault/store/store.h"

#include <stdint.h>

/**
 * Prunes the log: removes the closed parts whose entries are all older than a time. One commit has
 * the anchor and the entry that tells of it (vault/store/log/segment_prune.h); the files go after.
 */

/** What was removed; zeros where nothing was old enough. */
struct audit_pruned {
	uint64_t parts;
	uint64_t first, last; /**< entries */
	int64_t until;	      /**< time of the newest of them */
	int64_t bytes;
};

/**
 * Prunes what is older than `before`. `entry` has time and peer filled; the rest is filled here.
 * TAMPERED, and nothing is pruned, where a part that is old enough cannot be read: what is missing
 * must not look pruned. NEWER for an entry of a later program. One call at a time.
 */
MUST bool audit_prune(struct store *store, int64_t before, struct audit_entry *entry,
		      struct audit_pruned *out, struct error *err);

#endif
