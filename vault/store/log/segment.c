/* SPDX-License-Identifier: MIT */
#include "vault/store/log/segment.h"

#include "vault/base/file.h"
#include "vault/base/shell_word.h"
#include "vault/base/text.h"
#include "vault/seal/record/chain.h"
#include "vault/store/handle.h"
#include "vault/store/log/segment_prune.h"
#include "vault/store/log/segment_file.h"
#include "vault/store/log/segment_row.h"
#include "vault/store/file/statement.h"
#include "vault/store/txn.h"
#include "vault/store/verified/verified_state.h"

#include <string.h>

/*
 * A segment that cannot be closed refuses ordinary entries (a flood repeats those) at this many
 * times its limit.
 */
enum { OVERFULL = 8 };

/* Opens the entry in the statement's current row; its number must be `expected`. */
static bool open_entry(struct store *store, const struct verified_state *state, sqlite3_stmt *stmt,
		       uint64_t expected, struct buf *plain, struct error *err)
{
	const unsigned char *nonce, *sealed;
	struct chain_place place;
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
	place = (struct chain_place){&state->segment_keys, store->vault_id, state->segment.number,
				     seq};
	return chain_open(&place, nonce, sealed, len, plain, err);
}

bool segment_copy(struct store *store, struct verified_state *state, struct buf *file,
		  struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_LOG_FROM);
	struct buf plain = BUF_INIT(CHAIN_PLAIN_MAX + 1);
	unsigned char head[SEAL_DIGEST_BYTES], next[SEAL_DIGEST_BYTES];
	struct chain_place place = {.keys = &state->segment_keys,
				    .vault_id = store->vault_id,
				    .segment = state->segment.number,
				    .number = state->segment.first - 1};
	uint64_t bytes = 0;
	bool row, ok = false;

	memcpy(head, state->segment.head, sizeof(head));
	/*
	 * Starts at the lowest possible number, so that a row with a negative number is seen too.
	 */
	(void)sqlite3_bind_int64(stmt, 1, INT64_MIN);
	for (;;) {
		if (!statement_step(&store->statements, stmt, &row, err))
			goto out;
		if (!row)
			break;
		place.number++;
		if (!open_entry(store, state, stmt, place.number, &plain, err) ||
		    !chain_head(&place, head, plain.data, plain.len, next, err))
			goto out;
		memcpy(head, next, sizeof(head));
		bytes += (uint64_t)sqlite3_column_bytes(stmt, 2);
		/* open_entry() has checked both columns. */
		if (file && !segment_file_add(file, sqlite3_column_blob(stmt, 1),
					      sqlite3_column_blob(stmt, 2),
					      (size_t)sqlite3_column_bytes(stmt, 2), err))
			goto out;
	}
	if (place.number != state->manifest.log_count) {
		error_set(err, ERROR_TAMPERED,
			  "entries of the log are missing or were added (%llu instead of %llu)",
			  (unsigned long long)place.number,
			  (unsigned long long)state->manifest.log_count);
		goto out;
	}
	if (memcmp(head, state->manifest.log_head, sizeof(head)) != 0) {
		error_set(err, ERROR_TAMPERED, "an entry of the log is not the one that was saved");
		goto out;
	}
	state->log_bytes = bytes;
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	buf_clear(&plain);
	return ok;
}

bool segment_walk(struct store *store, struct verified_state *state, struct error *err)
{
	return segment_copy(store, state, NULL, err);
}

uint64_t segment_next(const struct txn *txn)
{
	return txn->log_count + 1;
}

/*
 * A segment that cannot be closed must not fill the vault's file; changes with reserved room are
 * still accepted.
 */
static bool has_room(const struct txn *txn, struct error *err)
{
	const struct store *store = txn->store;
	const struct verified_state *state = &store->state;
	uint64_t entries = txn->log_count + 1 - state->segment.first;

	if (txn->room != STORE_ROOM_NONE || (entries < OVERFULL * store->segment_entries &&
					     state->log_bytes < OVERFULL * store->segment_bytes))
		return true;
	error_set(err, ERROR_IO, "the log is full: a part of it could not be put beside the vault");
	return error_hint(err, "df -h %s", SHELL_WORD(store->path));
}

bool segment_append(struct txn *txn, const void *plain, size_t len, struct error *err)
{
	struct store *store = txn->store;
	struct verified_state *state = &store->state;
	struct buf sealed = BUF_INIT(CHAIN_SEALED_MAX);
	unsigned char nonce[SEAL_NONCE_BYTES], head[SEAL_DIGEST_BYTES];
	const struct chain_place place = {&state->segment_keys, store->vault_id,
					  state->segment.number, segment_next(txn)};
	sqlite3_stmt *stmt;
	bool ok = false;

	if (!has_room(txn, err))
		return false;
	if (!chain_seal(&place, plain, len, nonce, &sealed, err) ||
	    !chain_head(&place, txn->log_head, plain, len, head, err))
		goto out;
	stmt = statement_use(&store->statements, STATEMENT_LOG_INSERT);
	(void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)place.number);
	(void)sqlite3_bind_blob(stmt, 2, nonce, sizeof(nonce), SQLITE_STATIC);
	(void)sqlite3_bind_blob(stmt, 3, sealed.data, (int)sealed.len, SQLITE_STATIC);
	txn->changed = true;
	ok = statement_finish(&store->statements, stmt, 1, err);
	(void)sqlite3_clear_bindings(stmt);
	if (!ok)
		goto out;
	txn->log_count = place.number;
	txn->log_bytes += sealed.len;
	memcpy(txn->log_head, head, sizeof(head));
