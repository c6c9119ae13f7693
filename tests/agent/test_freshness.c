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

static void a_clock_that_is_ahead_is_believed(void **state)
{
	struct rig *rig = *state;

	rig->ahead_s = -3000;
	rig_expect("ok", ask(rig));
	assert_int_equal(rig->calls, 1);
	/* By ours it ends in 600 s. */
	rig_expect("ok", ask(rig));
	assert_int_equal(rig->calls, 2);
}

#define RIG_TEST(test_) cmocka_unit_test_setup_teardown(test_, with_key, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(a_clock_that_is_behind_hands_out_nothing_that_has_ended_at_aws),
	    RIG_TEST(a_session_is_judged_by_that_clock_again_where_no_new_one_can_be_had),
	    RIG_TEST(a_clock_that_is_ahead_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
