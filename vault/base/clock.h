/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_CLOCK_H
#define CV_BASE_CLOCK_H

#include <stdint.h>

/**
 * A clock that callers pass as an argument, never a global, so that tests can control time. `real`
 * is the wall clock (for times shown to people and AWS), `boot` counts through suspend (limits,
 * deadlines), `mono` stops while the machine sleeps (so boot - mono grows by the time asleep).
 */
enum clock_kind { CLOCK_KIND_REAL, CLOCK_KIND_BOOT, CLOCK_KIND_MONO };

struct clock {
	int64_t (*now_ns)(void *ctx, enum clock_kind kind); /**< nanoseconds */
	void (*sleep_ms)(void *ctx, int64_t ms);
	void *ctx;
};

/** The machine's own clocks. */
extern const struct clock clock_system;

/** Wall clock, whole seconds since the epoch, UTC. */
int64_t clock_real_s(const struct clock *clock);

/** Milliseconds since boot, suspend included (CLOCK_BOOTTIME). */
int64_t clock_boot_ms(const struct clock *clock);

/** Milliseconds that the machine has spent asleep since boot (boot - mono). */
int64_t clock_slept_ms(const struct clock *clock);

/** Waits for the full ms: a signal does not end the wait early. */
void clock_sleep_ms(const struct clock *clock, int64_t ms);

#endif
