/* SPDX-License-Identifier: MIT */
#include "vault/store/backup/copy.h"

#include "vault/base/clock.h"
#include "vault/base/file.h"
#include "vault/seal/header/header.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/record/manifest.h"
#include "vault/seal/record/record.h"
#include "vault/seal/record/rotation_record.h"
#include "vault/store/backup/copy_spare.h"
#include "vault/store/file/new_file.h"
#include "vault/store/file/statement.h"
#include "vault/store/handle.h"
#include "vault/store/inspect/verify_all.h"
#include "vault/store/rows/rows.h"
#include "vault/store/store.h"
#include "vault/store/verified/manifest_row.h"
#include "vault/store/verified/record_row.h"
#include "vault/store/verified/verified_rows.h"
#include "vault/store/verified/verified_state.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEGMENT_COLUMNS = 8, LOG_COLUMNS = 3 };

/* A copy in the making. */
struct copying {
	struct store *store;
	struct new_file file;
	struct verified_rows rows; /* of the copy */
	struct copy_facts *facts;
};

/* --- rows ------------------------------------------------------------------------------------- */

enum copy_fate { COPY_KEEPS, COPY_OMITS, COPY_TURNS };

/* Each table that is added has its place here: the compiler asks for it. */
static enum copy_fate copy_fate_of(enum record_table table)
{
	switch (table) {
	case TABLE_SESSION:
	case TABLE_MFA: return COPY_OMITS;
	case TABLE_ROTATION: return COPY_TURNS;
	case TABLE_KEY:
	case TABLE_USAGE:
	case TABLE_SETTINGS:
	case TABLE_CA_BUNDLE:
	case TABLE_ANCHOR: break;
	}
	/* Rows of a later program are kept as they are. */
	return COPY_KEEPS;
}

static bool copy_put(struct copying *copying, const struct record_row *row, struct error *err)
{
	unsigned char digest[SEAL_DIGEST_BYTES];

	if (row->id.table == TABLE_KEY)
		copying->facts->keys++;
	return record_row_write(&copying->file.statements, STATEMENT_REC_INSERT, row, err) &&
	       manifest_row_digest(&copying->store->keys, row, digest, err) &&
	       verified_rows_load(&copying->rows, &row->id, digest, err);
}

/* The key that is rotated; where it was removed meanwhile, what the rotation knows of it. */
static bool copy_rotated(struct copying *copying, const struct rotation_record *rotation,
			 struct access_key *out, struct error *err)
{
	struct txn txn = {.store = copying->store};
	struct buf plain = ROW_BUF;
	bool ok = row_read(&txn, TABLE_KEY, rotation->key_name, NULL, &plain, err);

	if (ok) {
		ok = access_key_decode(plain.data, plain.len, out, err);
	} else if (err->code == ERROR_NOT_FOUND) {
		*err = ERROR_INIT;
		access_key_init(out);
		(void)snprintf(out->region, sizeof(out->region), "%s", rotation->region);
		(void)snprintf(out->user_name, sizeof(out->user_name), "%s", rotation->user_name);
		(void)snprintf(out->arn, sizeof(out->arn), "%s", rotation->arn);
		ok = true;
	}
	buf_clear(&plain);
	return ok;
}

static bool copy_put_spare(struct copying *copying, const struct access_key *spare,
			   struct error *err)
{
	const struct seal_ctx ctx = store_seal(copying->store, &copying->store->keys);
	struct buf plain = ROW_BUF, sealed = BUF_INIT(RECORD_SEALED_MAX);
	struct record_row row;
	bool ok = record_id_new(&ctx, TABLE_KEY, spare->name, &row.id, err);

	/* Its name has the key's id: a key of this name is the same one. */
	if (ok && verified_rows_has_name(&copying->store->state.rows, row.id.name_index))
		return true;
	ok = ok && access_key_encode(spare, &plain, err) &&
	     record_seal(&ctx, &row.id, &plain, row.nonce, &sealed, err);
	if (ok) {
		row.sealed = sealed.data;
		row.sealed_len = sealed.len;
		copying->facts->spares++;
		ok = copy_put(copying, &row, err);
	}
	buf_clear(&plain);
	buf_clear(&sealed);
	return ok;
}

