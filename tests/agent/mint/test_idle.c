/* SPDX-License-Identifier: MIT */
#include "tests/agent/rig.h"

/*
 * A request that the agent has not seen before: under a profile of another name, as after an unlock
 * that has brought the sealed sessions back.
 */
static json_t *unseen(const char *profile, const char *key, bool role)
{
	json_t *plan = rig_plan(key);

	if (role)
		rig_assume(plan);
	return json_pack("{s:s,s:s,s:o,s:b}", "profile", profile, "purpose", "process", "plan",
			 plan, "can_ask", true);
}

static int with_a_session(void **state)
{
	struct rig *rig;

	(void)rig_setup(state);
	rig = *state;
	rig_expect("ok", rig_add(rig, "prod", RIG_SERIAL, false));
	rig_expect("ok", rig_add(rig, "ci", NULL, false));
	rig_expect("ok", rig_ask(rig, "credentials", unseen("ci", "ci", false), NULL));
	rig_sleep(rig, 900 * 1000);
	rig_expect("LOCKED", rig_ask(rig, "list", json_object(), NULL));
	return 0;
}

static void a_live_session_is_usable_behind_the_idle_limit_used_before_or_not(void **state)
{
	struct rig *rig = *state;

	rig_expect("ok", rig_ask(rig, "credentials", unseen("new", "ci", false), NULL));
	assert_int_equal(rig->calls, 1);
}

static void a_live_session_signs_for_a_role_behind_the_idle_limit(void **state)
{
	struct rig *rig = *state;

	rig_expect("ok", rig_ask(rig, "credentials", unseen("tf", "ci", true), NULL));
	assert_int_equal(rig->assumed, 1);
}

static void a_session_that_ends_soon_is_handed_out_where_none_can_follow(void **state)
{
	struct rig *rig = *state;

	rig_sleep(rig, (3600 - 900 - 30) * 1000);
	rig_expect("ok", rig_ask(rig, "credentials", unseen("new", "ci", false), NULL));
	rig_sleep(rig, 31 * 1000);
	rig_expect("LOCKED", rig_ask(rig, "credentials", unseen("new", "ci", false), NULL));
	assert_int_equal(rig->calls, 1);
}

static void where_no_session_lives_nobody_is_asked_for_a_code(void **state)
{
	struct rig *rig = *state;

	rig_expect("LOCKED", rig_ask(rig, "credentials", unseen("prod", "prod", false), NULL));
	assert_int_equal(rig->asks, 0);
}

static void status_lists_what_is_usable(void **state)
{
	struct rig *rig = *state;
	json_t *status = rig_ask(rig, "status", json_object(), NULL);
	const json_t *sessions = json_object_get(json_object_get(status, "ok"), "sessions");

	assert_int_equal(json_array_size(sessions), 1);
	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(sessions, 0), "profile")), "ci");
	json_decref(status);
	rig_sleep(rig, 2701 * 1000);
	status = rig_ask(rig, "status", json_object(), NULL);
	sessions = json_object_get(json_object_get(status, "ok"), "sessions");
	assert_int_equal(json_array_size(sessions), 0);
	json_decref(status);
}

#define RIG_TEST(name_) cmocka_unit_test_setup_teardown(name_, with_a_session, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(a_live_session_is_usable_behind_the_idle_limit_used_before_or_not),
	    RIG_TEST(a_live_session_signs_for_a_role_behind_the_idle_limit),
	    RIG_TEST(a_session_that_ends_soon_is_handed_out_where_none_can_follow),
	    RIG_TEST(where_no_session_lives_nobody_is_asked_for_a_code),
	    RIG_TEST(status_lists_what_is_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
