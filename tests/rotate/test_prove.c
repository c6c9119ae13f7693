/* SPDX-License-Identifier: MIT */
#include "tests/rotate/scripted.h"

static void set(char *at, const char *letters)
{
	(void)snprintf(at, SCRIPT_MAX, "%s", letters);
}

static int64_t slept(void)
{
	int64_t sum = 0;

	for (size_t i = 0; i < script->sleep_count; i++)
		sum += script->sleeps[i];
	return sum;
}

static void each_proof_asks_the_own_region_and_us_east_1(void **state)
{
	(void)state;
	script_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_string_equal(script->asked, "oeoe");
	assert_int_equal(rig->step, ROTATION_OFF);
	script_works();
}

static void a_key_that_us_east_1_does_not_know_yet_is_not_proved(void **state)
{
	(void)state;
	set(script->other, "nyny");
	script_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	/* Unknown there, known, unknown again: the two in a row begin anew. */
	assert_string_equal(script->asked, "oeoeoeoeoe");
	script_works();
}

static void a_key_that_us_east_1_knows_as_anothers_is_refused(void **state)
{
	(void)state;
	set(script->other, "ya");
	script_rotate((struct rig_run){.act = NULL});
	assert_false(rig->ok);
	assert_int_equal(rig->code, ERROR_AWS_REFUSED);
	assert_int_equal(rig->step, ROTATION_CREATED);
	assert_non_null(strstr(rig->message, "user/other"));
	assert_string_equal(rig->hint, "credvault rotate prod --abort");
	script_works();
}

static void where_us_east_1_cannot_be_reached_the_own_region_counts_alone(void **state)
{
	(void)state;
	/* As many as one call may try. */
	set(script->other, "uuuuuuuuuuuu");
	script_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_string_equal(script->asked + strlen(script->asked) - 1, "o");
	assert_true(script->other_at <= 3);
	assert_int_equal(rig->step, ROTATION_OFF);
	script_works();
}

static void the_own_region_decides_where_it_is_us_east_1_or_an_endpoint_is_named(void **state)
{
	(void)state;
	script->region = "us-east-1";
	script_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_string_equal(script->asked, "ee");
	(void)script_teardown(state);
	(void)script_setup(state);
	script->region = "cn-north-1";
	script_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_string_equal(script->asked, "oo");
	(void)script_teardown(state);
	(void)script_setup(state);
	script->endpoint = "https://sts.eu-west-1.amazonaws.com";
	script_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_string_equal(script->asked, "oo");
}

static void a_failure_between_two_successes_begins_anew(void **state)
{
	(void)state;
	script->region = "us-east-1";
	set(script->other, "ynyy");
	script_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_string_equal(script->asked, "eeee");
	assert_int_equal(script->sleep_count, 4);
}

static void the_waits_grow_from_three_seconds_to_a_minute(void **state)
{
	(void)state;
	script->region = "us-east-1";
	set(script->other, "nnnnnn");
	script_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_int_equal(script->sleep_count, 8);
	assert_int_equal(script->sleeps[0], 3000);
	for (size_t i = 1; i <= 6; i++) {
		/* Each less a random eighth, which shows at the longest. */
		assert_true(script->sleeps[i] >= script->sleeps[i - 1] ||
			    script->sleeps[i] > 50000);
		assert_in_range(script->sleeps[i], 3000, 60000);
	}
	assert_true(script->sleeps[6] > 50000);
	/* Known once, the second question is near again. */
	assert_int_equal(script->sleeps[7], 3000);
}

/* 60 letters of "not known" are more than five minutes have room for. */
static void an_unknown_key_is_patience_for_five_minutes_and_then_a_failure(void **state)
{
	(void)state;
	script->region = "us-east-1";
	memset(script->other, 'n', SCRIPT_MAX - 1);
	script_rotate((struct rig_run){.act = NULL});
	assert_false(rig->ok);
	assert_int_equal(rig->code, ERROR_DEAD_KEY);
	assert_int_equal(rig->step, ROTATION_CREATED);
	assert_in_range(slept(), 295000, 310000);
	for (size_t i = 0; i < script->sleep_count; i++)
		assert_in_range(script->sleeps[i], 3000, 60000);
	script_works();
	/* A later run has less patience, for it is not young any more, and goes on where it can. */
	rig->model.now_ms += 3600 * INT64_C(1000);
	script_rotate((struct rig_run){.act = NULL});
	assert_false(rig->ok);
	assert_in_range(slept(), 25000, 40000);
	script->other[0] = '\0';
	script->other_at = 0;
	script_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_int_equal(rig->step, ROTATION_OFF);
	script_works();
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