static bool copy_turn_rotation(struct copying *copying, const struct record_row *row,
			       struct error *err)
{
	const struct seal_ctx ctx = store_seal(copying->store, &copying->store->keys);
	struct buf plain = ROW_BUF;
	struct rotation_record rotation;
	struct access_key rotated, spare;
	bool ok;

	rotation_record_init(&rotation);
	access_key_init(&rotated);
	access_key_init(&spare);
	ok = record_open(&ctx, row, NULL, &plain, err) &&
	     rotation_record_decode(plain.data, plain.len, &rotation, err);
	if (ok && copy_spare_is_needed(&rotation))
		ok = copy_rotated(copying, &rotation, &rotated, err) &&
		     copy_spare_make(&rotation, &rotated, &spare, err) &&
		     copy_put_spare(copying, &spare, err);
	access_key_clear(&spare);
	access_key_clear(&rotated);
	rotation_record_clear(&rotation);
	buf_clear(&plain);
	return ok;
}

static bool copy_row(struct copying *copying, const struct record_row *row, struct error *err)
{
	switch (copy_fate_of((enum record_table)row->id.table)) {
	case COPY_KEEPS: return copy_put(copying, row, err);
	case COPY_TURNS: return copy_turn_rotation(copying, row, err);
	case COPY_OMITS: return true;
	}
	return true;
}

static bool copy_rows(struct copying *copying, struct error *err)
{
	struct store *store = copying->store;
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
		    !manifest_row_digest(&store->keys, &row, digest, err))
			goto out;
		if (!verified_rows_is(&store->state.rows, &row.id, digest)) {
			error_set(err, ERROR_TAMPERED,
				  "a row of the vault was changed while it was open");
			goto out;
		}
		count++;
		if (!copy_row(copying, &row, err))
			goto out;
	}
	ok = count == store->state.rows.count ||
	     error_set(err, ERROR_TAMPERED, "a row of the vault vanished while it was open");
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

/* --- the log ---------------------------------------------------------------------------------- */

/* Rows as they are: what they say is verified when the copy is read back. */
static bool copy_table(struct copying *copying, sqlite3_stmt *from, enum statement insert,
		       int columns, struct error *err)
{
	struct statements *source = &copying->store->statements;
	bool more, ok = true;

	while (ok) {
		sqlite3_stmt *into;

		if (!statement_step(source, from, &more, err))
			return false;
		if (!more)
			return true;
		into = statement_use(&copying->file.statements, insert);
		for (int i = 0; i < columns; i++)
			(void)sqlite3_bind_value(into, i + 1, sqlite3_column_value(from, i));
		ok = statement_finish(&copying->file.statements, into, 1, err);
		(void)sqlite3_clear_bindings(into);
	}
	(void)sqlite3_reset(from);
	return false;
}

