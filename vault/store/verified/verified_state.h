/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_VERIFIED_VERIFIED_STATE_H
#define CV_STORE_VERIFIED_VERIFIED_STATE_H

#include "vault/seal/record/chain.h"
#include "vault/seal/record/log_anchor.h"
#include "vault/seal/record/manifest.h"
#include "vault/store/verified/manifest_row.h"
#include "vault/store/verified/verified_rows.h"

#include <stddef.h>
#include <stdint.h>

/** The state of a verified vault in memory; store_unlock() replaces it as a whole. */

struct verified_state {
	struct verified_rows rows;
	struct manifest manifest;
	struct sealed_manifest sealed;
	struct chain_segment segment; /**< the open segment */
	struct chain_keys
	    segment_keys; /**< of the open segment; keys of closed ones are unwrapped when used */
	struct chain_segment *closed; /**< by number from 1; their epoch is the vault's */
	size_t closed_count;
	struct log_anchor anchor; /**< up to where the log was pruned; parts 0: it was not */
	uint64_t log_bytes;	  /**< sealed bytes in the open segment */
};

/** Wipes and frees the state. Accepts an empty state. */
void verified_state_clear(struct verified_state *state);

#endif
