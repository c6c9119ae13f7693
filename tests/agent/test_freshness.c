/* SPDX-License-Identifier: MIT */
#include "tests/agent/rig.h"

/**
 * What is asked for: a plain session of an hour, which is handed out again with 20 minutes left.
 */
static json_t *ask(struct rig *rig)
{
	return rig_ask(rig, "credentials",
		       json_pack("{s:s,s:s,s:o,s:b}", "profile", "ci", "purpose", "process", "plan",
				 rig_plan("ci"), "can_ask", 0),
		       NULL);
}

static int with_key(void **state)
{
	(void)rig_setup(state);
	rig_expect("ok", rig_add(*state, "ci", NULL, false));
	rig_never_idle(*state);
	return 0;
}

/* Ours was put back after the session was made: by it there seems to be much left. */
static void a_clock_that_is_behind_hands_out_nothing_that_has_ended_at_aws(void **state)
{
	struct rig *rig = *state;

	rig->ahead_s = 3000;
	rig_expect("ok", ask(rig));
	assert_int_equal(rig->calls, 1);
	/* By our clock 3900 s are left, by AWS's 900. */
	rig_sleep(rig, 2700 * 1000);
	rig_expect("ok", ask(rig));
	assert_int_equal(rig->calls, 2);
}

static void a_session_is_judged_by_that_clock_again_where_no_new_one_can_be_had(void **state)
{
	struct rig *rig = *state;

	rig->ahead_s = 3000;
	rig_expect("ok", ask(rig));
	rig_sleep(rig, 3601 * 1000);
	rig->mood = RIG_SILENT;
	rig_expect("AWS_UNREACHABLE", ask(rig));
}

/* By ours it has ended, or ends in ten minutes. */
static void a_session_of_a_clock_that_is_ahead_serves_for_its_whole_time(void **state)
{
	static const int64_t off[] = {-2700, -7200};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		rig->ahead_s = off[i];
		rig_expect("ok", rig_ask(rig, "clear", NULL, NULL));
		rig->calls = 0;
		rig_expect("ok", ask(rig));
		rig_expect("ok", ask(rig));
		rig_sleep(rig, 2300 * 1000);
		rig_expect("ok", ask(rig));
		assert_int_equal(rig->calls, 1);
		rig_sleep(rig, 200 * 1000);
		rig_expect("ok", ask(rig));
		assert_int_equal(rig->calls, 2);
	}
}

/* What was measured before says nothing of a clock that was put right since. */
static void a_clock_that_was_set_meanwhile_is_believed_again(void **state)
{
	struct rig *rig = *state;

	rig->ahead_s = -7200;
	rig_expect("ok", ask(rig));
	rig->ahead_s = 0;
	rig->real_ms -= 7200 * 1000;
	rig_expect("ok", ask(rig));
	assert_int_equal(rig->calls, 1);
	rig_sleep(rig, 2500 * 1000);
	rig_expect("ok", ask(rig));
	assert_int_equal(rig->calls, 2);
}

#define RIG_TEST(test_) cmocka_unit_test_setup_teardown(test_, with_key, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(a_clock_that_is_behind_hands_out_nothing_that_has_ended_at_aws),
	    RIG_TEST(a_session_is_judged_by_that_clock_again_where_no_new_one_can_be_had),
	    RIG_TEST(a_session_of_a_clock_that_is_ahead_serves_for_its_whole_time),
	    RIG_TEST(a_clock_that_was_set_meanwhile_is_believed_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
