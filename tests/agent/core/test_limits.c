/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct times {
	int64_t real_s, boot_ms, mono_ms;
};

static int64_t now_ns(void *ctx, enum clock_kind kind)
{
	const struct times *times = ctx;

	switch (kind) {
	case CLOCK_KIND_REAL: return times->real_s * 1000000000;
	case CLOCK_KIND_BOOT: return times->boot_ms * 1000000;
	default: return times->mono_ms * 1000000;
	}
}

static struct times times;
static struct limits limits;
static const struct clock fake = {.now_ns = now_ns, .ctx = &times};

static int start(void **state)
{
	(void)state;
	times = (struct times){.real_s = 1795000000, .boot_ms = 9000000, .mono_ms = 8000000};
	limits_start(&limits, &fake, 900, 28800);
	return 0;
}

static void pass(int64_t ms)
{
	times.boot_ms += ms;
	times.mono_ms += ms;
	times.real_s += ms / 1000;
}

static void fifteen_quiet_minutes_are_the_idle_limit(void **state)
{
	(void)state;
	pass(899999);
	assert_int_equal(limits_check(&limits, &fake), LIMITS_NONE);
	pass(1);
	assert_int_equal(limits_check(&limits, &fake), LIMITS_IDLE);
}

static void activity_puts_the_idle_limit_off(void **state)
{
	(void)state;
	pass(800000);
	limits_touch(&limits, &fake);
	pass(800000);
	assert_int_equal(limits_check(&limits, &fake), LIMITS_NONE);
}

static void activity_after_the_limit_changes_nothing(void **state)
{
	(void)state;
	pass(900000);
	limits_touch(&limits, &fake);
	assert_int_equal(limits_check(&limits, &fake), LIMITS_IDLE);
}

static void activity_does_not_put_off_the_absolute_limit(void **state)
{
	(void)state;
	for (int i = 0; i < 48; i++) {
		assert_int_equal(limits_check(&limits, &fake), LIMITS_NONE);
		limits_touch(&limits, &fake);
		pass(600000);
	}
	assert_int_equal(limits_check(&limits, &fake), LIMITS_TOTAL);
}

static void a_sleep_of_the_machine_is_noticed_at_once(void **state)
{
	(void)state;
	times.boot_ms += 2000;
	assert_int_equal(limits_check(&limits, &fake), LIMITS_NONE);
	times.boot_ms += 1;
	assert_int_equal(limits_check(&limits, &fake), LIMITS_SLEPT);
}

static void time_asleep_before_the_unlock_does_not_count(void **state)
{
	(void)state;
	times.boot_ms += 3600000;
	limits_start(&limits, &fake, 900, 28800);
	assert_int_equal(limits_check(&limits, &fake), LIMITS_NONE);
}

static void setting_the_wall_clock_moves_no_limit(void **state)
{
	(void)state;
	times.real_s += 1000000;
	assert_int_equal(limits_check(&limits, &fake), LIMITS_NONE);
	assert_int_equal(limits_idle_at(&limits, &fake), times.real_s + 900);
	assert_int_equal(limits_total_at(&limits, &fake), times.real_s + 28800);
}

static void a_limit_is_told_as_the_same_second_each_time(void **state)
{
	int64_t at = limits_total_at(&limits, &fake);

	(void)state;
	/* The clocks are read one after the other, and the wall clock is slewed. */
	for (int i = 0; i < 2000; i += 7) {
		times.boot_ms += 7 + i % 3;
		times.mono_ms += 7 + i % 3;
		times.real_s = 1795000000 + (times.boot_ms - 9000000) / 1000;
		assert_int_equal(limits_total_at(&limits, &fake), at);
	}
}

static void a_sleep_may_be_let_pass(void **state)
{
	(void)state;
	limits_through_sleep(&limits, &fake, true);
	times.boot_ms += 600000;
	assert_int_equal(limits_check(&limits, &fake), LIMITS_NONE);
	/* Time asleep is time unused all the same. */
	times.boot_ms += 300000;
	assert_int_equal(limits_check(&limits, &fake), LIMITS_IDLE);
}

static void sleeps_that_were_let_pass_do_not_count_later(void **state)
{
	(void)state;
	limits_through_sleep(&limits, &fake, true);
	times.boot_ms += 600000;
	limits_through_sleep(&limits, &fake, false);
	assert_int_equal(limits_check(&limits, &fake), LIMITS_NONE);
	times.boot_ms += 2001;
	assert_int_equal(limits_check(&limits, &fake), LIMITS_SLEPT);
}

static void other_limits_hold_at_once(void **state)
{
	(void)state;
	pass(60000);
	limits_change(&limits, &fake, 100, 0);
	pass(99999);
	assert_int_equal(limits_check(&limits, &fake), LIMITS_NONE);
	limits_touch(&limits, &fake);
	pass(100000);
	assert_int_equal(limits_check(&limits, &fake), LIMITS_IDLE);
	/* The total is counted from the unlock. */
	limits_change(&limits, &fake, 0, 260);
	assert_int_equal(limits_check(&limits, &fake), LIMITS_IDLE);
	pass(1);
	assert_int_equal(limits_check(&limits, &fake), LIMITS_TOTAL);
}

static void a_longer_idle_limit_brings_no_keys_back(void **state)
{
	(void)state;
	pass(900000);
	limits_change(&limits, &fake, 3600, 0);
	assert_int_equal(limits_check(&limits, &fake), LIMITS_IDLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(fifteen_quiet_minutes_are_the_idle_limit, start),
	    cmocka_unit_test_setup(activity_puts_the_idle_limit_off, start),
	    cmocka_unit_test_setup(activity_after_the_limit_changes_nothing, start),
	    cmocka_unit_test_setup(activity_does_not_put_off_the_absolute_limit, start),
	    cmocka_unit_test_setup(a_sleep_of_the_machine_is_noticed_at_once, start),
	    cmocka_unit_test_setup(time_asleep_before_the_unlock_does_not_count, start),
	    cmocka_unit_test_setup(setting_the_wall_clock_moves_no_limit, start),
	    cmocka_unit_test_setup(a_sleep_may_be_let_pass, start),
	    cmocka_unit_test_setup(sleeps_that_were_let_pass_do_not_count_later, start),
	    cmocka_unit_test_setup(other_limits_hold_at_once, start),
	    cmocka_unit_test_setup(a_longer_idle_limit_brings_no_keys_back, start),
	    cmocka_unit_test_setup(a_limit_is_told_as_the_same_second_each_time, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
