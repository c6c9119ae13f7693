/* SPDX-License-Identifier: MIT */
#include "vault/base/file.h"
#include "vault/base/process.h"
#include "vault/base/text.h"
#include "vault/seal/header/header.h"
#include "vault/seal/record/manifest.h"
#include "vault/store/file/engine.h"
#include "vault/store/verified/manifest_row.h"
#include "vault/store/file/new_file.h"
#include "vault/store/log/segment_row.h"
#include "vault/store/file/statement.h"
#include "vault/store/store.h"
#include "vault/store/verified/verified_rows.h"
#include "vault/store/change/witnessed.h"
#include "vault/store/witness/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The value from linux/fs.h, for C libraries whose stdio.h lacks the constant. */
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

enum { SUFFIX_BYTES = 8, NEW_PATH_MAX = PATH_MAX + 32 };

static const char *const companions[] = {"", "-journal", "-wal", "-shm"};

/* No file of these names may exist: SQLite would play an old journal into the new vault. */
static bool check_free(const char *path, struct error *err)
{
	char beside[NEW_PATH_MAX], shown[256];
	struct stat st;

	for (size_t i = 0; i < sizeof(companions) / sizeof(companions[0]); i++) {
		(void)snprintf(beside, sizeof(beside), "%s%s", path, companions[i]);
		if (lstat(beside, &st) == 0) {
			text_escape_into(beside, shown, sizeof(shown));
			return error_set(err, ERROR_EXISTS, "%s is there already", shown);
		}
		if (errno != ENOENT)
			return error_set_errno(err, ERROR_IO, errno, "cannot make the vault");
	}
	return true;
}

/* The start of a new vault: its decoded header and its first manifest. */
struct first {
	struct header header;
	struct manifest manifest;
};

static bool first_write(struct new_file *file, const struct store_new *fresh, struct first *first,
			struct error *err)
{
	const struct seal_ctx ctx = {
	    .keys = fresh->keys, .vault_id = first->header.vault_id, .epoch = first->header.epoch};
	struct manifest *manifest = &first->manifest;
	const struct buf *bytes = fresh->header;
	struct sealed_manifest sealed;
	struct verified_rows none;

	if (!new_file_write_header(file, bytes, err))
		return false;
	*manifest = (struct manifest){.generation = 1, .updated_at = fresh->now};
	header_digest(bytes->data, bytes->len, manifest->header_digest);
	(void)snprintf(manifest->writer, sizeof(manifest->writer), "credvault-agent %s",
		       CV_VERSION);
	verified_rows_init(&none);
	return segment_create(&file->statements, &ctx, err) &&
	       verified_rows_root(&none, fresh->keys, manifest->root, err) &&
	       manifest_row_seal(&ctx, manifest, &sealed, err) &&
	       manifest_row_write(&file->statements, STATEMENT_MANIFEST_INSERT, &sealed, err);
}

/* Builds a complete vault under a temporary name and closes it again. */
static bool vault_build(const char *path, const struct store_new *fresh, struct first *first,
			struct error *err)
{
	struct new_file file = NEW_FILE_EMPTY;
	bool ok = header_decode(fresh->header->data, fresh->header->len, &first->header, err) &&
		  new_file_begin(&file, path, err) && first_write(&file, fresh, first, err) &&
		  new_file_commit(&file, err);

	return new_file_close(&file, ok, err);
}

static void forget(struct witness *witness)
{
	if (witness)
		witness_remove(witness);
	witness_close(witness);
}

/* Writes the first mark before the vault has its name: a mark without a vault does no harm. */
static bool first_mark(const char *path, const struct store_new *fresh, const struct first *first,
		       struct witness **out, struct error *err)
{
	struct mark mark = mark_of(&first->manifest, first->header.epoch, first->header.commitment);

	return witness_open(fresh->state_directory, path, first->header.vault_id, out, err) &&
	       witness_accept(*out, fresh->keys, &mark, err);
}

bool store_create(const struct store_new *fresh, struct store **out, struct error *err)
{
	struct witness *witness = NULL;
	struct first first;
	char resolved[PATH_MAX], directory[PATH_MAX], built[NEW_PATH_MAX],
	    hex[2 * SUFFIX_BYTES + 1];
	unsigned char suffix[SUFFIX_BYTES];
	struct error ignored;

	*out = NULL;
	(void)umask(077);
	if (!process_open_standard_fds(err) || !file_resolve(fresh->path, resolved, err))
		return false;
	(void)snprintf(directory, sizeof(directory), "%.*s",
		       (int)(file_name(resolved) - resolved - 1), resolved);
	if (directory[0] == '\0')
		(void)snprintf(directory, sizeof(directory), "/");
	if (!file_check_directory(directory, err) || !check_free(resolved, err) ||
	    !engine_start(err))
		return false;
	secret_random_bytes(suffix, sizeof(suffix));
	text_hex(suffix, sizeof(suffix), hex);
	(void)snprintf(built, sizeof(built), "%s.new-%s", resolved, hex);
	/*
	 * The rename puts a finished vault under the name: a power cut leaves a whole vault or
	 * none.
	 */
	if (!vault_build(built, fresh, &first, err) ||
	    (fresh->state_directory && !first_mark(resolved, fresh, &first, &witness, err))) {
		new_file_remove(built);
		forget(witness);
		return false;
	}
	if (renameat2(AT_FDCWD, built, AT_FDCWD, resolved, RENAME_NOREPLACE) != 0) {
		error_set_errno(err, errno == EEXIST ? ERROR_EXISTS : ERROR_IO, errno,
				"cannot make the vault");
		new_file_remove(built);
		forget(witness);
		return false;
	}
	if ((!file_sync_directory(resolved) &&
	     !error_set_errno(err, ERROR_IO, errno, "cannot make the vault")) ||
	    !store_open(resolved, out, err) ||
	    (fresh->state_directory && !store_set_witness(*out, fresh->state_directory, err)) ||
	    !store_unlock(*out, fresh->keys, err)) {
		(void)store_close(*out, &ignored);
		*out = NULL;
		new_file_remove(resolved);
		forget(witness);
		return false;
	}
	witness_close(witness);
	return true;
}
