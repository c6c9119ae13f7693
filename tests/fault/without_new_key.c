/* SPDX-License-Identifier: MIT */
#include "vault/rotate/journal.h"

/* The commit of a rotation's new key, at once when AWS has answered. */
bool __wrap_journal_put(struct store *store, const struct rotation *rotation,
			struct audit_entry *entry, struct error *err);
bool __real_journal_put(struct store *store, const struct rotation *rotation,
			struct audit_entry *entry, struct error *err);

bool __wrap_journal_put(struct store *store, const struct rotation *rotation,
			struct audit_entry *entry, struct error *err)
{
	return rotation->step == ROTATION_CREATED ||
	       __real_journal_put(store, rotation, entry, err);
}
