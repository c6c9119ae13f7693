/* SPDX-License-Identifier: MIT */
#include "vault/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A clock that stands where it is put. */
struct stopped {
	int64_t ns[3];
	int64_t slept_ms;
};

static int64_t stopped_now(void *ctx, enum clock_kind kind)
{
	return ((struct stopped *)ctx)->ns[kind];
}

static void stopped_sleep(void *ctx, int64_t ms)
{
	((struct stopped *)ctx)->slept_ms += ms;
}

static void times_are_in_the_units_they_say(void **state)
{
	struct stopped s = {.ns = {1795165331999999999, 7200000000000, 3600000000000}};
	struct clock clock = {.now_ns = stopped_now, .sleep_ms = stopped_sleep, .ctx = &s};

	(void)state;
	assert_int_equal(clock_real_s(&clock), 1795165331);
	assert_int_equal(clock_boot_ms(&clock), 7200000);
	assert_int_equal(clock_slept_ms(&clock), 3600000);
}

static void waiting_for_no_time_does_not_wait(void **state)
{
	struct stopped s = {.slept_ms = 0};
	struct clock clock = {.now_ns = stopped_now, .sleep_ms = stopped_sleep, .ctx = &s};

	(void)state;
	clock_sleep_ms(&clock, 0);
	clock_sleep_ms(&clock, -5);
	assert_int_equal(s.slept_ms, 0);
	clock_sleep_ms(&clock, 7);
	assert_int_equal(s.slept_ms, 7);
}

static void trap_35_the_system_s_boot_clock_counts_what_monotonic_sleeps_through(void **state)
{
	int64_t before = clock_boot_ms(&clock_system);

	(void)state;
	assert_true(clock_slept_ms(&clock_system) >= 0);
	clock_sleep_ms(&clock_system, 2);
	assert_true(clock_boot_ms(&clock_system) >= before + 2);
	assert_true(clock_real_s(&clock_system) > 1600000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_in_the_units_they_say),
	    cmocka_unit_test(waiting_for_no_time_does_not_wait),
	    cmocka_unit_test(trap_35_the_system_s_boot_clock_counts_what_monotonic_sleeps_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
