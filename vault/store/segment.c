/* SPDX-License-Identifier: MIT */
#include "vault/store/segment.h"

#include "vault/store/internal.h"

#include <string.h>

bool segment_create(struct statements *statements, const struct keys *keys,
		    const unsigned char vault_id[static SEAL_ID_BYTES], uint64_t epoch,
		    struct error *err)
{
	const struct chain_segment segment = {.number = 1, .first = 1, .epoch = epoch};
	struct chain_keys segment_keys = {.payload = SECRET_EMPTY, .chain = SECRET_EMPTY};
	unsigned char nonce[SEAL_NONCE_BYTES], wrapped[CHAIN_WRAPPED_BYTES];
	sqlite3_stmt *stmt;
	bool ok = false;

	if (!chain_keys_new(&segment_keys, err) ||
	    !chain_wrap(keys, vault_id, &segment, &segment_keys, nonce, wrapped, err))
		goto out;
	stmt = statement_use(statements, STATEMENT_SEGMENT_INSERT);
	(void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)segment.number);
	(void)sqlite3_bind_int64(stmt, 2, (sqlite3_int64)segment.first);
	(void)sqlite3_bind_int64(stmt, 3, (sqlite3_int64)segment.epoch);
	(void)sqlite3_bind_blob(stmt, 4, segment.head, sizeof(segment.head), SQLITE_TRANSIENT);
	(void)sqlite3_bind_blob(stmt, 5, nonce, sizeof(nonce), SQLITE_TRANSIENT);
	(void)sqlite3_bind_blob(stmt, 6, wrapped, sizeof(wrapped), SQLITE_TRANSIENT);
	ok = statement_finish(statements, stmt, 1, err);
out:
	chain_keys_clear(&segment_keys);
	return ok;
}

bool segment_load(struct store *store, const struct keys *keys, struct verified_state *state,
		  struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_SEGMENT_READ);
	struct chain_segment *segment = &state->segment;
	const unsigned char *head, *nonce, *wrapped;
	bool row, ok = false;

	if (!statement_step(&store->statements, stmt, &row, err))
		return false;
	if (!row || !statement_number(stmt, 0, 1, &segment->number) ||
	    !statement_number(stmt, 1, 1, &segment->first) ||
	    !statement_number(stmt, 2, 1, &segment->epoch) ||
	    !statement_blob(stmt, 3, SEAL_DIGEST_BYTES, SEAL_DIGEST_BYTES, &head, NULL) ||
	    !statement_blob(stmt, 4, SEAL_NONCE_BYTES, SEAL_NONCE_BYTES, &nonce, NULL) ||
	    !statement_blob(stmt, 5, CHAIN_WRAPPED_BYTES, CHAIN_WRAPPED_BYTES, &wrapped, NULL)) {
		error_set(err, ERROR_TAMPERED, "the log's keys are missing or were changed");
		goto out;
	}
	memcpy(segment->head, head, sizeof(segment->head));
	if (!chain_unwrap(keys, store->vault_id, segment, nonce, wrapped, CHAIN_WRAPPED_BYTES,
			  &state->segment_keys, err))
		goto out;
	/* One segment, from the first entry on; the manifest knows no other. */
	if (segment->number != 1 || segment->first != 1 || segment->epoch != store->epoch) {
		error_set(err, ERROR_TAMPERED, "the log does not begin with its first segment");
		goto out;
	}
	if (!statement_step(&store->statements, stmt, &row, err))
		return false;
	if (row) {
		error_set(err, ERROR_TAMPERED, "the log has a segment too many");
		goto out;
	}
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

bool segment_rewrap(struct store *store, const struct keys *keys, uint64_t epoch,
		    struct chain_segment *out, struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_SEGMENT_REWRAP);
	unsigned char nonce[SEAL_NONCE_BYTES], wrapped[CHAIN_WRAPPED_BYTES];

	*out = store->state.segment;
	out->epoch = epoch;
	if (!chain_wrap(keys, store->vault_id, out, &store->state.segment_keys, nonce, wrapped,
			err))
		return false;
	(void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)out->number);
	(void)sqlite3_bind_int64(stmt, 2, (sqlite3_int64)out->epoch);
	(void)sqlite3_bind_blob(stmt, 3, nonce, sizeof(nonce), SQLITE_TRANSIENT);
	(void)sqlite3_bind_blob(stmt, 4, wrapped, sizeof(wrapped), SQLITE_TRANSIENT);
	return statement_finish(&store->statements, stmt, 1, err);
}

/* The entry the statement stands on, opened; it must be number `expected`. */
static bool open_entry(struct store *store, const struct verified_state *state, sqlite3_stmt *stmt,
		       uint64_t expected, struct buf *plain, struct error *err)
{
	const unsigned char *nonce, *sealed;
	uint64_t seq;
	size_t len;

	if (!statement_number(stmt, 0, 1, &seq) ||
	    !statement_blob(stmt, 1, SEAL_NONCE_BYTES, SEAL_NONCE_BYTES, &nonce, NULL) ||
	    !statement_blob(stmt, 2, 1, CHAIN_SEALED_MAX, &sealed, &len))
		return error_set(err, ERROR_TAMPERED, "entry %llu of the log was changed",
				 (unsigned long long)expected);
	if (seq != expected)
		return error_set(err, ERROR_TAMPERED, "entry %llu of the log is missing",
				 (unsigned long long)expected);
	return chain_open(&state->segment_keys, store->vault_id, state->segment.number, seq, nonce,
			  sealed, len, plain, err);
}

