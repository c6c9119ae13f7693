/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_INSPECT_INSPECTING_H
#define CV_STORE_INSPECT_INSPECTING_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/seal/record/manifest.h"
#include "vault/store/handle.h"
#include "vault/store/inspect/inspection.h"
#include "vault/store/verified/verified_state.h"

#include <stdbool.h>

/** The state of an inspection, shared by the files that do its parts. The store's lock is held. */
struct inspecting {
	struct store *store;
	const struct keys *keys;
	const struct verified_state *memory; /**< the verified state; NULL: none */
	struct manifest manifest;	     /**< memory's, else the file's */
	bool has_manifest;
	struct inspection *out;
};

/** Every row: its form, its seal, and whether it is the one that was saved. */
MUST bool inspect_rows(struct inspecting *in, struct error *err);

/** The log: its keys, every entry, the chain. */
MUST bool inspect_log(struct inspecting *in, struct error *err);

#endif
