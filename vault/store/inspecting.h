/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_INSPECTING_H
#define CV_STORE_INSPECTING_H

#include "vault/store/inspect.h"
#include "vault/store/internal.h"

/** An inspection under way, for the files that do its parts. With the store's lock held. */
struct inspecting {
	struct store *store;
	const struct keys *keys;
	const struct verified_state *memory; /**< what was verified; NULL: nothing was */
	struct manifest manifest;	     /**< memory's, else the file's */
	bool has_manifest;
	struct inspection *out;
};

/** Every row: its form, its seal, and whether it is the one that was saved. */
CV_MUST_USE
bool inspect_rows(struct inspecting *in, struct error *err);

/** The log: its keys, every entry, the chain. */
CV_MUST_USE
bool inspect_log(struct inspecting *in, struct error *err);

/**
 * Puts what was changed in the place of *err, which says only that something was: called where
 * verifying has failed with TAMPERED, in its read transaction. Leaves *err alone where it finds
 * nothing better.
 */
void inspect_explain(struct store *store, const struct keys *keys, struct error *err);

#endif
