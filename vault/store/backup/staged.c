/* SPDX-License-Identifier: MIT */
#include "vault/store/backup/staged.h"

#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/digest.h"
#include "vault/seal/header/header.h"
#include "vault/store/backup/copy.h"
#include "vault/store/file/new_file.h"
#include "vault/store/handle.h"
#include "vault/store/store.h"

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

enum { AGREED_MAX = 64 * 1024 };

/* The digest of a verified vault's manifest, which changes with every commit. */
static void staged_manifest_digest(const struct store *store,
				   unsigned char out[static STAGED_DIGEST_BYTES])
{
	const struct sealed_manifest *sealed = &store->state.sealed;
	unsigned char both[SEAL_NONCE_BYTES + MANIFEST_SEALED_MAX];

	memcpy(both, sealed->nonce, SEAL_NONCE_BYTES);
	memcpy(both + SEAL_NONCE_BYTES, sealed->sealed, sealed->len);
	digest_sha256(both, SEAL_NONCE_BYTES + sealed->len, out);
}

/* Reads the backup as it came, and writes the turned copy beside it. */
static bool staged_turn(const char *path, const struct keys *keys, struct staged *out,
			struct error *err)
{
	struct store *came = NULL;
	struct copy_facts facts;
	struct error ignored;
	bool ok = store_open_waiting(path, 0, &came, err) && store_unlock(came, keys, err);

	if (ok) {
		staged_manifest_digest(came, out->digest);
		out->epoch = came->epoch;
		out->log_count = came->state.manifest.log_count;
		out->generation = came->state.manifest.generation;
		out->updated_at = came->state.manifest.updated_at;
		memcpy(out->vault_id, came->vault_id, sizeof(out->vault_id));
		new_file_remove(out->path);
		ok = copy_write(came, out->path, &facts, err);
	}
	(void)store_close(came, &ignored);
	/* The store has taken room for itself beside the backup. */
	(void)snprintf(out->path, sizeof(out->path), "%s.reserve", path);
	(void)unlink(out->path);
	(void)snprintf(out->path, sizeof(out->path), "%s.turned", path);
	return ok;
}

bool staged_open(const char *path, const struct keys *keys, struct staged *out, struct error *err)
{
	*out = STAGED_EMPTY;
	(void)snprintf(out->path, sizeof(out->path), "%s.turned", path);
	if (staged_turn(path, keys, out, err) &&
	    store_open_waiting(out->path, 0, &out->store, err) &&
	    store_unlock(out->store, keys, err))
		return true;
	staged_close(out);
	return false;
}

void staged_close(struct staged *staged)
{
	struct error ignored;

	(void)store_close(staged->store, &ignored);
	if (staged->path[0])
		new_file_remove(staged->path);
	*staged = STAGED_EMPTY;
}

bool staged_finding(const struct staged *staged, const char *vault_path,
		    const char *state_directory, const struct keys *keys,
		    struct witness_finding *out, struct error *err)
{
	const struct store *store = staged->store;
	const struct manifest *manifest = &store->state.manifest;
	const struct mark vault = mark_of(manifest, store->epoch, store->commitment);
	struct witness *witness = NULL;
	bool ok = witness_open(state_directory, vault_path, staged->vault_id, &witness, err) &&
		  witness_check(witness, keys, &vault, manifest->mark_digest, out, err);

	witness_close(witness);
	return ok;
}

bool staged_is_outdated(const struct witness_finding *finding, uint64_t epoch)
{
	const struct pin *pin = &finding->pin;

	if (finding->mark.sequence > 0)
		return finding->mark.epoch > epoch;
	return pin->there && !pin->damaged &&
	       memcmp(pin->commitment, finding->vault.commitment, SEAL_DIGEST_BYTES) != 0;
}

/* SQLite would play an old journal into the vault that comes. */
static bool staged_check_free(const char *vault_path, struct error *err)
{
	static const char *const companions[] = {"", "-journal", "-wal", "-shm"};
	char beside[PATH_MAX + 16], shown[256];
	struct stat st;

	for (size_t i = 0; i < sizeof(companions) / sizeof(companions[0]); i++) {
		(void)snprintf(beside, sizeof(beside), "%s%s", vault_path, companions[i]);
		if (lstat(beside, &st) != 0)
			continue;
		text_escape_into(beside, shown, sizeof(shown));
		error_set(err, ERROR_EXISTS, "%s is there", shown);
		if (i > 0)
			error_detail(err, "It belongs to a vault that is not there any more. Move "
					  "it away, and keep it.");
		return false;
	}
	return true;
}

bool staged_install(struct staged *staged, const char *vault_path, struct error *err)
{
	struct store *store = staged->store;
	char reserve[sizeof(staged->path) + 16];
	bool ok;

	(void)snprintf(reserve, sizeof(reserve), "%s.reserve", staged->path);
	staged->store = NULL;
	ok = store_close(store, err);
	(void)unlink(reserve);
	ok = ok && staged_check_free(vault_path, err);
	if (ok && renameat2(AT_FDCWD, staged->path, AT_FDCWD, vault_path, RENAME_NOREPLACE) != 0)
		ok = error_set_errno(err, errno == EEXIST ? ERROR_EXISTS : ERROR_IO, errno,
				     "cannot put the vault in its place");
	if (ok && !file_sync_directory(vault_path)) {
		ok = error_set_errno(err, ERROR_IO, errno, "cannot put the vault in its place");
		/* Whoever hears no finds no vault. */
		(void)rename(vault_path, staged->path);
	}
	staged_close(staged);
	return ok;
}

bool staged_agree(const struct staged *staged, struct store *vault, const char *const *drop,
		  size_t drop_count, unsigned char out[static STAGED_DIGEST_BYTES],
		  struct error *err)
{
	unsigned char digest[STAGED_DIGEST_BYTES] = {0};
	struct buf all = BUF_INIT(AGREED_MAX);
	bool ok;

	if (vault)
		staged_manifest_digest(vault, digest);
	ok = buf_append(&all, digest, sizeof(digest), err) &&
	     buf_append(&all, staged->digest, sizeof(staged->digest), err);
	for (size_t i = 0; ok && i < drop_count; i++)
		ok = buf_append(&all, drop[i], strlen(drop[i]) + 1, err);
	if (ok)
		digest_sha256(all.data, all.len, out);
	buf_clear(&all);
	return ok;
}
