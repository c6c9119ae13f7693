/* SPDX-License-Identifier: MIT */
#include "vault/store/change/batch.h"

#include "vault/base/clock.h"
#include "vault/seal/record/manifest.h"
#include "vault/store/handle.h"
#include "vault/store/verified/manifest_row.h"
#include "vault/store/file/statement.h"
#include "vault/store/txn.h"
#include "vault/store/verified/verified_rows.h"
#include "vault/store/witness/witness.h"
#include "vault/store/change/witnessed.h"

#include <stdio.h>
#include <string.h>

static void fail_all(struct waiter *const *waiters, size_t count, const struct error *why)
{
	for (size_t i = 0; i < count; i++) {
		/* A waiter whose own function failed keeps its own error. */
		if (!waiters[i]->ok && waiters[i]->err->code != ERROR_NONE)
			continue;
		waiters[i]->ok = false;
		*waiters[i]->err = *why;
	}
}

void batch_undo(struct store *store)
{
	struct error ignored;

	if (sqlite3_get_autocommit(store->db) == 0)
		(void)!statement_run(&store->statements, STATEMENT_ROLLBACK, -1, &ignored);
	verified_rows_undo(&store->state.rows, 0);
}

/* Runs one caller's function and undoes its changes if it fails. False ends the whole batch. */
static bool run_one(struct store *store, struct txn *txn, struct waiter *waiter, bool alone,
		    struct error *err)
{
	const struct txn before = *txn;
	size_t mark = verified_rows_mark(&store->state.rows);

	if (!alone && !statement_run(&store->statements, STATEMENT_SAVEPOINT, -1, err))
		return false;
	*waiter->err = ERROR_INIT;
	txn->room = waiter->room;
	waiter->ok = waiter->fn(txn, waiter->arg, waiter->err);
	if (sqlite3_get_autocommit(store->db) != 0) {
		/* SQLite has undone everything by itself: a full disk, no memory. */
		*err = *waiter->err;
		if (waiter->ok)
			error_set(err, ERROR_IO, "the vault's transaction ended early");
		return false;
	}
	if (!waiter->ok) {
		verified_rows_undo(&store->state.rows, mark);
		*txn = before;
		if (!alone && !statement_run(&store->statements, STATEMENT_ROLLBACK_TO, -1, err))
			return false;
	}
	return alone || statement_run(&store->statements, STATEMENT_RELEASE, -1, err);
}

bool batch_begin(struct store *store, struct error *err)
{
	struct sealed_manifest sealed;

	if (!statement_run(&store->statements, STATEMENT_BEGIN_WRITE, -1, err) ||
	    !manifest_row_read(&store->statements, &sealed, err))
		return false;
	if (!manifest_row_same(&sealed, &store->state.sealed))
		return error_set(err, ERROR_TAMPERED, "the vault was changed while it was open");
	return true;
}

void batch_next_manifest(const struct store *store, struct manifest *manifest)
{
	*manifest = store->state.manifest;
	manifest->generation++;
	witnessed_next(store, manifest);
	manifest->updated_at = clock_real_s(&clock_system);
	(void)snprintf(manifest->writer, sizeof(manifest->writer), "credvault-agent %s",
		       CV_VERSION);
}

/*
 * Whether a COMMIT that failed has still reached the disk: the manifest now in the file decides. If
 * the file has neither the new manifest nor the last one, the store is unusable from then on
 * (poisoned).
 */
static bool reached(struct store *store, const struct sealed_manifest *sealed)
{
	struct sealed_manifest found;
	struct error ignored;

	if (sqlite3_get_autocommit(store->db) == 0)
		(void)!statement_run(&store->statements, STATEMENT_ROLLBACK, -1, &ignored);
	if (manifest_row_read(&store->statements, &found, &ignored)) {
		if (manifest_row_same(&found, sealed))
			return true;
		if (manifest_row_same(&found, &store->state.sealed))
			return false;
	}
	store->poisoned = true;
	return false;
}

bool batch_commit(struct store *store, const struct seal_ctx *ctx, const struct manifest *manifest,
		  struct sealed_manifest *sealed, struct error *err)
{
	struct statements *statements = &store->statements;

	return manifest_row_seal(ctx, manifest, sealed, err) &&
	       manifest_row_write(statements, STATEMENT_MANIFEST_UPDATE, sealed, err) &&
	       (statement_run(statements, STATEMENT_COMMIT, -1, err) || reached(store, sealed));
}

/* Runs every caller's function and commits the new manifest. */
static bool transact(struct store *store, struct waiter *const *waiters, size_t count,
		     struct error *err)
{
	const struct seal_ctx ctx = store_seal(store, &store->keys);
	struct txn txn = {.store = store, .log_count = store->state.manifest.log_count};
	struct sealed_manifest sealed;
	struct manifest manifest;
	struct error ignored;

	memcpy(txn.log_head, store->state.manifest.log_head, sizeof(txn.log_head));
	if (!batch_begin(store, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!run_one(store, &txn, waiters[i], count == 1, err))
			return false;
	}
	if (!txn.changed) {
		batch_undo(store);
		return true;
	}
	batch_next_manifest(store, &manifest);
	manifest.rows = store->state.rows.count;
	manifest.log_count = txn.log_count;
	memcpy(manifest.log_head, txn.log_head, sizeof(manifest.log_head));
	if (!verified_rows_root(&store->state.rows, &store->keys, manifest.root, err) ||
	    !batch_commit(store, &ctx, &manifest, &sealed, err))
		return false;
	store->state.manifest = manifest;
	store->state.sealed = sealed;
	store->state.log_bytes += txn.log_bytes;
	verified_rows_settle(&store->state.rows);
	/*
	 * The mark follows the commit; in the other order a crash between them would look like a
	 * rollback.
	 */
	(void)!witnessed_note(store, txn.keys_changed ? WITNESS_KEYS : WITNESS_LOG, &ignored);
	return true;
}

void batch_run(struct store *store, struct waiter *const *waiters, size_t count)
{
	struct error err;

	for (size_t i = 0; i < count; i++) {
		waiters[i]->ok = false;
		*waiters[i]->err = ERROR_INIT;
	}
	if (!store_check_usable(store, &err)) {
		fail_all(waiters, count, &err);
		return;
	}
	if (!transact(store, waiters, count, &err)) {
		batch_undo(store);
		fail_all(waiters, count, &err);
	}
}
