/* SPDX-License-Identifier: MIT */
#include "vault/store/handle.h"

struct seal_ctx store_seal(const struct store *store, const struct keys *keys)
{
	return (struct seal_ctx){.keys = keys, .vault_id = store->vault_id, .epoch = store->epoch};
}

bool store_check_usable(const struct store *store, struct error *err)
{
	if (store->poisoned) {
		error_set(err, ERROR_IO, "what the vault file holds is unknown after an error");
		return error_hint(err, "credvault lock; credvault unlock");
	}
	if (!store->unlocked)
		return error_set(err, ERROR_LOCKED, "the vault is locked");
	return true;
}

void store_note_keys(struct store *store)
{
	atomic_store(&store->record_keys,
		     keys_have(&store->keys, KEY_RECORD) && keys_have(&store->keys, KEY_INDEX));
}
