/* SPDX-License-Identifier: MIT */
#include "vault/store/change/segment_roll.h"

#include "vault/base/clock.h"
#include "vault/seal/record/chain.h"
#include "vault/seal/record/manifest.h"
#include "vault/store/change/batch.h"
#include "vault/store/handle.h"
#include "vault/store/verified/manifest_row.h"
#include "vault/store/log/segment.h"
#include "vault/store/log/segment_file.h"
#include "vault/store/log/segment_row.h"
#include "vault/store/file/statement.h"
#include "vault/store/verified/verified_state.h"
#include "vault/store/witness/witness.h"
#include "vault/store/change/witnessed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Closing a segment. The file is whole and durable under its name before the transaction that
 * deletes the rows commits. Until that commit the rows are the log, and the vault does not refer to
 * the file.
 */

enum { RETRY_AFTER = 64 };

/* The segment that closes, the segment that opens after it, and the new manifest. */
struct roll {
	struct chain_segment full;
	struct chain_segment next;
	struct chain_keys keys;
	struct manifest manifest;
	struct sealed_manifest sealed;
	struct buf file;
	char path[SEGMENT_PATH_MAX];
};

static bool is_full(const struct store *store)
{
	const struct verified_state *state = &store->state;
	uint64_t count = state->manifest.log_count + 1 - state->segment.first;

	return count > 0 && state->manifest.log_count >= store->roll_after &&
	       (count >= store->segment_entries || state->log_bytes >= store->segment_bytes);
}

/* Writes the sealed entries to the file; each entry is checked again as it leaves the table. */
static bool write_file(struct store *store, struct roll *roll, bool *taken, struct error *err)
{
	*taken = false;
	buf_clear(&roll->file);
	roll->file = BUF_INIT((size_t)SEGMENT_FILE_MAX);
	if (!chain_file_begin(store->vault_id, &roll->full, &roll->file, err) ||
	    !segment_copy(store, &store->state, &roll->file, err))
		return false;
	chain_file_digest(roll->file.data, roll->file.len, roll->full.digest);
	segment_file_path(store, &roll->full, roll->path);
	return segment_file_write(roll->path, &roll->file, taken, err);
}

static bool prepare(struct store *store, struct roll *roll, struct error *err)
{
	const struct verified_state *state = &store->state;
	bool taken;

	roll->full = state->segment;
	if (!write_file(store, roll, &taken, err)) {
		if (!taken)
			return false;
		/*
		 * Keeps the other file (the vault may have been rolled back): a new id gives a new
		 * name.
		 */
		secret_random_bytes(roll->full.id, sizeof(roll->full.id));
		if (!write_file(store, roll, &taken, err))
			return false;
	}
	roll->next = (struct chain_segment){.number = roll->full.number + 1,
					    .first = state->manifest.log_count + 1,
					    .epoch = store->epoch};
	memcpy(roll->next.head, state->manifest.log_head, sizeof(roll->next.head));
	secret_random_bytes(roll->next.id, sizeof(roll->next.id));
	return chain_keys_new(&roll->keys, err);
}

static bool transact(struct store *store, struct roll *roll, struct error *err)
{
	const struct seal_ctx ctx = store_seal(store, &store->keys);
	struct statements *statements = &store->statements;

	if (!batch_begin(store, err) || !prepare(store, roll, err))
		return false;
	batch_next_manifest(store, &roll->manifest);
	return segment_row_write(statements, STATEMENT_SEGMENT_WRAP, &ctx, &roll->full,
				 &store->state.segment_keys, err) &&
	       segment_row_write(statements, STATEMENT_SEGMENT_INSERT, &ctx, &roll->next,
				 &roll->keys, err) &&
	       statement_run(statements, STATEMENT_LOG_FORGET,
			     (int)(roll->next.first - roll->full.first), err) &&
	       batch_commit(store, &ctx, &roll->manifest, &roll->sealed, err);
}

/* Runs after the COMMIT and cannot fail. */
static void take_over(struct store *store, struct roll *roll)
{
	struct verified_state *state = &store->state;

	state->closed[state->closed_count++] = roll->full;
	state->segment = roll->next;
	chain_keys_clear(&state->segment_keys);
	state->segment_keys = roll->keys;
	roll->keys = (struct chain_keys){.payload = SECRET_EMPTY, .chain = SECRET_EMPTY};
	state->manifest = roll->manifest;
	state->sealed = roll->sealed;
	state->log_bytes = 0;
}

static bool make_place(struct verified_state *state)
{
	struct chain_segment *grown = realloc(state->closed,
					      (state->closed_count + 1) * sizeof(*grown));

	if (grown)
		state->closed = grown;
	return grown != NULL;
}

void segment_roll(struct store *store)
{
	struct roll roll = {.keys = {.payload = SECRET_EMPTY, .chain = SECRET_EMPTY},
			    .file = BUF_INIT(0)};
	struct error ignored;

	if (store->poisoned || !store->unlocked || !is_full(store))
		return;
	if (make_place(&store->state) && transact(store, &roll, &ignored)) {
		take_over(store, &roll);
		(void)!witnessed_note(store, WITNESS_LOG, &ignored);
	} else {
		/*
		 * After any failure the rows are still there; a file that was written is a
		 * beginning of the next attempt's file.
		 */
		batch_undo(store);
		store->roll_after = store->state.manifest.log_count + RETRY_AFTER;
	}
	chain_keys_clear(&roll.keys);
	buf_clear(&roll.file);
}

void segment_set_limits(struct store *store, uint64_t entries, uint64_t bytes)
{
	store->segment_entries = entries;
	store->segment_bytes = bytes;
}