out:
	buf_clear(&sealed);
	return ok;
}

/* The state of a walk over entries. */
struct reading {
	struct store *store;
	segment_fn *fn;
	void *arg;
	struct buf plain;
};

/* Reads entries `from` to `to` of the open segment; none may be missing. */
static bool read_open(struct reading *reading, uint64_t from, uint64_t to, struct error *err)
{
	struct store *store = reading->store;
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_LOG_FROM);
	bool row, ok = false;

	(void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)from);
	for (uint64_t seq = from; seq <= to; seq++) {
		if (!statement_step(&store->statements, stmt, &row, err))
			goto out;
		if (!row) {
			error_set(err, ERROR_TAMPERED, "entry %llu of the log is missing",
				  (unsigned long long)seq);
			goto out;
		}
		if (!open_entry(store, &store->state, stmt, seq, &reading->plain, err) ||
		    !reading->fn(reading->arg, seq, &reading->plain, err))
			goto out;
	}
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

/* Says which file cannot be read, and what that means. */
static bool lacks_file(const char *path, const struct chain_segment *segment, uint64_t last,
		       const struct error *why, struct error *err)
{
	char shown[256];

	text_escape_into(file_name(path), shown, sizeof(shown));
	error_set(err, why->code == ERROR_IO ? ERROR_IO : ERROR_TAMPERED,
		  "entries %llu to %llu of the log cannot be read: %s: %.200s",
		  (unsigned long long)segment->first, (unsigned long long)last, shown,
		  why->code == ERROR_NOT_FOUND ? "missing" : why->message);
	return error_hint(err, "credvault log --verify");
}

/* Reads entries of a closed segment. Each entry's seal proves its content and its place. */
static bool read_closed(struct reading *reading, size_t at, uint64_t from, uint64_t to,
			struct error *err)
{
	struct store *store = reading->store;
	const struct chain_segment *segment = &store->state.closed[at];
	struct chain_keys keys = {.payload = SECRET_EMPTY, .chain = SECRET_EMPTY};
	struct buf file = BUF_INIT(0);
	struct segment_file_walk walk;
	const unsigned char *nonce, *sealed;
	char path[SEGMENT_PATH_MAX];
	struct error why = ERROR_INIT;
	bool ok = false;
	size_t len;

	segment_file_path(store, segment, path);
	if (!segment_row_keys(store, &store->keys, &store->state, at, &keys, err))
		goto out;
	if (!segment_file_read(path, &file, &why) ||
	    !segment_file_begin(&walk, &file, store->vault_id, segment, &why)) {
		lacks_file(path, segment, segment_last(&store->state, at), &why, err);
		goto out;
	}
	for (uint64_t seq = segment->first; seq <= to; seq++) {
		const struct chain_place place = {&keys, store->vault_id, segment->number, seq};

		if (!segment_file_next(&walk, &nonce, &sealed, &len)) {
			error_set(err, ERROR_TAMPERED, "entry %llu of the log is missing",
				  (unsigned long long)seq);
			goto out;
		}
		if (seq < from)
			continue;
		if (!chain_open(&place, nonce, sealed, len, &reading->plain, err) ||
		    !reading->fn(reading->arg, seq, &reading->plain, err))
			goto out;
	}
	ok = true;
out:
	chain_keys_clear(&keys);
	buf_clear(&file);
	return ok;
}

bool segment_each(struct store *store, uint64_t from, uint64_t count, segment_fn *fn, void *arg,
		  struct error *err)
{
	const struct verified_state *state = &store->state;
	struct reading reading = {
	    .store = store, .fn = fn, .arg = arg, .plain = BUF_INIT(CHAIN_PLAIN_MAX + 1)};
	uint64_t last;
	bool ok = false;

	(void)pthread_mutex_lock(&store->lock);
	if (!store_check_usable(store, err))
		goto out;
	ok = true;
	last = state->manifest.log_count;
	if (from < 1 || from > last || count == 0)
		goto out;
	if (count - 1 < last - from)
		last = from + count - 1;
	if (from < segment_first(state))
		from = segment_first(state);
	for (size_t at = 0; ok && at < state->closed_count && from <= last; at++) {
		uint64_t end = segment_last(state, at);

		if (from > end)
			continue;
		ok = read_closed(&reading, at, from, end < last ? end : last, err);
		from = end + 1;
	}
	if (ok && from <= last)
		ok = read_open(&reading, from, last, err);
out:
	(void)pthread_mutex_unlock(&store->lock);
	buf_clear(&reading.plain);
	return ok;
}
