/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_INSPECT_INSPECT_H
#define CV_STORE_INSPECT_INSPECT_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/store/inspect/inspection.h"

#include <stdbool.h>

/**
 * What exactly was changed from outside: reads the whole file again and goes on behind the first
 * thing that does not fit, where opening and using a vault stop at it. Nothing here is ever used as
 * data.
 */

struct store;

/**
 * Header, manifest, every row, the log, SQLite's own structure, and who can reach the files. With
 * keys NULL the store is unlocked, and everything is compared with what it has verified; with keys
 * it may be locked, and the file is held against its own manifest. What is wrong stands in *out.
 * False only when it could not be looked at: IO, MEMORY, LOCKED. Thread-safe.
 */
MUST bool store_inspect(struct store *store, const struct keys *keys, struct inspection *out,
			struct error *err);

/**
 * For this layer: puts what was changed in the place of *err, which says only that something was;
 * called where verifying has failed with TAMPERED, in its read transaction. Leaves *err alone where
 * it finds nothing better.
 */
void inspect_explain(struct store *store, const struct keys *keys, struct error *err);

#endif
