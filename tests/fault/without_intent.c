/* SPDX-License-Identifier: MIT */
#include "vault/rotate/journal.h"

/* The commit of a rotation's intent, before a key is asked for. */
bool __wrap_journal_put(struct store *store, const struct rotation *rotation,
			struct audit_entry *entry, struct error *err);
bool __real_journal_put(struct store *store, const struct rotation *rotation,
			struct audit_entry *entry, struct error *err);

bool __wrap_journal_put(struct store *store, const struct rotation *rotation,
			struct audit_entry *entry, struct error *err)
{
	return rotation->step == ROTATION_INTENDED ||
	       __real_journal_put(store, rotation, entry, err);
}
