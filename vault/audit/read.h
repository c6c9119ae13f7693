/* SPDX-License-Identifier: MIT */
#ifndef CV_AUDIT_READ_H
#define CV_AUDIT_READ_H

#include "vault/audit/entry.h"
#include "vault/base/error.h"
#include "vault/store/store.h"

#include <stdint.h>

/** Reads the chained log, entry by entry. */

/** Called for each entry; false ends the walk. Must not call the store. */
typedef bool audit_fn(void *arg, const struct audit_entry *entry, struct error *err);

/**
 * Entries from, from + 1, … (from >= 1), at most count of them, oldest first. TAMPERED for an entry
 * that is missing, does not open, or carries a wrong number. Thread-safe; locks the store.
 */
MUST bool audit_read(struct store *store, uint64_t from, uint64_t count, audit_fn *fn, void *arg,
		     struct error *err);

/** Called for each entry, newest first; false when it has seen enough. */
typedef bool audit_back_fn(void *arg, const struct audit_entry *entry);

/**
 * The other way round: entries `from` (one that is there), from - 1, … down to the first that was
 * not pruned, until fn has seen enough. Entries are read in chunks; fn runs after each chunk is
 * read, and may call the store.
 */
MUST bool audit_read_back(struct store *store, uint64_t from, audit_back_fn *fn, void *arg,
			  struct error *err);

/** How many entries there are and the chain's head, from the verified manifest. */
MUST bool audit_head(struct store *store, uint64_t *count, unsigned char head[static 32],
		     struct error *err);

#endif
