/* SPDX-License-Identifier: MIT */
#include "tests/rotate/scripted.h"

#include "vault/audit/read.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

static void pass(int64_t seconds)
{
	script.now_ms += seconds * 1000;
}

static void used(const char *service)
{
	script.used_at = script.now_ms / 1000;
	script.used_by = service;
}

static enum foreign_use_verdict look(struct vault *vault)
{
	script_rotate(vault, "look");
	assert_true(script.ok);
	return script.verdict;
}

static void a_use_that_nobody_here_made_is_found_by_the_look(void **state)
{
	assert_int_equal(look(*state), FOREIGN_USE_UNKNOWN);
	used("ec2");
	assert_int_equal(look(*state), FOREIGN_USE_UNEXPLAINED);
	/* `prod` has it for a day, but `also` for two. */
	script.used_at = SCRIPT_NOW - DAY - HOUR;
	assert_int_equal(look(*state), FOREIGN_USE_UNEXPLAINED);
	script.used_at = SCRIPT_NOW - 2 * DAY - HOUR;
	assert_int_equal(look(*state), FOREIGN_USE_BEFORE);
}

/* AWS tells of a look hours later: whoever looks then must know that it was one. */
static void what_an_earlier_look_asked_is_no_alarm_a_day_later(void **state)
{
	assert_int_equal(look(*state), FOREIGN_USE_UNKNOWN);
	used("iam");
	pass(DAY);
	assert_int_equal(look(*state), FOREIGN_USE_OWN);
	pass(-DAY / 2);
	used("iam");
	pass(DAY / 2);
	assert_int_equal(look(*state), FOREIGN_USE_UNEXPLAINED);
}

static void what_a_wait_for_idleness_asked_is_no_alarm_either(void **state)
{
	script.retire = ROTATION_WHEN_IDLE;
	script.idle_s = 10 * DAY;
	script_rotate(*state, "rotate");
	pass(10 * DAY);
	used("s3");
	pass(DAY);
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_int_equal(script.step, ROTATION_PROMOTED);
	used("iam");
	pass(DAY);
	assert_int_equal(look(*state), FOREIGN_USE_OWN);
}

static void a_use_is_judged_by_our_clock_where_awss_is_far_off(void **state)
{
	look(*state);
	script.aws_ahead_s = 20 * 60;
	script.used_at = script.now_ms / 1000 + script.aws_ahead_s;
	script.used_by = "iam";
	pass(DAY);
	assert_int_equal(look(*state), FOREIGN_USE_OWN);
}

static bool find(void *arg, const struct audit_entry *entry, struct error *err)
{
	(void)err;
	if (strstr(entry->what, "a new key is about to be made"))
		*(struct audit_entry *)arg = *entry;
	return true;
}

static void a_use_that_nobody_here_made_is_on_record_with_the_intent(void **state)
{
	struct vault *vault = *state;
	struct audit_entry entry = {.seq = 0};

	used("ec2");
	script_rotate(vault, "intend");
	assert_true(script.ok);
	REQUIRE(audit_read(vault->store, 1, UINT64_MAX, find, &entry, err));
	assert_non_null(strstr(entry.what, "ec2 eu-west-1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SCRIPT_TEST(a_use_that_nobody_here_made_is_found_by_the_look),
	    SCRIPT_TEST(what_an_earlier_look_asked_is_no_alarm_a_day_later),
	    SCRIPT_TEST(what_a_wait_for_idleness_asked_is_no_alarm_either),
	    SCRIPT_TEST(a_use_is_judged_by_our_clock_where_awss_is_far_off),
	    SCRIPT_TEST(a_use_that_nobody_here_made_is_on_record_with_the_intent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
