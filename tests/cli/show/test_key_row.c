/* SPDX-License-Identifier: MIT */
#include "cli/show/key_row.h"

#include "vault/format/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1800000000 }; /* 2027-01-15T08:00:00Z */

static json_t *key(const char *text)
{
	struct error err;
	json_t *out = NULL;

	assert_true(json_parse(text, strlen(text), 4096, &out, &err));
	return out;
}

static void expect(void (*f)(const json_t *, int64_t, char *), const char *json, const char *wanted)
{
	char text[KEY_ROW_BYTES];
	json_t *k = key(json);

	f(k, NOW, text);
	assert_string_equal(text, wanted);
	json_decref(k);
}

static void an_age_is_told_in_one_unit(void **state)
{
	(void)state;
	expect(key_row_age, "{\"created_at\":\"2027-01-03T08:00:00Z\"}", "12d");
	expect(key_row_age, "{\"created_at\":\"2027-01-15T06:30:00Z\"}", "1h");
	expect(key_row_age, "{\"created_at\":\"2027-01-15T09:00:00Z\"}", "0m");
	expect(key_row_age, "{\"created_at\":null}", "?");
	expect(key_row_age, "{}", "?");
}

static void what_is_due_says_how_late(void **state)
{
	(void)state;
	expect(key_row_due, "{\"due_at\":\"2027-01-19T08:00:00Z\"}", "in 4d");
	expect(key_row_due, "{\"due_at\":\"2027-01-19T07:30:00Z\"}", "in 4d");
	expect(key_row_due, "{\"due_at\":\"2027-01-16T07:30:00Z\"}", "in 23h");
	expect(key_row_due, "{\"due_at\":\"2027-01-04T08:00:00Z\",\"due\":true}", "11d late");
	expect(key_row_due, "{\"due_at\":null,\"due\":true}", "now");
	expect(key_row_due, "{}", "-");
}

static void a_session_that_is_over_is_none(void **state)
{
	(void)state;
	expect(key_row_session, "{\"session_expires_at\":\"2027-01-15T15:40:00Z\"}", "7h40m");
	expect(key_row_session, "{\"session_expires_at\":\"2027-01-15T07:59:59Z\"}", "-");
	expect(key_row_used, "{\"last_emitted_at\":\"2027-01-15T07:59:30Z\"}", "now");
	expect(key_row_used, "{\"last_emitted_at\":\"2027-01-12T07:59:30Z\"}", "3d ago");
	expect(key_row_used, "{\"last_emitted_at\":7}", "-");
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
	json_t *k = key(
	    "{\"at\":\"2027-01-15T06:30:00Z\",\"then\":\"2026-11-20T06:30:00Z\",\"no\":null}");
	char text[OUT_WHEN_BYTES];

	(void)state;
	assert_int_equal(setenv("TZ", "UTC-1", 1), 0);
	assert_true(key_row_when(k, "at", NOW, text));
	assert_string_equal(text, "07:30");
	assert_true(key_row_when(k, "then", NOW, text));
	assert_string_equal(text, "2026-11-20 07:30");
	assert_false(key_row_when(k, "no", NOW, text));
	assert_string_equal(text, "?");
	json_decref(k);
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
