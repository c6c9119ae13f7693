/* SPDX-License-Identifier: MIT */
#include "tests/rotate/scripted.h"

enum { HOUR = 3600, LAG = 4 * HOUR };

static void pass(int64_t seconds)
{
	script.now_ms += seconds * 1000;
}

static void begin(struct vault *vault, int64_t idle_s)
{
	script.retire = ROTATION_WHEN_IDLE;
	script.idle_s = idle_s;
	script_rotate(vault, "rotate");
	assert_true(script.ok);
	assert_int_equal(script.step, ROTATION_PROMOTED);
	assert_true(script.keys[0].active);
}

static void still_on(struct vault *vault)
{
	script_rotate(vault, "rotate");
	assert_true(script.ok);
	assert_int_equal(script.step, ROTATION_PROMOTED);
	assert_true(script.keys[0].active);
}

static void off(struct vault *vault)
{
	script_rotate(vault, "rotate");
	assert_true(script.ok);
	assert_int_equal(script.step, ROTATION_OFF);
	assert_false(script.keys[0].active);
	assert_ptr_equal(script_current(vault), &script.keys[1]);
}

static void a_key_that_was_never_used_is_idle_since_the_promotion(void **state)
{
	begin(*state, 24 * HOUR);
	pass(24 * HOUR - 60);
	still_on(*state);
	pass(60);
	off(*state);
}

static void a_use_begins_the_time_anew(void **state)
{
	begin(*state, 24 * HOUR);
	pass(20 * HOUR);
	script.used_at = script.now_ms / 1000;
	pass(10 * HOUR);
	still_on(*state);
	pass(14 * HOUR - 60);
	still_on(*state);
	pass(60);
	off(*state);
}

/* A use of an hour ago may not be known yet. */
static void less_than_the_lag_of_the_reports_is_raised_to_it(void **state)
{
	begin(*state, HOUR);
	assert_int_equal(rotate_idle_s(HOUR), LAG);
	assert_int_equal(rotate_idle_s(LAG + 1), LAG + 1);
	pass(LAG - 60);
	still_on(*state);
	assert_int_equal(script_calls("GetAccessKeyLastUsed"), 0);
	pass(60);
	off(*state);
}

static void what_iam_tells_is_compared_with_iams_clock(void **state)
{
	begin(*state, 24 * HOUR);
	pass(30 * HOUR);
	/* Our clock is 20 minutes ahead of AWS's: by ours the day would be over. */
	script.aws_ahead_s = -1200;
	script.used_at = script.now_ms / 1000 - 1200 - 24 * HOUR + 600;
	still_on(*state);
	pass(600);
	off(*state);
}

static void a_clock_that_is_behind_waits_no_longer_than_iam_says(void **state)
{
	begin(*state, 24 * HOUR);
	pass(30 * HOUR);
	script.aws_ahead_s = 1200;
	script.used_at = script.now_ms / 1000 + 1200 - 24 * HOUR - 10;
	off(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SCRIPT_TEST(a_key_that_was_never_used_is_idle_since_the_promotion),
	    SCRIPT_TEST(a_use_begins_the_time_anew),
	    SCRIPT_TEST(less_than_the_lag_of_the_reports_is_raised_to_it),
	    SCRIPT_TEST(what_iam_tells_is_compared_with_iams_clock),
	    SCRIPT_TEST(a_clock_that_is_behind_waits_no_longer_than_iam_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