static bool copy_log(struct copying *copying, struct error *err)
{
	struct statements *source = &copying->store->statements;
	sqlite3_stmt *entries;

	if (!copy_table(copying, statement_use(source, STATEMENT_SEGMENT_READ),
			STATEMENT_SEGMENT_INSERT, SEGMENT_COLUMNS, err))
		return false;
	entries = statement_use(source, STATEMENT_LOG_FROM);
	(void)sqlite3_bind_int64(entries, 1, INT64_MIN);
	return copy_table(copying, entries, STATEMENT_LOG_INSERT, LOG_COLUMNS, err);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Header, rows and log of one moment, and the manifest over them. */
static bool copy_fill(struct copying *copying, struct error *err)
{
	struct store *store = copying->store;
	const struct seal_ctx ctx = store_seal(store, &store->keys);
	struct manifest manifest = store->state.manifest;
	struct sealed_manifest sealed;

	if (!new_file_write_header(&copying->file, &store->header, err) ||
	    !copy_rows(copying, err) || !copy_log(copying, err))
		return false;
	manifest.rows = copying->rows.count;
	manifest.updated_at = clock_real_s(&clock_system);
	(void)snprintf(manifest.writer, sizeof(manifest.writer), "credvault-agent %s", CV_VERSION);
	return verified_rows_root(&copying->rows, &store->keys, manifest.root, err) &&
	       manifest_row_seal(&ctx, &manifest, &sealed, err) &&
	       manifest_row_write(&copying->file.statements, STATEMENT_MANIFEST_INSERT, &sealed,
				  err);
}

static bool copy_make(struct store *store, const char *path, struct copy_facts *facts,
		      struct error *err)
{
	struct copying copying = {.store = store, .file = NEW_FILE_EMPTY, .facts = facts};
	bool ok;

	verified_rows_init(&copying.rows);
	*facts = (struct copy_facts){.generation = store->state.manifest.generation,
				     .epoch = store->epoch,
				     .log_count = store->state.manifest.log_count,
				     .log_first = store->state.segment.first,
				     .updated_at = clock_real_s(&clock_system)};
	ok = new_file_begin(&copying.file, path, err) && copy_fill(&copying, err) &&
	     new_file_commit(&copying.file, err);
	ok = new_file_close(&copying.file, ok, err);
	verified_rows_clear(&copying.rows);
	return ok;
}

/* Reads the finished file as another vault, from the disk. */
static bool copy_verify(struct store *store, const char *path, struct error *err)
{
	struct verified_state state = {.segment.number = 0};
	struct store *copy = NULL;
	struct error ignored;
	struct header header;
	bool ok = store_open_waiting(path, 0, &copy, err) &&
		  header_decode(copy->header.data, copy->header.len, &header, err);

	verified_rows_init(&state.rows);
	if (ok) {
		memcpy(copy->vault_id, header.vault_id, sizeof(copy->vault_id));
		copy->epoch = header.epoch;
		ok = statement_run(&copy->statements, STATEMENT_BEGIN_READ, -1, err);
	}
	if (ok) {
		ok = verify_all(copy, &store->keys, &state, err);
		(void)!statement_run(&copy->statements, STATEMENT_ROLLBACK, -1, &ignored);
	}
	verified_state_clear(&state);
	return store_close(copy, ok ? err : &ignored) && ok;
}

bool copy_write(struct store *store, const char *path, struct copy_facts *out, struct error *err)
{
	struct stat st;
	bool ok;

	if (lstat(path, &st) == 0)
		return error_set(err, ERROR_EXISTS, "a file of the copy's name is there already");
	(void)pthread_mutex_lock(&store->lock);
	ok = store_check_usable(store, err);
	if (ok) {
		ok = copy_make(store, path, out, err) && copy_verify(store, path, err);
		if (ok && !file_sync_directory(path))
			ok = error_set(err, ERROR_IO, "cannot make the copy durable");
		if (!ok)
			new_file_remove(path);
	}
	(void)pthread_mutex_unlock(&store->lock);
	return ok;
}

void copies_sweep(const char *vault_path, const char *infix, int64_t before)
{
	const char *name = file_name(vault_path);
	size_t len = strlen(name);
	char directory[PATH_MAX], path[PATH_MAX + NAME_MAX];
	const struct dirent *entry;
	struct stat st;
	DIR *list;

	(void)snprintf(directory, sizeof(directory), "%.*s", (int)(name - vault_path), vault_path);
	list = opendir(directory);
	while (list && (entry = readdir(list))) {
		if (strncmp(entry->d_name, name, len) != 0 ||
		    strncmp(entry->d_name + len, infix, strlen(infix)) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s%s", directory, entry->d_name);
		if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime < before)
			(void)unlink(path);
	}
	if (list)
		(void)closedir(list);
}
