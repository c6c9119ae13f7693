/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/erase.h"

#include "vault/store/store.h"

bool erase_retired(struct store *store, atomic_bool *due, struct error *err)
{
	struct error why = ERROR_INIT;
	bool erased = store_checkpoint(store, &why);

	*due = !erased;
	if (erased)
		return true;
	error_set(err, ERROR_IO, "the old key could not be erased from the vault's journal yet");
	error_detail(err, "%s.", why.message);
	return error_detail(err, "The change itself is made. Erasing is tried again every few "
				 "seconds, and when the vault is locked.");
}

void erase_again(struct store *store, atomic_bool *due)
{
	struct error unused;

	if (*due && store_checkpoint(store, &unused))
		*due = false;
}
