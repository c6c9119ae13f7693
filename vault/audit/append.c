/* SPDX-License-Identifier: MIT */
#include "vault/audit/append.h"

#include "vault/store/change/commit.h"
#include "vault/store/log/segment.h"

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

static bool audit_append_one(struct txn *txn, void *arg, struct error *err)
{
	return audit_append(txn, arg, err);
}

/*
 * Which reserved room an entry may use on a full disk. Emissions have none: a flood consists of
 * them.
 */
static enum store_room audit_room_of(enum audit_op op)
{
	switch (op) {
	case AUDIT_OP_DENIED: return STORE_ROOM_REFUSALS;
	case AUDIT_OP_UNLOCK:
	case AUDIT_OP_LOCK:
	case AUDIT_OP_IDLE:
	case AUDIT_OP_ROTATE:
	case AUDIT_OP_RESTORE:
	case AUDIT_OP_VERIFY:
	case AUDIT_OP_CLOCK:
	case AUDIT_OP_PRUNE:
	case AUDIT_OP_GAP: return STORE_ROOM_ALL;
	default: return STORE_ROOM_NONE;
	}
}

bool audit_record(struct store *store, struct audit_entry *entry, struct error *err)
{
	return store_commit_with_room(store, audit_room_of(entry->op), audit_append_one, entry,
				      err);
}
