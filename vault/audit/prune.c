/* SPDX-License-Identifier: MIT */
#include "vault/audit/prune.h"

#include "vault/audit/append.h"
#include "vault/audit/pruned_uses.h"
#include "vault/audit/read.h"
#include "vault/base/text.h"
#include "vault/store/change/commit.h"
#include "vault/store/log/segment_prune.h"

#include <stdio.h>
#include <stdlib.h>

/* The parts that are read so far. */
struct pruning {
	struct log_anchor anchor;
	struct pruned_uses uses;
	int64_t newest; /* time of the newest entry of the part at hand */
	struct audit_entry *entry;
};

static bool pruning_look(void *arg, const struct audit_entry *entry, struct error *err)
{
	struct pruning *pruning = arg;

	(void)err;
	if (entry->time > pruning->newest)
		pruning->newest = entry->time;
	pruned_uses_add(&pruning->uses, entry);
	return true;
}

/* Whether the part is old enough. Where it is, what it explains is kept. */
static bool pruning_take_part(struct store *store, struct pruning *pruning,
			      const struct segment_part *part, int64_t before, bool *old,
			      struct error *err)
{
	struct pruned_uses kept = pruning->uses;

	pruning->newest = 0;
	if (!audit_read(store, part->first, part->last - part->first + 1, pruning_look, pruning,
			err)) {
		error_detail(err, "Nothing was pruned.");
		return error_hint(err, "credvault log --verify");
	}
	*old = pruning->newest < before;
	if (!*old)
		pruning->uses = kept;
	return true;
}

/* The entry comes first, so that the anchor can name it. May be run twice. */
static bool pruning_commit(struct txn *txn, void *arg, struct error *err)
{
	struct pruning *pruning = arg;

	if (!audit_append(txn, pruning->entry, err))
		return false;
	pruning->anchor.entry = pruning->entry->seq;
	return segment_prune_put(txn, &pruning->anchor, err);
}

static bool pruning_end(struct store *store, struct pruning *pruning,
			const struct audit_pruned *out, struct error *err)
{
	struct audit_entry *entry = pruning->entry;
	char until[TEXT_TIME_BYTES];

	text_format_time(out->until, until);
	(void)snprintf(entry->what, sizeof(entry->what),
		       "entries %llu-%llu in %llu part%s, the newest of %s",
		       (unsigned long long)out->first, (unsigned long long)out->last,
		       (unsigned long long)out->parts, out->parts == 1 ? "" : "s", until);
	pruning->anchor.pruned_at = entry->time;
	pruning->anchor.until = out->until;
	pruned_uses_write(&pruning->uses, &pruning->anchor);
	/* A full disk is no reason against it. */
	if (!store_commit_with_room(store, STORE_ROOM_ALL, pruning_commit, pruning, err))
		return false;
	segment_prune_finish(store, &pruning->anchor);
	return true;
}

bool audit_prune(struct store *store, int64_t before, struct audit_entry *entry,
		 struct audit_pruned *out, struct error *err)
{
	struct pruning *pruning = calloc(1, sizeof(*pruning));
	struct segment_part part;
	bool ok, old = true;

	*out = (struct audit_pruned){.parts = 0};
	if (!pruning)
		return error_set(err, ERROR_MEMORY, "out of memory");
	pruning->entry = entry;
	ok = segment_anchor(store, &pruning->anchor, err);
	pruned_uses_read(&pruning->anchor, &pruning->uses);
	while (ok && old && segment_part(store, pruning->anchor.parts + 1, &part)) {
		ok = pruning_take_part(store, pruning, &part, before, &old, err);
		if (!ok || !old)
			break;
		pruning->anchor.parts = part.number;
		out->first = out->parts++ ? out->first : part.first;
		out->last = part.last;
		out->until = pruning->newest > out->until ? pruning->newest : out->until;
		out->bytes += part.bytes;
	}
	ok = ok && (out->parts == 0 || pruning_end(store, pruning, out, err));
	free(pruning);
	return ok;
}
