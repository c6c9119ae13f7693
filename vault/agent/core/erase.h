/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_ERASE_H
#define CV_AGENT_CORE_ERASE_H

#include "vault/base/error.h"
#include "vault/store/store.h"

#include <stdatomic.h>
#include <stdbool.h>

/** Erases retired key material from SQLite's files, so that it cannot be read from the disk. */

/**
 * Empties the journal, as each act that retires key material does before it answers (DESIGN §4).
 * SQLite has overwritten the old rows in the file with zeros by then; the journal may still hold
 * them. IO where that fails: the act itself stands, and the journal is emptied as soon as it can
 * be, at the latest when the vault is closed. *due says whether the journal may hold retired
 * material.
 */
MUST bool erase_retired(struct store *store, atomic_bool *due, struct error *err);

/** Empties the journal where an earlier attempt failed. Within the gate. */
void erase_again(struct store *store, atomic_bool *due);

#endif
