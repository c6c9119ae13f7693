/* SPDX-License-Identifier: MIT */
#include "vault/store/inspect/inspect.h"

#include "vault/base/file.h"
#include "vault/seal/header/header.h"
#include "vault/store/inspect/inspecting.h"

#include <stdio.h>
#include <string.h>

/* A part's error is a finding if the file is at fault; any other error ends the inspection. */
static bool found(struct inspecting *in, const struct error *why, struct error *err)
{
	if (why->code == ERROR_TAMPERED || why->code == ERROR_UNSAFE_FILE) {
		inspection_add(in->out, "%s", why->message);
		return true;
	}
	*err = *why;
	return false;
}

/* Checks who can reach the files, and whether the open file still has the vault's name. */
static bool look_at_files(struct inspecting *in, struct error *err)
{
	static const char *const ends[] = {"", "-wal", "-journal", "-shm"};
	const char *path = in->store->path;
	char directory[PATH_MAX], one[PATH_MAX + 16];
	struct error why;
	int moved = 0;
	bool exists;

	(void)snprintf(directory, sizeof(directory), "%.*s", (int)(file_name(path) - path - 1),
		       path);
	if (!file_check_directory(directory[0] ? directory : "/", &why) && !found(in, &why, err))
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)snprintf(one, sizeof(one), "%s%s", path, ends[i]);
		if (!file_check_private(one, STORE_FILE_MAX, &exists, &why) &&
		    !found(in, &why, err))
			return false;
	}
	if (sqlite3_file_control(in->store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) ==
		SQLITE_OK &&
	    moved)
		inspection_add(in->out, "the vault file was taken away or another one put in its "
					"place");
	return true;
}

/* SQLite's own messages are not repeated: the content of the file can influence them. */
static bool look_at_structure(struct inspecting *in, struct error *err)
{
	struct statements *statements = &in->store->statements;
	sqlite3_stmt *stmt = statement_use(statements, STATEMENT_INTEGRITY);
	struct error why;
	bool row;

	if (!statement_step(statements, stmt, &row, &why))
		return found(in, &why, err);
	if (!row || sqlite3_column_bytes(stmt, 0) != 2 ||
	    memcmp(sqlite3_column_blob(stmt, 0), "ok", 2) != 0)
		inspection_add(in->out, "the structure of the vault file is damaged");
	(void)sqlite3_reset(stmt);
	return true;
}

static bool look_at_header(struct inspecting *in, unsigned char digest[static SEAL_DIGEST_BYTES],
			   struct error *err)
{
	struct store *store = in->store;
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_HEADER_READ);
	const unsigned char *bytes;
	struct error why;
	size_t len;
	bool row;

	if (!statement_step(&store->statements, stmt, &row, &why))
		return found(in, &why, err);
	if (!row || !statement_blob(stmt, 0, 1, HEADER_BYTES_MAX, &bytes, &len))
		inspection_add(in->out, "the header is missing");
	else if (len != store->header.len || memcmp(bytes, store->header.data, len) != 0)
		inspection_add(in->out, "the header was changed while the vault was open");
	(void)sqlite3_reset(stmt);
	header_digest(store->header.data, store->header.len, digest);
	return true;
}

static bool look_at_manifest(struct inspecting *in,
			     const unsigned char header[static SEAL_DIGEST_BYTES],
			     struct error *err)
{
	struct store *store = in->store;
	const struct seal_ctx ctx = store_seal(store, in->keys);
	struct sealed_manifest sealed;
	struct manifest manifest;
	struct error why;
	bool ok = manifest_row_read(&store->statements, &sealed, &why);

	if (!ok && !found(in, &why, err))
		return false;
	if (in->memory) {
		if (ok && !manifest_row_same(&sealed, &in->memory->sealed))
			inspection_add(in->out,
				       "the manifest was changed while the vault was open");
		in->manifest = in->memory->manifest;
		in->has_manifest = true;
	} else if (ok) {
		ok = manifest_open(&ctx, sealed.nonce, sealed.sealed, sealed.len, &manifest, &why);
		if (!ok && why.code != ERROR_TAMPERED) {
			*err = why;
			return false;
		}
		if (!ok) {
			inspection_add(in->out,
				       "the manifest fails its seal: it was changed, or it "
				       "is of another vault or time");
			return true;
		}
		in->manifest = manifest;
		in->has_manifest = true;
		if (memcmp(header, manifest.header_digest, SEAL_DIGEST_BYTES) != 0)
			inspection_add(in->out, "the header was changed");
	}
	in->out->told = in->has_manifest;
	in->out->generation = in->manifest.generation;
	in->out->log_entries = in->manifest.log_count;
	return true;
}

static bool look_at_contents(struct inspecting *in, struct error *err)
{
	unsigned char header[SEAL_DIGEST_BYTES];

	return look_at_header(in, header, err) && look_at_manifest(in, header, err) &&
	       inspect_rows(in, err) && inspect_log(in, err);
}

/* The vault and epoch that a locked store's header claims; every seal is bound to them. */
static bool take_claims(struct inspecting *in, struct error *err)
{
	struct store *store = in->store;
	struct header header;

	if (!header_decode(store->header.data, store->header.len, &header, err))
		return false;
	memcpy(store->vault_id, header.vault_id, sizeof(store->vault_id));
	store->epoch = header.epoch;
	return true;
}

static bool inspect(struct inspecting *in, struct error *err)
{
	struct statements *statements = &in->store->statements;
	struct error why;
	bool ok;

	/* SQLite's cache can differ from the file, so the cache is dropped. */
	(void)sqlite3_db_release_memory(in->store->db);
	if (!statement_run(statements, STATEMENT_BEGIN_READ, -1, &why))
		return found(in, &why, err);
	ok = look_at_contents(in, err) && look_at_structure(in, err) && look_at_files(in, err);
	if (sqlite3_get_autocommit(in->store->db) == 0)
		(void)!statement_run(statements, STATEMENT_ROLLBACK, -1, &why);
	return ok;
}

bool store_inspect(struct store *store, const struct keys *keys, struct inspection *out,
		   struct error *err)
{
	struct inspecting in = {.store = store, .out = out};
	struct error why = ERROR_INIT;
	bool ok = false;

	*out = (struct inspection){.count = 0};
	(void)pthread_mutex_lock(&store->lock);
	if (!keys && !store_check_usable(store, err))
		goto out;
	in.keys = keys ? keys : &store->keys;
	in.memory = store->unlocked ? &store->state : NULL;
	if (!in.memory && !take_claims(&in, &why))
		ok = found(&in, &why, err);
	else
		ok = inspect(&in, err);
out:
	(void)pthread_mutex_unlock(&store->lock);
	return ok;
}

void inspect_explain(struct store *store, const struct keys *keys, struct error *err)
{
	struct inspection inspection = {.count = 0};
	struct inspecting in = {.store = store,
				.keys = keys,
				.memory = store->unlocked ? &store->state : NULL,
				.out = &inspection};
	struct error ignored;

	if (err->code != ERROR_TAMPERED || !look_at_contents(&in, &ignored) ||
	    inspection.count == 0)
		return;
	error_set(err, ERROR_TAMPERED, "%s", inspection.problems[0]);
	for (size_t i = 1; i < inspection.count; i++)
		error_detail(err, "also: %s", inspection.problems[i]);
	error_detail(err, "Nothing was opened. Keep a copy of the file.");
	error_hint(err, "credvault verify");
}
