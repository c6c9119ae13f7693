/* SPDX-License-Identifier: MIT */
#include "vault/store/change/rekey.h"

#include "vault/base/clock.h"
#include "vault/seal/record/chain.h"
#include "vault/seal/header/header.h"
#include "vault/seal/record/manifest.h"
#include "vault/seal/record/record.h"
#include "vault/store/change/batch.h"
#include "vault/store/change/reserve.h"
#include "vault/store/file/sqlite_connection.h"
#include "vault/store/handle.h"
#include "vault/store/inspect/inspect.h"
#include "vault/store/inspect/verify_all.h"
#include "vault/store/verified/manifest_row.h"
#include "vault/store/verified/record_row.h"
#include "vault/store/log/segment_row.h"
#include "vault/store/file/statement.h"
#include "vault/store/txn.h"
#include "vault/store/verified/verified_rows.h"
#include "vault/store/verified/verified_state.h"
#include "vault/store/witness/witness.h"
#include "vault/store/change/witnessed.h"

#include <stdio.h>
#include <string.h>

/* The vault's next state. The store takes it over after the COMMIT; before that, it is freed. */
struct next {
	struct buf bytes;
	struct header header;
	bool rekeys;
	struct keys keys;	   /**< empty unless it rekeys */
	struct verified_rows rows; /**< likewise */
	struct chain_segment segment;
	struct manifest manifest;
	struct sealed_manifest sealed;
};

static void next_clear(struct next *next)
{
	buf_clear(&next->bytes);
	keys_clear(&next->keys);
	verified_rows_clear(&next->rows);
}

/*
 * The header must be the vault's next one; whether its MAC is good only the command line can tell.
 */
static bool next_init(struct next *next, const struct store *store, const struct buf *bytes,
		      const struct keys *keys, struct error *err)
{
	struct header now;

	*next = (struct next){.bytes = BUF_INIT(HEADER_BYTES_MAX), .rekeys = keys != NULL};
	verified_rows_init(&next->rows);
	next->segment = store->state.segment;
	if (!header_decode(store->header.data, store->header.len, &now, err) ||
	    !header_decode(bytes->data, bytes->len, &next->header, err) ||
	    !buf_append(&next->bytes, bytes->data, bytes->len, err))
		return false;
	if (memcmp(next->header.vault_id, now.vault_id, sizeof(now.vault_id)) != 0 ||
	    next->header.epoch != now.epoch + (next->rekeys ? 1 : 0) ||
	    next->header.created != now.created)
		return error_set(err, ERROR_FAILED, "the new header does not follow the vault's");
	if (next->rekeys ==
	    (memcmp(next->header.commitment, now.commitment, sizeof(now.commitment)) == 0))
		return error_set(err, ERROR_FAILED, "the new header is for another vault key");
	if (keys && keys_equal(keys, &store->keys))
		return error_set(err, ERROR_FAILED, "the new keys are the old ones");
	return !keys || keys_copy(&next->keys, keys, err);
}

static struct seal_ctx next_seal(const struct next *next, const struct store *store)
{
	return (struct seal_ctx){.keys = next->rekeys ? &next->keys : &store->keys,
				 .vault_id = store->vault_id,
				 .epoch = next->header.epoch};
}

/*
 * Reads the row with this id, which must be as verified, and seals it again into *out. The bytes of
 * *out belong to *sealed.
 */
