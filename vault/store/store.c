/* SPDX-License-Identifier: MIT */
#include "vault/store/store.h"

#include "vault/seal/record/chain.h"
#include "vault/seal/header/header.h"
#include "vault/seal/record/manifest.h"
#include "vault/store/file/sqlite_connection.h"
#include "vault/store/handle.h"
#include "vault/store/inspect/inspect.h"
#include "vault/store/inspect/verify_all.h"
#include "vault/store/log/segment_prune.h"
#include "vault/store/verified/manifest_row.h"
#include "vault/store/change/reserve.h"
#include "vault/store/file/statement.h"
#include "vault/store/verified/verified_rows.h"
#include "vault/store/verified/verified_state.h"
#include "vault/store/witness/witness.h"
#include "vault/store/change/witnessed.h"

#include <stdlib.h>
#include <string.h>

const struct buf *store_header(const struct store *store)
{
	return &store->header;
}

static bool unlock(struct store *store, const struct keys *keys, bool accept, struct error *err)
{
	struct header header;
	struct keys copy = {0};
	struct verified_state state = {.segment.number = 0};
	struct error ignored;
	bool ok = false, begun = false;

	verified_rows_init(&state.rows);
	(void)pthread_mutex_lock(&store->lock);
	if (store->poisoned && !store_check_usable(store, err))
		goto out;
	if (!header_decode(store->header.data, store->header.len, &header, err))
		goto out;
	memcpy(store->vault_id, header.vault_id, sizeof(store->vault_id));
	store->epoch = header.epoch;
	if (!keys_copy(&copy, keys, err) ||
	    !statement_run(&store->statements, STATEMENT_BEGIN_READ, -1, err))
		goto out;
	begun = true;
	if (!verify_all(store, &copy, &state, err)) {
		inspect_explain(store, &copy, err);
		goto out;
	}
	if (store->unlocked && !manifest_row_same(&state.sealed, &store->state.sealed)) {
		error_set(err, ERROR_TAMPERED, "the vault was changed while it was open");
		goto out;
	}
	/* An unlocked store knows its last commit better than the witness does. */
	if (!store->unlocked &&
	    !witnessed_check(store, &copy, &header, &state.manifest, accept, err))
		goto out;
	memcpy(store->commitment, header.commitment, sizeof(store->commitment));
	verified_state_clear(&store->state);
	store->state = state;
	verified_rows_init(&state.rows);
	state.segment_keys = (struct chain_keys){.payload = SECRET_EMPTY, .chain = SECRET_EMPTY};
	state.closed = NULL;
	keys_move(&store->keys, &copy);
	store_note_keys(store);
	store->unlocked = true;
	store->roll_after = 0;
	/* A reserve that cannot be filled now is tried again before each change. */
	(void)!reserve_fill(store, &ignored);
	store->prefill_due = true;
	/* A pruning that was interrupted behind its commit is finished. */
	segment_prune_sweep(store);
	/* A lagging mark is brought up to date; where the write fails, the mark keeps lagging. */
	(void)!witnessed_note(store, WITNESS_KEYS, &ignored);
	ok = true;
out:
	if (begun)
		(void)!statement_run(&store->statements, STATEMENT_ROLLBACK, -1, &ignored);
	(void)pthread_mutex_unlock(&store->lock);
	verified_state_clear(&state);
	keys_clear(&copy);
	return ok;
}

bool store_unlock(struct store *store, const struct keys *keys, struct error *err)
{
	return unlock(store, keys, false, err);
}

bool store_unlock_accepting(struct store *store, const struct keys *keys, struct error *err)
{
	return unlock(store, keys, true, err);
}

void store_drop_record_keys(struct store *store)
{
	(void)pthread_mutex_lock(&store->lock);
	keys_clear_records(&store->keys);
	store_note_keys(store);
	tag_index_clear(&store->state.rows.tags);
	(void)pthread_mutex_unlock(&store->lock);
}

bool store_has_record_keys(struct store *store)
{
	return atomic_load(&store->record_keys);
}

bool store_state(struct store *store, struct store_state *state, struct error *err)
{
	const struct manifest *manifest = &store->state.manifest;
	bool ok;

	(void)pthread_mutex_lock(&store->lock);
	ok = store_check_usable(store, err);
	if (ok) {
		state->generation = manifest->generation;
		state->rows = manifest->rows;
		state->log_count = manifest->log_count;
		state->log_first = segment_first(&store->state);
		memcpy(state->log_head, manifest->log_head, sizeof(state->log_head));
		memcpy(state->root, manifest->root, sizeof(state->root));
	}
	(void)pthread_mutex_unlock(&store->lock);
	return ok;
}

void store_prefill(struct store *store)
{
	(void)pthread_mutex_lock(&store->lock);
	if (store->prefill_due && store->unlocked && !store->poisoned)
		reserve_prefill(store);
	store->prefill_due = false;
	(void)pthread_mutex_unlock(&store->lock);
}

bool store_checkpoint(struct store *store, struct error *err)
{
	bool ok;

	(void)pthread_mutex_lock(&store->lock);
	ok = sqlite_connection_checkpoint(store->db, err);
	if (ok)
		reserve_prefill(store);
	(void)pthread_mutex_unlock(&store->lock);
	return ok;
}

bool store_close(struct store *store, struct error *err)
{
	struct error ignored;
	bool ok = true;

	if (!store)
		return true;
	if (store->db) {
		ok = sqlite_connection_checkpoint(store->db, err);
		/*
		 * The mark is written before the file is released, so that the next opener finds
		 * the last mark.
		 */
		if (store->unlocked && !store->poisoned)
			ok = witnessed_note(store, WITNESS_KEYS, ok ? err : &ignored) && ok;
		witness_close(store->witness);
		statements_clear(&store->statements);
		if (sqlite3_close(store->db) != SQLITE_OK && ok)
			ok = error_set(err, ERROR_IO, "the vault file could not be closed");
	}
	keys_clear(&store->keys);
	verified_state_clear(&store->state);
	buf_clear(&store->header);
	(void)pthread_mutex_destroy(&store->lock);
	(void)pthread_mutex_destroy(&store->queue_lock);
	free(store);
	return ok;
}
