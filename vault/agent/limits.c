/* SPDX-License-Identifier: MIT */
#include "vault/agent/limits.h"

void limits_start(struct limits *limits, const struct clock *clock, int64_t idle_s, int64_t total_s)
{
	int64_t now = clock_boot_ms(clock);

	limits->idle_ms = idle_s * 1000;
	limits->idle_at_ms = now + limits->idle_ms;
	limits->total_at_ms = now + total_s * 1000;
	limits->slept_ms = clock_slept_ms(clock);
}

void limits_touch(struct limits *limits, const struct clock *clock)
{
	if (limits_check(limits, clock) == LIMITS_NONE)
		limits->idle_at_ms = clock_boot_ms(clock) + limits->idle_ms;
}

enum limits_verdict limits_check(const struct limits *limits, const struct clock *clock)
{
	int64_t now = clock_boot_ms(clock);

	if (clock_slept_ms(clock) - limits->slept_ms > LIMITS_SLEPT_MS)
		return LIMITS_SLEPT;
	if (now >= limits->total_at_ms)
		return LIMITS_TOTAL;
	return now >= limits->idle_at_ms ? LIMITS_IDLE : LIMITS_NONE;
}

static int64_t wall(const struct clock *clock, int64_t boot_ms)
{
	return clock_real_s(clock) + (boot_ms - clock_boot_ms(clock)) / 1000;
}

int64_t limits_idle_at(const struct limits *limits, const struct clock *clock)
{
	return wall(clock, limits->idle_at_ms);
}

int64_t limits_total_at(const struct limits *limits, const struct clock *clock)
{
	return wall(clock, limits->total_at_ms);
}