static bool reseal(struct store *store, const struct next *next,
		   const struct verified_rows_row *verified, struct record_row *out,
		   struct buf *sealed, struct error *err)
{
	const struct seal_ctx from = store_seal(store, &store->keys), to = next_seal(next, store);
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_REC_ID);
	unsigned char digest[SEAL_DIGEST_BYTES];
	struct record_row row;
	bool found, ok = false;

	(void)sqlite3_bind_blob(stmt, 1, verified->id, sizeof(verified->id), SQLITE_STATIC);
	if (!statement_step(&store->statements, stmt, &found, err))
		return false;
	if (!found) {
		error_set(err, ERROR_TAMPERED, "a row of the vault vanished while it was open");
		goto out;
	}
	if (!record_row_read(stmt, &row, err) ||
	    !manifest_row_digest(&store->keys, &row, digest, err))
		goto out;
	if (!verified_rows_is(&store->state.rows, &row.id, digest)) {
		error_set(err, ERROR_TAMPERED, "a row of the vault was changed while it was open");
		goto out;
	}
	ok = record_reseal(&from, &to, &row, out, sealed, err);
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

static bool reseal_all(struct store *store, struct next *next, struct error *err)
{
	struct buf sealed = BUF_INIT(RECORD_SEALED_MAX);
	unsigned char digest[SEAL_DIGEST_BYTES];
	struct record_row row;
	bool ok = false;

	for (int i = 0; i < MANIFEST_BUCKETS; i++) {
		const struct verified_rows_bucket *bucket = &store->state.rows.buckets[i];

		for (size_t at = 0; at < bucket->count; at++) {
			if (!reseal(store, next, &bucket->rows[at], &row, &sealed, err) ||
			    !record_row_write(&store->statements, STATEMENT_REC_RESEAL, &row,
					      err) ||
			    !manifest_row_digest(&next->keys, &row, digest, err) ||
			    !verified_rows_load(&next->rows, &row.id, digest, err))
				goto out;
		}
	}
	ok = true;
out:
	buf_clear(&sealed);
	return ok;
}

/* The table must hold exactly the rows that were just written. */
static bool check_rows(struct store *store, const struct next *next, struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_REC_ALL);
	unsigned char digest[SEAL_DIGEST_BYTES];
	struct record_row row;
	uint64_t count = 0;
	bool more, ok = false;

	for (;;) {
		if (!statement_step(&store->statements, stmt, &more, err))
			goto out;
		if (!more)
			break;
		if (!record_row_read(stmt, &row, err) ||
		    !manifest_row_digest(&next->keys, &row, digest, err))
			goto out;
		count += verified_rows_is(&next->rows, &row.id, digest) ? 1 : next->rows.count + 1;
	}
	if (count != next->rows.count) {
		error_set(err, ERROR_TAMPERED, "a row of the vault was changed while it was open");
		goto out;
	}
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

static bool write_header(struct store *store, const struct buf *bytes, struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_HEADER_UPDATE);
	bool ok;

	(void)sqlite3_bind_blob(stmt, 1, bytes->data, (int)bytes->len, SQLITE_STATIC);
	ok = statement_finish(&store->statements, stmt, 1, err);
	(void)sqlite3_clear_bindings(stmt);
	return ok;
}

/* One transaction; on failure nothing has changed. */
static bool transact(struct store *store, struct next *next, const struct rekey_also *also,
		     struct error *err)
{
	const struct seal_ctx to = next_seal(next, store);
	struct verified_rows *rows = next->rekeys ? &next->rows : &store->state.rows;
	struct txn txn = {.store = store, .log_count = store->state.manifest.log_count};
	struct manifest *manifest = &next->manifest;

	memcpy(txn.log_head, store->state.manifest.log_head, sizeof(txn.log_head));
	/* The log entry is sealed under the old keys, like all earlier entries. */
	if (!batch_begin(store, err) || (also && !also->fn(&txn, also->arg, err)))
		return false;
	if (next->rekeys && (!reseal_all(store, next, err) || !check_rows(store, next, err) ||
			     !segment_rewrap(store, &to, &next->segment, err)))
		return false;
	batch_next_manifest(store, manifest);
	manifest->rows = rows->count;
	manifest->log_count = txn.log_count;
	memcpy(manifest->log_head, txn.log_head, sizeof(manifest->log_head));
	header_digest(next->bytes.data, next->bytes.len, manifest->header_digest);
	return write_header(store, &next->bytes, err) &&
	       verified_rows_root(rows, to.keys, manifest->root, err) &&
	       batch_commit(store, &to, manifest, &next->sealed, err);
}

