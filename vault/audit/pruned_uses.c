/* SPDX-License-Identifier: MIT */
#include "vault/audit/pruned_uses.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- the anchor's texts: "FROM-UNTIL FROM-UNTIL …" and "ID SINCE ID SINCE …" ------------------- */

void pruned_uses_read(const struct log_anchor *anchor, struct pruned_uses *out)
{
	const char *at = anchor->uses;
	struct pruned_range range;
	struct pruned_given gift;
	int used = 0;

	*out = (struct pruned_uses){.ranges = 0};
	while (out->ranges < PRUNED_RANGES_MAX &&
	       sscanf(at, "%" SCNd64 "-%" SCNd64 "%n", &range.from, &range.until, &used) == 2) {
		out->range[out->ranges++] = range;
		at += used;
	}
	at = anchor->given;
	while (out->given < PRUNED_GIVEN_MAX &&
	       sscanf(at, "%131s %" SCNd64 "%n", gift.access_key_id, &gift.since, &used) == 2) {
		out->gift[out->given++] = gift;
		at += used;
	}
}

void pruned_uses_write(const struct pruned_uses *uses, struct log_anchor *anchor)
{
	size_t n = 0;

	anchor->uses[0] = anchor->given[0] = '\0';
	for (size_t i = 0; i < uses->ranges && n < sizeof(anchor->uses); i++)
		n += (size_t)snprintf(anchor->uses + n, sizeof(anchor->uses) - n,
				      "%s%" PRId64 "-%" PRId64, i ? " " : "", uses->range[i].from,
				      uses->range[i].until);
	n = 0;
	for (size_t i = 0; i < uses->given && n < sizeof(anchor->given); i++)
		n += (size_t)snprintf(anchor->given + n, sizeof(anchor->given) - n, "%s%s %" PRId64,
				      i ? " " : "", uses->gift[i].access_key_id,
				      uses->gift[i].since);
}

/* --- gathering -------------------------------------------------------------------------------- */

/* Makes room for one range more: the two that lie closest become one. */
static void pruned_uses_thin(struct pruned_uses *uses)
{
	size_t closest = 1;

	for (size_t i = 2; i < uses->ranges; i++) {
		if (uses->range[i].from - uses->range[i - 1].until <
		    uses->range[closest].from - uses->range[closest - 1].until)
			closest = i;
	}
	if (uses->range[closest].until > uses->range[closest - 1].until)
		uses->range[closest - 1].until = uses->range[closest].until;
	memmove(&uses->range[closest], &uses->range[closest + 1],
		(uses->ranges - closest - 1) * sizeof(uses->range[0]));
	uses->ranges--;
}

/* Clocks are set back: a range may begin before the last one, and is joined with it then. */
static void pruned_uses_add_range(struct pruned_uses *uses, int64_t from, int64_t until)
{
	struct pruned_range *last = uses->ranges ? &uses->range[uses->ranges - 1] : NULL;

	if (last && from <= last->until + PRUNED_GAP_S) {
		last->from = from < last->from ? from : last->from;
		last->until = until > last->until ? until : last->until;
		return;
	}
	if (uses->ranges == PRUNED_RANGES_MAX)
		pruned_uses_thin(uses);
	uses->range[uses->ranges++] = (struct pruned_range){from, until};
}

static void pruned_uses_give(struct pruned_uses *uses, const char *access_key_id, int64_t since)
{
	struct pruned_given *gift = uses->gift;
	size_t i = 0;

	while (i < uses->given && strcmp(gift[i].access_key_id, access_key_id) != 0)
		i++;
	/* Too many to name: from the oldest of them on, any key may be elsewhere. */
	if (i == PRUNED_GIVEN_MAX) {
		i = 0;
		(void)snprintf(gift[0].access_key_id, sizeof(gift[0].access_key_id), "*");
		for (size_t k = 1; k < uses->given; k++)
			since = gift[k].since < since ? gift[k].since : since;
		uses->given = 1;
	} else if (i == uses->given) {
		(void)snprintf(gift[i].access_key_id, sizeof(gift[i].access_key_id), "%.131s",
			       access_key_id);
		gift[uses->given++].since = since;
	}
	gift[i].since = since < gift[i].since ? since : gift[i].since;
}

void pruned_uses_add(struct pruned_uses *uses, const struct audit_entry *entry)
{
	const char *id = entry->access_key_id;

	if (entry->op == AUDIT_OP_EMIT)
		pruned_uses_add_range(uses, entry->time,
				      entry->expires_at > entry->time ? entry->expires_at
								      : entry->time);
	/* Calls of ours name the key or the profile that they are about. */
	else if (id[0] || entry->profile[0])
		pruned_uses_add_range(uses, entry->time, entry->time);
	if (id[0] && (entry->op == AUDIT_OP_REVEAL || strcmp(entry->what, AUDIT_GIVEN_AWAY) == 0))
		pruned_uses_give(uses, id, entry->time);
}

/* --- asking ----------------------------------------------------------------------------------- */

bool pruned_uses_explain(const struct pruned_uses *uses, const char *access_key_id, int64_t at,
			 int64_t lag)
{
	for (size_t i = 0; i < uses->ranges; i++) {
		if (at >= uses->range[i].from - lag && at <= uses->range[i].until + lag)
			return true;
	}
	for (size_t i = 0; i < uses->given; i++) {
		const struct pruned_given *gift = &uses->gift[i];

		if (at >= gift->since - lag && (strcmp(gift->access_key_id, "*") == 0 ||
						strcmp(gift->access_key_id, access_key_id) == 0))
			return true;
	}
	return false;
}
