/* SPDX-License-Identifier: MIT */
#include "vault/store/change/witnessed.h"

#include "vault/base/clock.h"
#include "vault/seal/header/header.h"
#include "vault/seal/record/manifest.h"
#include "vault/store/handle.h"
#include "vault/store/witness/witness.h"

#include <string.h>
#include <sys/stat.h>

bool store_set_witness(struct store *store, const char *state_directory, struct error *err)
{
	struct witness *witness;
	struct header header;

	if (store->unlocked)
		return error_set(err, ERROR_FAILED, "the vault is unlocked without its witness");
	if (!header_decode(store->header.data, store->header.len, &header, err) ||
	    !witness_open(state_directory, store->path, header.vault_id, &witness, err))
		return false;
	witness_close(store->witness);
	store->witness = witness;
	store->found = false;
	return true;
}

bool witnessed_check(struct store *store, const struct keys *keys, const struct header *header,
		     const struct manifest *manifest, bool accept, struct error *err)
{
	struct mark vault = mark_of(manifest, header->epoch, header->commitment);

	if (!store->witness)
		return true;
	store->accept_after = 0;
	if (!witness_check(store->witness, keys, &vault, manifest->mark_digest, &store->finding,
			   err))
		return false;
	store->found = true;
	if (witness_trusts(store->finding.verdict))
		return true;
	if (!accept)
		return witness_refuse(store->witness, &store->finding, err);
	store->accept_after = manifest->generation;
	return true;
}

void witnessed_next(const struct store *store, struct manifest *manifest)
{
	uint64_t highest = store->finding.highest;

	if (!store->witness)
		return;
	witness_digest(store->witness, manifest->mark_digest);
	/*
	 * An accepted copy continues above the highest generation seen; an unverified file may
	 * claim any generation.
	 */
	if (store->accept_after > 0 && highest >= manifest->generation)
		manifest->generation = highest + 1;
}

bool witnessed_note(struct store *store, enum witness_kind kind, struct error *err)
{
	const struct manifest *manifest = &store->state.manifest;
	struct mark vault;

	/* An accepted vault is not marked before its first commit, which records the acceptance. */
	if (!store->witness || store->accept_after == manifest->generation)
		return true;
	vault = mark_of(manifest, store->epoch, store->commitment);
	if (store->accept_after == 0)
		return witness_note(store->witness, &store->keys, &vault, kind, &clock_system, err);
	if (!witness_accept(store->witness, &store->keys, &vault, err))
		return false;
	store->accept_after = 0;
	return true;
}

bool store_finding(struct store *store, struct witness_finding *out)
{
	bool found;

	(void)pthread_mutex_lock(&store->lock);
	found = store->witness && store->found;
	if (found)
		*out = store->finding;
	(void)pthread_mutex_unlock(&store->lock);
	return found;
}

bool store_mark(struct store *store, struct error *err)
{
	bool ok;

	(void)pthread_mutex_lock(&store->lock);
	ok = store_check_usable(store, err) && witnessed_note(store, WITNESS_KEYS, err);
	(void)pthread_mutex_unlock(&store->lock);
	return ok;
}

/*
 * Checks with a fresh witness, opened from the files as they are now, and not with the store's
 * witness and its memory.
 */
static bool read_agrees(struct store *store, const char *state_directory)
{
	const struct manifest *manifest = &store->state.manifest;
	struct mark vault = mark_of(manifest, store->epoch, store->commitment);
	struct witness_finding finding;
	struct witness *fresh = NULL;
	struct header header;
	struct error ignored;
	struct stat st;
	bool agrees;

	/*
	 * witness_open() would create the directory, and the agent's sandbox would kill the agent
	 * for that.
	 */
	if (stat(state_directory, &st) != 0)
		return false;

	agrees = header_decode(store->header.data, store->header.len, &header, &ignored) &&
		 witness_open(state_directory, store->path, header.vault_id, &fresh, &ignored) &&
		 witness_check(fresh, &store->keys, &vault, manifest->mark_digest, &finding,
			       &ignored) &&
		 finding.verdict == WITNESS_AGREES;
	witness_close(fresh);
	return agrees;
}

bool store_is_marked(struct store *store, const char *state_directory)
{
	struct error ignored;
	bool marked;

	(void)pthread_mutex_lock(&store->lock);
	marked = store->witness && store_check_usable(store, &ignored) &&
		 witnessed_note(store, WITNESS_KEYS, &ignored) &&
		 read_agrees(store, state_directory);
	(void)pthread_mutex_unlock(&store->lock);
	return marked;
}