/* Runs after the COMMIT and cannot fail. */
static void take_over(struct store *store, struct next *next)
{
	struct verified_state *state = &store->state;

	buf_clear(&store->header);
	store->header = next->bytes;
	next->bytes = BUF_INIT(HEADER_BYTES_MAX);
	store->epoch = next->header.epoch;
	memcpy(store->commitment, next->header.commitment, sizeof(store->commitment));
	state->manifest = next->manifest;
	state->sealed = next->sealed;
	state->segment = next->segment;
	if (next->rekeys) {
		verified_rows_clear(&state->rows);
		state->rows = next->rows;
		verified_rows_init(&next->rows);
		keys_move(&store->keys, &next->keys);
		store_note_keys(store);
	}
	verified_rows_settle(&state->rows);
}

/* Verifies the whole vault as the next process to open it will read it. */
static bool read_back(struct store *store, struct error *err)
{
	struct verified_state state = {.segment.number = 0};
	struct error ignored;
	bool ok;

	verified_rows_init(&state.rows);
	ok = statement_run(&store->statements, STATEMENT_BEGIN_READ, -1, err);
	if (ok) {
		ok = verify_all(store, &store->keys, &state, err);
		if (!ok)
			inspect_explain(store, &store->keys, err);
		else if (!manifest_row_same(&state.sealed, &store->state.sealed))
			ok = error_set(err, ERROR_TAMPERED,
				       "the vault was changed while it was open");
		(void)!statement_run(&store->statements, STATEMENT_ROLLBACK, -1, &ignored);
	}
	verified_state_clear(&state);
	store->poisoned = !ok;
	return ok;
}

static bool erase(struct store *store, struct error *err)
{
	struct error why;

	/* A second try, since the obstacle to the first may be gone. */
	if (sqlite_connection_checkpoint(store->db, &why) ||
	    sqlite_connection_checkpoint(store->db, &why)) {
		reserve_prefill(store);
		return true;
	}
	error_set(err, ERROR_IO, "what was replaced could not be erased: %.300s", why.message);
	error_detail(err, "The change itself is made; the vault's journal still holds old keys.");
	return error_hint(err, "credvault unlock   (tries again)");
}

/*
 * The marking and the erasing are independent: a full disk beside the vault must not leave old keys
 * in the journal.
 */
static bool finish(struct store *store, struct error *err)
{
	struct error why;
	bool marked = witnessed_note(store, WITNESS_KEYS, &why);

	if (!erase(store, err))
		return false;
	if (!marked) {
		*err = why;
		return error_detail(err, "The change itself is made.");
	}
	return true;
}

static bool change(struct store *store, const struct buf *bytes, const struct keys *keys,
		   const struct rekey_also *also, bool *changed, struct error *err)
{
	struct next next = {.rekeys = false};
	bool ok = false;

	*changed = false;
	(void)pthread_mutex_lock(&store->lock);
	if (!store_check_usable(store, err) || !next_init(&next, store, bytes, keys, err))
		goto out;
	if (!transact(store, &next, also, err)) {
		batch_undo(store);
		goto out;
	}
	*changed = true;
	take_over(store, &next);
	ok = read_back(store, err) && finish(store, err);
out:
	(void)pthread_mutex_unlock(&store->lock);
	next_clear(&next);
	return ok;
}

bool store_rekey(struct store *store, const struct buf *header, const struct keys *keys,
		 const struct rekey_also *also, bool *changed, struct error *err)
{
	return change(store, header, keys, also, changed, err);
}

bool store_set_header(struct store *store, const struct buf *header, const struct rekey_also *also,
		      bool *changed, struct error *err)
{
	return change(store, header, NULL, also, changed, err);
}
