/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_ROTATION_SCENARIO_H
#define CV_TESTS_FAULT_ROTATION_SCENARIO_H

#include "tests/fault/report.h"
#include "tests/fault/rotation_rig.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a rotation can be about, and the person (or timer) that comes back until it is over. */

/** What was there before anybody asked for anything. */
enum scenario_before {
	BEFORE_NOTHING,
	BEFORE_STEPS,	/**< so many steps of the same rotation */
	BEFORE_WHOLE,	/**< one whole run of it */
	BEFORE_LOST,	/**< its intent, and a new key whose answer was lost */
	BEFORE_DROPPED, /**< its intent, and no key */
	BEFORE_FOREIGN, /**< the same, and since then a key of somebody else */
	BEFORE_STRAY	/**< a second key at IAM, named with --delete-key */
};

enum scenario_ends {
	ENDS_ROTATED,
	ENDS_RESTORED,
	ENDS_EITHER /**< whichever it was time for */
};

struct scenario {
	const char *name;
	struct rig_run run; /**< what is asked for */
	enum rig_act then;  /**< and after a failure */
	enum scenario_before before;
	int steps; /**< BEFORE_STEPS */
	bool mfa;  /**< IAM wants an MFA session for what changes */
	enum scenario_ends ends;
	bool is_short; /**< one of the few that what is dear is done with */
};

extern const struct scenario scenarios[];
extern const size_t scenarios_count;

enum { WALK_RUNS_MAX = 6 };

/**
 * A scenario in which nothing goes wrong: the moment before each of its runs, and what happens in
 * it.
 */
struct walk {
	const struct scenario *scenario;
	int runs;
	struct {
		struct rig_moment before;
		int calls;
		char trace[MODEL_TRACE][MODEL_ACTION_BYTES];
		uint64_t disk_calls;
		unsigned char disk_kinds[DISK_CALLS_MAX];
	} at[WALK_RUNS_MAX];
};

/**
 * A point of its own: without faults it must end well. False where it does not; then *walk is
 * empty.
 */
MUST bool walk_start(struct walk *walk, const struct scenario *scenario, struct run *run);
void walk_clear(struct walk *walk);

/** Walks through every scenario, and calls fn for each run of it. */
void walk_all(struct run *run, void (*fn)(struct run *run, const struct walk *walk, int at_run));

/** The moment before one of its runs; no fault is set, nothing is noted. */
void walk_go(const struct walk *walk, int run);

/** No fault from here on. */
void scenario_mend(void);

/** Time goes by, and whatever else people do between two runs. */
void scenario_between(void);

/** What the next run asks for. */
struct rig_run scenario_next(const struct scenario *scenario);

bool scenario_ended(const struct scenario *scenario);

/**
 * Without faults from here on: runs until it is over, then looks whether it is as it must be, and
 * counts the point with what came of it.
 */
void scenario_finish(const struct scenario *scenario, struct run *run, const char *column);

#endif
