/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_VERIFIED_VERIFIED_STATE_H
#define CV_STORE_VERIFIED_VERIFIED_STATE_H

#include "vault/seal/record/chain.h"
#include "vault/seal/record/manifest.h"
#include "vault/store/verified/manifest_row.h"
#include "vault/store/verified/verified_rows.h"

#include <stddef.h>
#include <stdint.h>

/** All that a verified vault is in memory; taken over whole by store_unlock(). */

struct verified_state {
	struct verified_rows rows;
	struct manifest manifest;
	struct sealed_manifest sealed;
	struct chain_segment segment; /**< the open one */
	struct chain_keys
	    segment_keys;	      /**< its keys; those of closed ones are unwrapped when used */
	struct chain_segment *closed; /**< by number from 1; their epoch is the vault's */
	size_t closed_count;
	uint64_t log_bytes; /**< sealed bytes in the open segment */
};

/** Wipes and frees. Accepts empty. */
void verified_state_clear(struct verified_state *state);

#endif
