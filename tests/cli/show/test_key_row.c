/* SPDX-License-Identifier: MIT */
#include "cli/show/key_row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1800000000 }; /* 2027-01-15T08:00:00Z */

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

static void expect(void (*f)(int64_t, int64_t, char *), int64_t at, const char *wanted)
{
	char text[KEY_ROW_BYTES];

	f(at, NOW, text);
	assert_string_equal(text, wanted);
}

static void expect_due(int64_t due_at, bool due, const char *wanted)
{
	const struct msg_key key = {.due_at = due_at, .due = due};
	char text[KEY_ROW_BYTES];

	key_row_due(&key, NOW, text);
	assert_string_equal(text, wanted);
}

static void an_age_is_told_in_one_unit(void **state)
{
	(void)state;
	expect(key_row_age, NOW - 12 * DAY, "12d");
	expect(key_row_age, NOW - 90 * MINUTE, "1h");
	expect(key_row_age, NOW + HOUR, "0m");
	expect(key_row_age, 0, "?");
}

static void what_is_due_says_how_late(void **state)
{
	(void)state;
	expect_due(NOW + 4 * DAY, false, "in 4d");
	expect_due(NOW + 4 * DAY - 30 * MINUTE, false, "in 4d");
	expect_due(NOW + DAY - 30 * MINUTE, false, "in 23h");
	expect_due(NOW - 11 * DAY, true, "11d late");
	expect_due(0, true, "now");
	expect_due(0, false, "-");
}

static void a_session_that_is_over_is_none(void **state)
{
	(void)state;
	expect(key_row_session, NOW + 7 * HOUR + 40 * MINUTE, "7h40m");
	expect(key_row_session, NOW - 1, "-");
	expect(key_row_used, NOW - 30, "now");
	expect(key_row_used, NOW - 3 * DAY - 30, "3d ago");
	expect(key_row_used, 0, "-");
}

static void a_key_id_is_shortened(void **state)
{
	char text[KEY_ROW_BYTES];

	(void)state;
	key_row_id("AKIAEXAMPLEEXAMPM2PE", text);
	assert_string_equal(text, "AKIA…M2PE");
	key_row_id("-", text);
	assert_string_equal(text, "-");
}

static void a_time_is_told_in_the_zone_of_the_machine(void **state)
{
	char text[OUT_WHEN_BYTES];

	(void)state;
	assert_int_equal(setenv("TZ", "UTC-1", 1), 0);
	assert_true(key_row_when(NOW - 90 * MINUTE, NOW, text));
	assert_string_equal(text, "07:30");
	assert_true(key_row_when(NOW - 56 * DAY - 90 * MINUTE, NOW, text));
	assert_string_equal(text, "2026-11-20 07:30");
	assert_false(key_row_when(0, NOW, text));
	assert_string_equal(text, "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_age_is_told_in_one_unit),
	    cmocka_unit_test(what_is_due_says_how_late),
	    cmocka_unit_test(a_session_that_is_over_is_none),
	    cmocka_unit_test(a_key_id_is_shortened),
	    cmocka_unit_test(a_time_is_told_in_the_zone_of_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
