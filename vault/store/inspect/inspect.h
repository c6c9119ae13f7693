/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_INSPECT_INSPECT_H
#define CV_STORE_INSPECT_INSPECT_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/store/inspect/inspection.h"

#include <stdbool.h>

/**
 * Finds what exactly was changed from outside: the inspection reads the whole file again and
 * continues after the first mismatch, at which opening and using a vault stop. No bytes read here
 * are ever used as data.
 */

struct store;

/**
 * Header, manifest, every row, the log, SQLite's own structure, and who can reach the files. With
 * keys NULL the store is unlocked, and everything is compared with what it has verified; with keys
 * it may be locked, and the file is compared with its own manifest. *out lists the problems. False
 * only when the inspection cannot be done: IO, MEMORY, LOCKED. Thread-safe.
 */
MUST bool store_inspect(struct store *store, const struct keys *keys, struct inspection *out,
			struct error *err);

/**
 * For this layer: replaces *err, which says only that something was changed, by an error that says
 * what. Called after verifying has failed with TAMPERED, in the same read transaction. *err stays
 * as it is where the inspection finds nothing more exact.
 */
void inspect_explain(struct store *store, const struct keys *keys, struct error *err);

#endif
