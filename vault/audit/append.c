/* SPDX-License-Identifier: MIT */
#include "vault/audit/append.h"

#include "vault/store/segment.h"

uint64_t audit_next(const struct txn *txn)
{
	return segment_next(txn);
}

bool audit_append(struct txn *txn, struct audit_entry *entry, struct error *err)
{
	struct buf plain = BUF_INIT(AUDIT_ENTRY_MAX);
	bool ok;

	entry->seq = segment_next(txn);
	ok = audit_entry_encode(entry, &plain, err) &&
	     segment_append(txn, plain.data, plain.len, err);
	buf_clear(&plain);
	return ok;
}

static bool append_one(struct txn *txn, void *arg, struct error *err)
{
	return audit_append(txn, arg, err);
}

bool audit_record(struct store *store, struct audit_entry *entry, struct error *err)
{
	return store_commit(store, append_one, entry, err);
}
