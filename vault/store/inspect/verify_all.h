/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_INSPECT_VERIFY_ALL_H
#define CV_STORE_INSPECT_VERIFY_ALL_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/store/verified/verified_state.h"

#include <stdbool.h>

/** Verifying a whole vault, as it is done before anything in it is used. */

struct store;

/**
 * Reads the whole vault in the read transaction the caller has begun, and verifies it: header,
 * manifest, every row, the log. *out is empty on failure. TAMPERED says only that something was
 * changed; inspect_explain() says what.
 */
MUST bool verify_all(struct store *store, const struct keys *keys, struct verified_state *out,
		     struct error *err);

#endif
