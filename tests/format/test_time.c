/* SPDX-License-Identifier: MIT */
#include "vault/format/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vault/base/text.h"

static void iso_times_are_read_whatever_their_zone_and_fraction(void **state)
{
	static const struct {
		const char *text;
		int64_t at;
	} good[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2026-11-20T09:02:11Z", 1795165331},
	    {"2026-11-20T10:02:11+01:00", 1795165331},
	    {"2026-11-20T05:32:11-0330", 1795165331},
	    {"20261120T090211Z", 1795165331},
	    {"2011-07-11T19:55:29.611Z", 1310414129},
	    {"2011-07-11T19:55:29.999999999Z", 1310414129},
	    {"2024-02-29T23:59:59Z", 1709251199},
	    {"2000-02-29T00:00:00Z", 951782400},
	    {"2016-12-31T23:59:60Z", 1483228800},
	    {"9999-12-31T23:59:59Z", INT64_C(253402300799)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int64_t at = -1;

		if (!time_parse_iso(good[i].text, &at) || at != good[i].at)
			fail_msg("%s is %lld", good[i].text, (long long)at);
	}
}

static void what_is_no_iso_time_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "2026",
	    "2026-11-20",
	    "2026-11-20T09:02:11",
	    "2026-11-20T09:02:11z",
	    "2026-11-20t09:02:11Z",
	    "2026-11-20 09:02:11Z",
	    " 2026-11-20T09:02:11Z",
	    "2026-11-20T09:02:11Z ",
	    "2026-11-20T09:02:11ZZ",
	    "2026-11-20T09:02Z",
	    "2026-11-20T090211Z",
	    "20261120T09:02:11Z",
	    "2026-1120T09:02:11Z",
	    "2026-13-20T09:02:11Z",
	    "2026-00-20T09:02:11Z",
	    "2026-11-31T09:02:11Z",
	    "2026-11-00T09:02:11Z",
	    "2026-02-29T09:02:11Z",
	    "2100-02-29T09:02:11Z",
	    "2026-11-20T24:00:00Z",
	    "2026-11-20T09:60:11Z",
	    "2026-11-20T09:02:61Z",
	    "2026-11-20T09:02:11.Z",
	    "2026-11-20T09:02:11.1234567890Z",
	    "2026-11-20T09:02:11,5Z",
	    "2026-11-20T09:02:11+24:00",
	    "2026-11-20T09:02:11+01:60",
	    "2026-11-20T09:02:11+1:00",
	    "2026-11-20T09:02:11+01",
	    "1969-12-31T23:59:59Z",
	    "1970-01-01T00:00:00+00:01",
	    "9999-12-31T23:59:59-00:01",
	    "-026-11-20T09:02:11Z",
	    "+2026-11-20T09:02:11Z",
	    "2026-+1-20T09:02:11Z",
	    "1795165331",
	    "Fri, 20 Nov 2026 09:02:11 GMT",
	};
	int64_t at = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (time_parse_iso(bad[i], &at))
			fail_msg("%s was taken for %lld", bad[i], (long long)at);
	}
	assert_int_equal(at, 77);
}

static void http_dates_are_read_when_the_week_day_fits(void **state)
{
	static const char *const bad[] = {
	    "",
	    "Mon, 06 Nov 1994 08:49:37 GMT",
	    "Sun, 6 Nov 1994 08:49:37 GMT",
	    "Sun, 06 Nov 1994 08:49:37 UTC",
	    "Sun, 06 Nov 1994 08:49:37 GMT ",
	    "Sun, 06 nov 1994 08:49:37 GMT",
	    "Sun, 31 Nov 1994 08:49:37 GMT",
	    "Sunday, 06-Nov-94 08:49:37 GMT",
	    "Sun Nov  6 08:49:37 1994",
	    "Sun,06 Nov 1994 08:49:37 GMT",
	    "Sun, 06 Nov 1994 08:49:37",
	};
	int64_t at = 77;

	(void)state;
	assert_true(time_parse_http("Sun, 06 Nov 1994 08:49:37 GMT", &at));
	assert_int_equal(at, 784111777);
	assert_true(time_parse_http("Thu, 01 Jan 1970 00:00:00 GMT", &at));
	assert_int_equal(at, 0);
	at = 77;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (time_parse_http(bad[i], &at))
			fail_msg("%s was taken for %lld", bad[i], (long long)at);
	}
	assert_int_equal(at, 77);
}

static void what_is_written_reads_back_the_same(void **state)
{
	char basic[TIME_BASIC_BYTES], iso[TEXT_TIME_BYTES];
	int64_t back;

	(void)state;
	/* A step without common factor with days or years meets every month and leap rule. */
	for (int64_t t = 0; t < INT64_C(16725225600); t += 1234577) {
		time_format_basic(t, basic);
		assert_true(time_parse_iso(basic, &back));
		assert_int_equal(back, t);
		text_format_time(t, iso);
		assert_true(time_parse_iso(iso, &back));
		assert_int_equal(back, t);
	}
}

static void times_are_written_as_sigv4_wants_them(void **state)
{
	char basic[TIME_BASIC_BYTES], day[TIME_DAY_BYTES];

	(void)state;
	time_format_basic(1795165331, basic);
	assert_string_equal(basic, "20261120T090211Z");
	time_format_day(1795165331, day);
	assert_string_equal(day, "20261120");
}

static void times_that_cannot_be_written_are_empty(void **state)
{
	static const int64_t bad[] = {-1, INT64_MIN, INT64_MAX, INT64_C(253402300800)};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char basic[TIME_BASIC_BYTES], day[TIME_DAY_BYTES];

		time_format_basic(bad[i], basic);
		time_format_day(bad[i], day);
		assert_string_equal(basic, "");
		assert_string_equal(day, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(iso_times_are_read_whatever_their_zone_and_fraction),
	    cmocka_unit_test(what_is_no_iso_time_is_refused),
	    cmocka_unit_test(http_dates_are_read_when_the_week_day_fits),
	    cmocka_unit_test(what_is_written_reads_back_the_same),
	    cmocka_unit_test(times_are_written_as_sigv4_wants_them),
	    cmocka_unit_test(times_that_cannot_be_written_are_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
