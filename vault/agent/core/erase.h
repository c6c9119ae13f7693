/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_ERASE_H
#define CV_AGENT_CORE_ERASE_H

#include "vault/base/error.h"
#include "vault/store/store.h"

#include <stdatomic.h>
#include <stdbool.h>

/** Old key material leaves the disk: nothing that was retired stays readable in SQLite's files. */

/**
 * What an act that has retired key material does before it answers (DESIGN §4): SQLite has
 * overwritten the old rows with zeros, and the journal that may still hold them is emptied. IO
 * where that fails: the act itself stands, and the journal is emptied as soon as it can be, at the
 * latest at the end. *due says whether the journal may hold what was retired.
 */
MUST bool erase_retired(struct store *store, atomic_bool *due, struct error *err);

/** Tries again what has failed, if anything has. Within the gate. */
void erase_again(struct store *store, atomic_bool *due);

#endif
