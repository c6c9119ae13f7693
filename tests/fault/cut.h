/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_CUT_H
#define CV_TESTS_FAULT_CUT_H

#include "tests/fault/disk.h"
#include "tests/fault/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A power cut in the midst of what disk_events() has recorded, and the files it leaves. */

/** How the changes that no flush had made safe by then are thinned out. */
enum cut_way {
	CUT_ALL_THERE,
	CUT_NONE_THERE,
	CUT_ONE_MISSING,
	CUT_ONE_THERE,
	CUT_SOME_THERE,
	CUT_SOME_SECTORS
};

struct cut {
	const struct disk_event *events;
	size_t moment; /**< events before this one have happened */
	bool *safe;    /**< room for each event: flushed before the moment; filled by cut_each() */
	enum cut_way way;
	uint64_t number; /**< which single one, or which dice */
};

/**
 * Of each moment: how many of the single changes at most (0: all or none, and that is all), how
 * many dice.
 */
struct cut_reach {
	uint64_t singles;
	uint64_t dice;
};

typedef void cut_fn(void *arg, const struct cut *cut);

/** Calls fn for every way of cutting at cut->moment. */
void cut_each(struct cut *cut, const struct cut_reach *reach, cut_fn *fn, void *arg);

/**
 * The files as a machine would find them that lost its power then. `start` is what disk_record()
 * saw.
 */
void cut_make(const struct files *start, const struct cut *cut, struct files *out);

const char *cut_way_name(enum cut_way way);

/** Digests that were judged already. Starts as zeros. */
enum { CUT_SEEN = 1 << 16 };
struct cut_seen {
	uint64_t slots[CUT_SEEN];
};
bool cut_is_seen(struct cut_seen *seen, uint64_t digest);

#endif
