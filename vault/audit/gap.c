/* SPDX-License-Identifier: MIT */
#include "vault/audit/gap.h"

#include "vault/audit/append.h"
#include "vault/audit/pruned_uses.h"
#include "vault/audit/read.h"
#include "vault/store/change/commit.h"
#include "vault/store/log/segment_prune.h"
#include "vault/store/store.h"

#include <stdio.h>
#include <stdlib.h>

enum { AT_ONCE = 1024 };

/* One commit's share of the entries. */
struct gap {
	struct audit_entry *entry;
	uint64_t count;
};

/* May be run twice. */
static bool gap_append(struct txn *txn, void *arg, struct error *err)
{
	const struct gap *gap = arg;

	for (uint64_t i = 0; i < gap->count; i++) {
		struct audit_entry entry = *gap->entry;

		if (!audit_append(txn, &entry, err))
			return false;
	}
	return true;
}

bool audit_fill_gap(struct store *store, uint64_t last, struct audit_entry *entry,
		    struct error *err)
{
	struct store_state state;
	uint64_t left;

	if (!store_state(store, &state, err))
		return false;
	if (last <= state.log_count)
		return true;
	left = last - state.log_count;
	(void)snprintf(entry->what, sizeof(entry->what),
		       left > AUDIT_GAP_MAX
			   ? "entries %llu-%llu are lost; their numbers are used again"
			   : "entries %llu-%llu are lost",
		       (unsigned long long)state.log_count + 1, (unsigned long long)last);
	if (left > AUDIT_GAP_MAX)
		left = 1;
	while (left > 0) {
		struct gap gap = {entry, left < AT_ONCE ? left : AT_ONCE};

		if (!store_commit_with_room(store, STORE_ROOM_ALL, gap_append, &gap, err))
			return false;
		left -= gap.count;
	}
	return true;
}

/* --- parts that are not here ------------------------------------------------------------------ */

struct absence {
	struct log_anchor anchor;
	struct audit_entry *entry;
};

/* May be run twice. */
static bool absence_commit(struct txn *txn, void *arg, struct error *err)
{
	struct absence *absence = arg;

	if (!audit_append(txn, absence->entry, err))
		return false;
	absence->anchor.entry = absence->entry->seq;
	return segment_prune_put(txn, &absence->anchor, err);
}

static bool absence_time(void *arg, const struct audit_entry *entry, struct error *err)
{
	int64_t *time = arg;

	(void)err;
	*time = entry->time;
	return true;
}

bool audit_leave_absent(struct store *store, struct audit_entry *entry, struct error *err)
{
	struct absence *absence = calloc(1, sizeof(*absence));
	struct pruned_uses uses;
	struct segment_part part;
	uint64_t parts, first = 0;
	int64_t until = entry->time;
	bool ok, any = false;

	if (!absence)
		return error_set(err, ERROR_MEMORY, "out of memory");
	absence->entry = entry;
	ok = segment_anchor(store, &absence->anchor, err);
	parts = absence->anchor.parts;
	while (ok && segment_part(store, parts + 1, &part)) {
		any = any || part.bytes > 0;
		parts++;
		first = part.last + 1;
	}
	if (!ok || any || parts == absence->anchor.parts) {
		free(absence);
		return ok;
	}
	/* The first entry that is here is not older than those that are not. */
	if (!audit_read(store, first, 1, absence_time, &until, err)) {
		free(absence);
		return false;
	}
	pruned_uses_read(&absence->anchor, &uses);
	uses.ranges = 1;
	uses.range[0] = (struct pruned_range){.from = 1, .until = until};
	absence->anchor.parts = parts;
	absence->anchor.pruned_at = entry->time;
	absence->anchor.until = until;
	pruned_uses_write(&uses, &absence->anchor);
	(void)snprintf(entry->what, sizeof(entry->what), "entries up to %llu are not in the backup",
		       (unsigned long long)first - 1);
	ok = store_commit_with_room(store, STORE_ROOM_ALL, absence_commit, absence, err);
	if (ok)
		segment_prune_finish(store, &absence->anchor);
	free(absence);
	return ok;
}
