/* SPDX-License-Identifier: MIT */
#include "vault/store/log/segment_prune.h"

#include "vault/base/file.h"
#include "vault/seal/record/record.h"
#include "vault/store/handle.h"
#include "vault/store/log/segment_file.h"
#include "vault/store/log/segment_row.h"
#include "vault/store/rows/rows.h"
#include "vault/store/verified/record_row.h"
#include "vault/store/verified/verified_state.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The part behind closed part number `number`, which may be the open one. */
static const struct chain_segment *prune_part_behind(const struct verified_state *state,
						     uint64_t number)
{
	return number < state->closed_count ? &state->closed[number] : &state->segment;
}

/* --- the anchor ------------------------------------------------------------------------------- */

static bool prune_open(struct store *store, const struct keys *keys, sqlite3_stmt *stmt,
		       struct log_anchor *out, struct error *err)
{
	const struct seal_ctx ctx = store_seal(store, keys);
	struct buf plain = ROW_BUF;
	struct record_row row;
	bool ok = record_row_read(stmt, &row, err) &&
		  record_open(&ctx, &row, LOG_ANCHOR_NAME, &plain, err) &&
		  log_anchor_decode(plain.data, plain.len, out, err);

	/* What a later program has added does not change what is known here. */
	if (!ok && err->code == ERROR_NEWER) {
		*err = ERROR_INIT;
		ok = true;
	}
	buf_clear(&plain);
	return ok;
}

static bool prune_fits(const struct verified_state *state)
{
	const struct log_anchor *anchor = &state->anchor;
	const struct chain_segment *next;

	if (anchor->parts == 0)
		return true;
	if (anchor->parts > state->closed_count)
		return false;
	next = prune_part_behind(state, anchor->parts);
	return next->first == anchor->first &&
	       memcmp(next->head, anchor->head, sizeof(anchor->head)) == 0;
}

bool segment_prune_load(struct store *store, const struct keys *keys, struct verified_state *state,
			struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_REC_TABLE);
	bool row, ok;

	state->anchor = (struct log_anchor){.parts = 0};
	(void)sqlite3_bind_int64(stmt, 1, TABLE_ANCHOR);
	ok = statement_step(&store->statements, stmt, &row, err) &&
	     (!row || prune_open(store, keys, stmt, &state->anchor, err));
	(void)sqlite3_reset(stmt);
	return ok && (prune_fits(state) ||
		      error_set(err, ERROR_TAMPERED, "the log's anchor does not fit its parts"));
}

bool segment_anchor(struct store *store, struct log_anchor *out, struct error *err)
{
	bool ok;

	(void)pthread_mutex_lock(&store->lock);
	ok = store_check_usable(store, err);
	if (ok)
		*out = store->state.anchor;
	(void)pthread_mutex_unlock(&store->lock);
	return ok;
}

uint64_t segment_first(const struct verified_state *state)
{
	return state->anchor.parts ? state->anchor.first : 1;
}

/* --- parts ------------------------------------------------------------------------------------ */

static int64_t prune_file_bytes(const struct store *store, const struct chain_segment *segment)
{
	char path[SEGMENT_PATH_MAX];
	struct stat st;

	segment_file_path(store, segment, path);
	return lstat(path, &st) == 0 ? st.st_size : 0;
}

bool segment_part(struct store *store, uint64_t number, struct segment_part *out)
{
	const struct verified_state *state = &store->state;
	bool there;

	(void)pthread_mutex_lock(&store->lock);
	there = store->unlocked && number > 0 && number <= state->closed_count;
	if (there)
		*out = (struct segment_part){
		    .number = number,
		    .first = state->closed[number - 1].first,
		    .last = segment_last(state, number - 1),
		    .bytes = prune_file_bytes(store, &state->closed[number - 1])};
	(void)pthread_mutex_unlock(&store->lock);
	return there;
}

uint64_t segment_log_bytes(struct store *store)
{
	const struct verified_state *state = &store->state;
	uint64_t bytes;

	(void)pthread_mutex_lock(&store->lock);
	bytes = state->log_bytes;
	for (size_t at = state->anchor.parts; store->unlocked && at < state->closed_count; at++)
		bytes += (uint64_t)prune_file_bytes(store, &state->closed[at]);
	(void)pthread_mutex_unlock(&store->lock);
	return bytes;
}

/* --- pruning ---------------------------------------------------------------------------------- */

bool segment_prune_put(struct txn *txn, struct log_anchor *anchor, struct error *err)
{
	const struct verified_state *state = &txn->store->state;
	const struct chain_segment *next;
	struct buf plain = ROW_BUF;
	bool ok;

	if (anchor->parts <= state->anchor.parts || anchor->parts > state->closed_count)
		return error_set(err, ERROR_FAILED, "the log was pruned meanwhile");
	next = prune_part_behind(state, anchor->parts);
	memcpy(anchor->name, LOG_ANCHOR_NAME, sizeof(anchor->name));
	anchor->first = next->first;
	memcpy(anchor->head, next->head, sizeof(anchor->head));
	anchor->count = state->manifest.log_count;
	ok = log_anchor_encode(anchor, &plain, err) &&
	     row_put(txn, TABLE_ANCHOR, LOG_ANCHOR_NAME, &plain, NULL, err);
	buf_clear(&plain);
	return ok;
}

void segment_prune_sweep(struct store *store)
{
	const struct verified_state *state = &store->state;
	char path[SEGMENT_PATH_MAX];
	bool removed = false;

	for (size_t at = 0; at < state->anchor.parts && at < state->closed_count; at++) {
		segment_file_path(store, &state->closed[at], path);
		removed = unlink(path) == 0 || removed;
	}
	if (removed)
		(void)!file_sync_directory(store->path);
}

void segment_prune_finish(struct store *store, const struct log_anchor *anchor)
{
	(void)pthread_mutex_lock(&store->lock);
	if (store->unlocked && !store->poisoned && anchor->parts > store->state.anchor.parts) {
		store->state.anchor = *anchor;
		segment_prune_sweep(store);
	}
	(void)pthread_mutex_unlock(&store->lock);
}