bool segment_walk(struct store *store, const struct verified_state *state, struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_LOG_FROM);
	struct buf plain = BUF_INIT(CHAIN_PLAIN_MAX + 1);
	unsigned char head[SEAL_DIGEST_BYTES], next[SEAL_DIGEST_BYTES];
	uint64_t seq = state->segment.first - 1;
	bool row, ok = false;

	memcpy(head, state->segment.head, sizeof(head));
	/* From the lowest number there can be, so that none hides in front. */
	(void)sqlite3_bind_int64(stmt, 1, INT64_MIN);
	for (;;) {
		if (!statement_step(&store->statements, stmt, &row, err))
			goto out;
		if (!row)
			break;
		seq++;
		if (!open_entry(store, state, stmt, seq, &plain, err) ||
		    !chain_head(&state->segment_keys, store->vault_id, seq, head, plain.data,
				plain.len, next, err))
			goto out;
		memcpy(head, next, sizeof(head));
	}
	if (seq != state->manifest.log_count) {
		error_set(err, ERROR_TAMPERED,
			  "entries of the log are missing or were added (%llu instead of %llu)",
			  (unsigned long long)seq, (unsigned long long)state->manifest.log_count);
		goto out;
	}
	if (memcmp(head, state->manifest.log_head, sizeof(head)) != 0) {
		error_set(err, ERROR_TAMPERED, "an entry of the log is not the one that was saved");
		goto out;
	}
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	buf_clear(&plain);
	return ok;
}

uint64_t segment_next(const struct txn *txn)
{
	return txn->log_count + 1;
}

bool segment_append(struct txn *txn, const void *plain, size_t len, struct error *err)
{
	struct store *store = txn->store;
	struct verified_state *state = &store->state;
	struct buf sealed = BUF_INIT(CHAIN_SEALED_MAX);
	unsigned char nonce[SEAL_NONCE_BYTES], head[SEAL_DIGEST_BYTES];
	uint64_t seq = segment_next(txn);
	sqlite3_stmt *stmt;
	bool ok = false;

	if (!chain_seal(&state->segment_keys, store->vault_id, state->segment.number, seq, plain,
			len, nonce, &sealed, err) ||
	    !chain_head(&state->segment_keys, store->vault_id, seq, txn->log_head, plain, len, head,
			err))
		goto out;
	stmt = statement_use(&store->statements, STATEMENT_LOG_INSERT);
	(void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)seq);
	(void)sqlite3_bind_blob(stmt, 2, nonce, sizeof(nonce), SQLITE_STATIC);
	(void)sqlite3_bind_blob(stmt, 3, sealed.data, (int)sealed.len, SQLITE_STATIC);
	txn->changed = true;
	ok = statement_finish(&store->statements, stmt, 1, err);
	(void)sqlite3_clear_bindings(stmt);
	if (!ok)
		goto out;
	txn->log_count = seq;
	memcpy(txn->log_head, head, sizeof(head));
out:
	buf_clear(&sealed);
	return ok;
}

bool segment_each(struct store *store, uint64_t from, uint64_t count, segment_fn *fn, void *arg,
		  struct error *err)
{
	struct buf plain = BUF_INIT(CHAIN_PLAIN_MAX + 1);
	sqlite3_stmt *stmt = NULL;
	uint64_t last;
	bool row, ok = false;

	(void)pthread_mutex_lock(&store->lock);
	if (!store_check_usable(store, err))
		goto out;
	last = store->state.manifest.log_count;
	if (from < 1 || from > last || count == 0) {
		ok = true;
		goto out;
	}
	if (count - 1 < last - from)
		last = from + count - 1;
	stmt = statement_use(&store->statements, STATEMENT_LOG_FROM);
	(void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)from);
	for (uint64_t seq = from; seq <= last; seq++) {
		if (!statement_step(&store->statements, stmt, &row, err))
			goto out;
		if (!row) {
			error_set(err, ERROR_TAMPERED, "entry %llu of the log is missing",
				  (unsigned long long)seq);
			goto out;
		}
		if (!open_entry(store, &store->state, stmt, seq, &plain, err) ||
		    !fn(arg, seq, &plain, err))
			goto out;
	}
	ok = true;
out:
	if (stmt)
		(void)sqlite3_reset(stmt);
	(void)pthread_mutex_unlock(&store->lock);
	buf_clear(&plain);
	return ok;
}

bool segment_verify(struct store *store, struct error *err)
{
	bool ok;

	(void)pthread_mutex_lock(&store->lock);
	ok = store_check_usable(store, err) && segment_walk(store, &store->state, err);
	(void)pthread_mutex_unlock(&store->lock);
	return ok;
}
