/* SPDX-License-Identifier: MIT */
#include "vault/rotate/journal.h"

/* The commit that a hook has taken the new key. */
bool __wrap_journal_put(struct store *store, const struct rotation *rotation,
			struct audit_entry *entry, struct error *err);
bool __real_journal_put(struct store *store, const struct rotation *rotation,
			struct audit_entry *entry, struct error *err);

bool __wrap_journal_put(struct store *store, const struct rotation *rotation,
			struct audit_entry *entry, struct error *err)
{
	return (rotation->step == ROTATION_PROVED && rotation->hooks_done != 0) ||
	       __real_journal_put(store, rotation, entry, err);
}
