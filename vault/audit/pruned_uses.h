/* SPDX-License-Identifier: MIT */
#ifndef CV_AUDIT_PRUNED_USES_H
#define CV_AUDIT_PRUNED_USES_H

#include "vault/audit/entry.h"
#include "vault/seal/record/log_anchor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What the pruned entries of the log still explain of a key's use: when credentials of the vault
 * were live or the vault itself called AWS, and which keys were given away since when. Coarser than
 * the entries were: it names no profile, and times that lie close together are one.
 */

enum { PRUNED_RANGES_MAX = 64, PRUNED_GIVEN_MAX = 64, PRUNED_GAP_S = 3600 };

/** A plain value; empty where nothing was pruned. */
struct pruned_uses {
	size_t ranges;
	struct pruned_range {
		int64_t from, until;
	} range[PRUNED_RANGES_MAX];
	size_t given;
	struct pruned_given {
		char access_key_id[AUDIT_KEY_ID_BYTES]; /**< "*": any key */
		int64_t since;
	} gift[PRUNED_GIVEN_MAX];
};

/** Reads what the anchor holds. What cannot be read explains nothing. */
void pruned_uses_read(const struct log_anchor *anchor, struct pruned_uses *out);

/** Adds an entry that is about to be pruned; entries come in their order. */
void pruned_uses_add(struct pruned_uses *uses, const struct audit_entry *entry);

/** Writes them into the anchor. */
void pruned_uses_write(const struct pruned_uses *uses, struct log_anchor *anchor);

/**
 * Whether a pruned entry may explain a use of the key at that time; `lag`: how far clocks and AWS's
 * times may be off.
 */
bool pruned_uses_explain(const struct pruned_uses *uses, const char *access_key_id, int64_t at,
			 int64_t lag);

#endif
