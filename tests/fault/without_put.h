/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_WITHOUT_PUT_H
#define CV_TESTS_FAULT_WITHOUT_PUT_H

#include "vault/rotate/journal.h"

/**
 * The commits of a rotation's steps, but those that put_is_out() names: one build has one of these.
 */

bool put_is_out(const struct rotation_record *rotation);

bool __wrap_journal_put(struct store *store, const struct rotation_record *rotation,
			struct audit_entry *entry, struct error *err);
bool __real_journal_put(struct store *store, const struct rotation_record *rotation,
			struct audit_entry *entry, struct error *err);

bool __wrap_journal_put(struct store *store, const struct rotation_record *rotation,
			struct audit_entry *entry, struct error *err)
{
	return put_is_out(rotation) || __real_journal_put(store, rotation, entry, err);
}

#endif
