/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_LOG_SEGMENT_ROW_H
#define CV_STORE_LOG_SEGMENT_ROW_H

#include "vault/base/error.h"
#include "vault/seal/record/chain.h"
#include "vault/seal/keys.h"
#include "vault/store/file/statement.h"
#include "vault/store/verified/verified_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The table of segments: the first entry of each segment, and its keys, wrapped by the log key
 * (segment.h).
 */

struct store;

/** The first segment of a new vault. */
MUST bool segment_create(struct statements *statements, const struct seal_ctx *ctx,
			 struct error *err);

/**
 * Reads all segments' rows, unwraps the keys of each, and checks that they follow one another:
 * numbers, first entries, heads. Fills segment, segment_keys and closed.
 */
MUST bool segment_load(struct store *store, const struct keys *keys, struct verified_state *state,
		       struct error *err);

/**
 * Unwraps the keys of every segment with the store's keys and wraps them again under `to`. *out is
 * then the open segment.
 */
MUST bool segment_rewrap(struct store *store, const struct seal_ctx *to, struct chain_segment *out,
			 struct error *err);

/** Inserts a segment's row, or replaces id, digest, epoch and keys in the existing row. */
MUST bool segment_row_write(struct statements *statements, enum statement which,
			    const struct seal_ctx *ctx, const struct chain_segment *segment,
			    const struct chain_keys *segment_keys, struct error *err);

/** The keys of closed segment number at + 1, from its row; the caller clears them. */
MUST bool segment_row_keys(struct store *store, const struct keys *keys,
			   const struct verified_state *state, size_t at, struct chain_keys *out,
			   struct error *err);

/** The number of the last entry of closed segment number at + 1. */
uint64_t segment_last(const struct verified_state *state, size_t at);

#endif
