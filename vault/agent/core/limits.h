/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_LIMITS_H
#define CV_AGENT_CORE_LIMITS_H

#include "vault/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * How long a vault stays unlocked. Idle: after a while without a request the keys to the records
 * are wiped, live sessions stay. Total: after a time everything is wiped. Sleep: a sleep of the
 * machine wipes everything, unless the owner allows it. All are counted on the clock that runs
 * through suspend. Not thread-safe; the agent holds its lock.
 */

enum {
	LIMITS_LONGEST_S = 31536000,
	LIMITS_SLEPT_MS = 2000,	  /**< a jump of the boot clock against the one that stops asleep */
	LIMITS_WALL_SET_MS = 2000 /**< the wall clock was set rather than slewed */
};

enum limits_verdict { LIMITS_NONE, LIMITS_IDLE, LIMITS_TOTAL, LIMITS_SLEPT };

struct limits {
	int64_t idle_ms;
	int64_t idle_at_ms; /**< boot clock; moves with every activity */
	int64_t total_at_ms;
	int64_t start_ms;   /**< boot clock */
	int64_t slept_ms;   /**< time asleep at the start, or when sleep began to count */
	bool through_sleep; /**< a sleep of the machine does not lock */
	int64_t offset_ms;  /**< wall clock minus boot clock, at the last comparison */
};

void limits_start(struct limits *limits, const struct clock *clock, int64_t idle_s,
		  int64_t total_s);

/** Changes running limits; the total one is counted from the start. 0 leaves a limit as it is. */
void limits_change(struct limits *limits, const struct clock *clock, int64_t idle_s,
		   int64_t total_s);

/** Whether a sleep leaves the vault unlocked; counted from now on where that changes. */
void limits_through_sleep(struct limits *limits, const struct clock *clock, bool through);

/** Notes a use of the vault. No limit moves once one is past. */
void limits_touch(struct limits *limits, const struct clock *clock);

/** Which limit has passed; of several the graver one. */
enum limits_verdict limits_check(const struct limits *limits, const struct clock *clock);

/** The wall-clock times at which the limits fall, seconds since the epoch. */
int64_t limits_idle_at(struct limits *limits, const struct clock *clock);
int64_t limits_total_at(struct limits *limits, const struct clock *clock);

#endif
