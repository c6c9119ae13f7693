/* SPDX-License-Identifier: MIT */
#include "tests/rotate/scripted.h"

static void set(char *at, const char *letters)
{
	(void)snprintf(at, SCRIPT_MAX, "%s", letters);
}

static int64_t slept(void)
{
	int64_t sum = 0;

	for (size_t i = 0; i < script.sleep_count; i++)
		sum += script.sleeps[i];
	return sum;
}

static void each_proof_asks_the_own_region_and_us_east_1(void **state)
{
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_string_equal(script.asked, "oeoe");
	assert_int_equal(script.step, ROTATION_OFF);
	(void)script_current(*state);
}

static void a_key_that_us_east_1_does_not_know_yet_is_not_proved(void **state)
{
	set(script.other, "nyny");
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	/* Unknown there, known, unknown again: the two in a row begin anew. */
	assert_string_equal(script.asked, "oeoeoeoeoe");
	(void)script_current(*state);
}

static void a_key_that_us_east_1_knows_as_anothers_is_refused(void **state)
{
	set(script.other, "ya");
	script_rotate(*state, "rotate");
	assert_false(script.ok);
	assert_int_equal(script.err.code, ERROR_AWS_REFUSED);
	assert_int_equal(script.step, ROTATION_CREATED);
	assert_non_null(strstr(script.err.message, "user/other"));
	assert_string_equal(script.err.hint, "credvault rotate prod --abort");
	(void)script_current(*state);
}

static void where_us_east_1_cannot_be_reached_the_own_region_counts_alone(void **state)
{
	/* As many as one call may try. */
	set(script.other, "uuuuuuuuuuuu");
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_string_equal(script.asked + strlen(script.asked) - 1, "o");
	assert_true(script.other_at <= 3);
	assert_int_equal(script.step, ROTATION_OFF);
	(void)script_current(*state);
}

static void the_own_region_decides_where_it_is_us_east_1_or_an_endpoint_is_named(void **state)
{
	script.region = "us-east-1";
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_string_equal(script.asked, "ee");
	(void)vault_teardown(state);
	(void)script_setup(state);
	script.region = "cn-north-1";
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_string_equal(script.asked, "oo");
	(void)vault_teardown(state);
	(void)script_setup(state);
	script.endpoint = "https://sts.eu-west-1.amazonaws.com";
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_string_equal(script.asked, "oo");
}

static void a_failure_between_two_successes_begins_anew(void **state)
{
	script.region = "us-east-1";
	set(script.other, "ynyy");
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_string_equal(script.asked, "eeee");
	assert_int_equal(script.sleep_count, 4);
}

static void the_waits_grow_from_three_seconds_to_a_minute(void **state)
{
	script.region = "us-east-1";
	set(script.other, "nnnnnn");
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_int_equal(script.sleep_count, 8);
	assert_int_equal(script.sleeps[0], 3000);
	for (size_t i = 1; i <= 6; i++) {
		/* Each less a random eighth, which shows at the longest. */
		assert_true(script.sleeps[i] >= script.sleeps[i - 1] || script.sleeps[i] > 50000);
		assert_in_range(script.sleeps[i], 3000, 60000);
	}
	assert_true(script.sleeps[6] > 50000);
	/* Known once, the second question is near again. */
	assert_int_equal(script.sleeps[7], 3000);
}

/* 60 letters of "not known" are more than five minutes have room for. */
static void an_unknown_key_is_patience_for_five_minutes_and_then_a_failure(void **state)
{
	script.region = "us-east-1";
	memset(script.other, 'n', SCRIPT_MAX - 1);
	script_rotate(*state, "rotate");
	assert_false(script.ok);
	assert_int_equal(script.err.code, ERROR_DEAD_KEY);
	assert_int_equal(script.step, ROTATION_CREATED);
	assert_in_range(slept(), 295000, 310000);
	for (size_t i = 0; i < script.sleep_count; i++)
		assert_in_range(script.sleeps[i], 3000, 60000);
	(void)script_current(*state);
	/* A later run has less patience, for it is not young any more, and goes on where it can. */
	script.now_ms += 3600 * INT64_C(1000);
	script_rotate(*state, "rotate");
	assert_false(script.ok);
	assert_in_range(slept(), 25000, 40000);
	script.other[0] = '\0';
	script.other_at = 0;
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_int_equal(script.step, ROTATION_OFF);
	(void)script_current(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SCRIPT_TEST(each_proof_asks_the_own_region_and_us_east_1),
	    SCRIPT_TEST(a_key_that_us_east_1_does_not_know_yet_is_not_proved),
	    SCRIPT_TEST(a_key_that_us_east_1_knows_as_anothers_is_refused),
	    SCRIPT_TEST(where_us_east_1_cannot_be_reached_the_own_region_counts_alone),
	    SCRIPT_TEST(the_own_region_decides_where_it_is_us_east_1_or_an_endpoint_is_named),
	    SCRIPT_TEST(a_failure_between_two_successes_begins_anew),
	    SCRIPT_TEST(the_waits_grow_from_three_seconds_to_a_minute),
	    SCRIPT_TEST(an_unknown_key_is_patience_for_five_minutes_and_then_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
