/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/limits.h"

static int64_t limits_offset_ms(const struct clock *clock)
{
	return clock->now_ns(clock->ctx, CLOCK_KIND_REAL) / 1000000 - clock_boot_ms(clock);
}

void limits_start(struct limits *limits, const struct clock *clock, int64_t idle_s, int64_t total_s)
{
	int64_t now = clock_boot_ms(clock);

	limits->idle_ms = idle_s * 1000;
	limits->idle_at_ms = now + limits->idle_ms;
	limits->start_ms = now;
	limits->total_at_ms = now + total_s * 1000;
	limits->slept_ms = clock_slept_ms(clock);
	limits->through_sleep = false;
	limits->offset_ms = limits_offset_ms(clock);
}

void limits_change(struct limits *limits, const struct clock *clock, int64_t idle_s,
		   int64_t total_s)
{
	/* A limit that has passed is not moved. */
	if (idle_s && limits_check(limits, clock) == LIMITS_NONE) {
		limits->idle_ms = idle_s * 1000;
		limits->idle_at_ms = clock_boot_ms(clock) + limits->idle_ms;
	}
	if (total_s)
		limits->total_at_ms = limits->start_ms + total_s * 1000;
}

void limits_through_sleep(struct limits *limits, const struct clock *clock, bool through)
{
	if (limits->through_sleep && !through)
		limits->slept_ms = clock_slept_ms(clock);
	limits->through_sleep = through;
}

void limits_touch(struct limits *limits, const struct clock *clock)
{
	if (limits_check(limits, clock) == LIMITS_NONE)
		limits->idle_at_ms = clock_boot_ms(clock) + limits->idle_ms;
}

enum limits_verdict limits_check(const struct limits *limits, const struct clock *clock)
{
	int64_t now = clock_boot_ms(clock);

	if (!limits->through_sleep && clock_slept_ms(clock) - limits->slept_ms > LIMITS_SLEPT_MS)
		return LIMITS_SLEPT;
	if (now >= limits->total_at_ms)
		return LIMITS_TOTAL;
	return now >= limits->idle_at_ms ? LIMITS_IDLE : LIMITS_NONE;
}

/*
 * A limit that does not move is shown as the same second each time, unless the wall clock was set.
 */
static int64_t limits_wall_s(struct limits *limits, const struct clock *clock, int64_t boot_ms)
{
	int64_t now = limits_offset_ms(clock), moved = now - limits->offset_ms;

	if (moved > LIMITS_WALL_SET_MS || moved < -LIMITS_WALL_SET_MS)
		limits->offset_ms = now;
	return (limits->offset_ms + boot_ms) / 1000;
}

int64_t limits_idle_at(struct limits *limits, const struct clock *clock)
{
	return limits_wall_s(limits, clock, limits->idle_at_ms);
}

int64_t limits_total_at(struct limits *limits, const struct clock *clock)
{
	return limits_wall_s(limits, clock, limits->total_at_ms);
}
