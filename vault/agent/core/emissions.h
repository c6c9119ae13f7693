/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_EMISSIONS_H
#define CV_AGENT_CORE_EMISSIONS_H

#include "vault/base/clock.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * How many credentials are handed out: each emission is an entry of the log, and a program that
 * asks for them without end would fill the disk. All clients are one user's and share one bucket.
 * Not thread-safe; the agent holds its lock.
 */

enum { EMISSIONS_BURST = 100000, EMISSIONS_PER_S = 20 };

struct emissions {
	int64_t left;	   /**< emissions that may be made at once */
	int64_t filled_ms; /**< boot clock, when they were counted last */
	int64_t refused;   /**< since the unlock */
};

/** A full bucket. */
void emissions_start(struct emissions *emissions, const struct clock *clock);

/** Takes one emission; false, and counted, where none is left. */
MUST bool emissions_take(struct emissions *emissions, const struct clock *clock);

/** How many may be made at once now. */
int64_t emissions_left(struct emissions *emissions, const struct clock *clock);

#endif
