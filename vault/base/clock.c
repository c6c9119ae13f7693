/* SPDX-License-Identifier: MIT */
#include "vault/base/clock.h"

#include <errno.h>
#include <time.h>

static int64_t system_now_ns(void *ctx, enum clock_kind kind)
{
	static const clockid_t ids[] = {
	    [CLOCK_KIND_REAL] = CLOCK_REALTIME,
	    [CLOCK_KIND_BOOT] = CLOCK_BOOTTIME,
	    [CLOCK_KIND_MONO] = CLOCK_MONOTONIC,
	};
	struct timespec ts = {0};

	(void)ctx;
	(void)clock_gettime(ids[kind], &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void system_sleep_ms(void *ctx, int64_t ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};

	(void)ctx;
	while (clock_nanosleep(CLOCK_BOOTTIME, 0, &left, &left) == EINTR)
		continue;
}

const struct clock clock_system = {.now_ns = system_now_ns, .sleep_ms = system_sleep_ms};

int64_t clock_real_s(const struct clock *clock)
{
	return clock->now_ns(clock->ctx, CLOCK_KIND_REAL) / 1000000000;
}

int64_t clock_boot_ms(const struct clock *clock)
{
	return clock->now_ns(clock->ctx, CLOCK_KIND_BOOT) / 1000000;
}

int64_t clock_slept_ms(const struct clock *clock)
{
	int64_t boot = clock->now_ns(clock->ctx, CLOCK_KIND_BOOT);

	return (boot - clock->now_ns(clock->ctx, CLOCK_KIND_MONO)) / 1000000;
}

void clock_sleep_ms(const struct clock *clock, int64_t ms)
{
	if (ms > 0)
		clock->sleep_ms(clock->ctx, ms);
}
