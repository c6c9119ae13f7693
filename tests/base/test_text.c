/* SPDX-License-Identifier: MIT */
#include "vault/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void a_name_is_1_to_128_of_its_characters(void **state)
{
	char text[TEXT_NAME_MAX + 2];

	(void)state;
	for (int c = 1; c < 256; c++) {
		text[0] = (char)c;
		text[1] = '\0';
		assert_int_equal(text_is_name(text),
				 strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					"0123456789_.@+/:%-",
					c) != NULL);
	}
	memset(text, 'a', sizeof(text));
	text[TEXT_NAME_MAX] = '\0';
	assert_true(text_is_name(text));
	text[TEXT_NAME_MAX] = 'a';
	text[TEXT_NAME_MAX + 1] = '\0';
	assert_false(text_is_name(text));
	assert_false(text_is_name(""));
}

static void a_name_may_be_of_any_script_and_of_several_words(void **state)
{
	static const char *const good[] = {"two words",
					   "a b c",
					   "b\xc3\xbcro",
					   "\xe6\x9d\xb1\xe4\xba\xac",	       /* Tokyo */
					   "\xd0\xbf\xd1\x80\xd0\xbe\xd0\xb4", /* prod, Cyrillic */
					   "\xd9\xa3",			       /* an Arabic digit */
					   "\xf0\xa0\x80\x80"};
	static const char *const bad[] = {" a",
					  "a ",
					  "a  b",
					  "a\tb",
					  "a\xc2\xa0"
					  "b",		  /* no-break space */
					  "bu\xcc\x88ro", /* combining */
					  "a\xe2\x80\xae"
					  "b",
					  "a\xe2\x80\x8b"
					  "b",
					  "a\xef\xbb\xbf", /* bidi, format */
					  "a\xee\x80\x80",
					  "a\xc2\x85",
					  "a\xed\xa0\x80", /* private, C1, surrogate */
					  "a\xc3",
					  "\xc0\xaf",
					  "\xf4\x90\x80\x80", /* not UTF-8 */
					  "\xe2\x84\xaa",
					  "\xef\xac\x81",
					  "\xef\xbc\xa1", /* Kelvin, fi, wide A */
					  "\xe1\x84\x80\xe1\x85\xa1",
					  "\xf0\x9f\x94\x91",
					  "\xe2\x80\x99", /* jamo, a key, ' */
					  "a[",
					  "a]",
					  "a\"",
					  "a'",
					  "a\\",
					  "a$",
					  "a`",
					  "a;",
					  "a=",
					  "a#",
					  "a\x7f",
					  "a\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!text_is_name(good[i]))
			fail_msg("%s is refused", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (text_is_name(bad[i]))
			fail_msg("%zu: %s is taken", i, bad[i]);
	}
}

static void a_name_of_two_words_is_quoted_for_a_shell(void **state)
{
	(void)state;
	assert_string_equal(TEXT_WORD("prod"), "prod");
	assert_string_equal(TEXT_WORD("my prod"), "'my prod'");
	assert_string_equal(TEXT_WORD("NAME OR 'OTHER"), "NAME OR 'OTHER");
}

static void letters_of_east_asia_take_two_columns(void **state)
{
	(void)state;
	assert_int_equal(text_width("prod"), 4);
	assert_int_equal(text_width("b\xc3\xbcro"), 4);
	assert_int_equal(text_width("\xe6\x9d\xb1\xe4\xba\xac-a"), 6);
	assert_int_equal(text_width("\xed\x95\x9c"), 2);
	assert_int_equal(text_width("\xe2\x80\xa6\xff"), 2);
}

static void a_refused_name_is_shown_escaped(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(text_check_name("profile", "prod", &err));
	assert_false(text_check_name("profile", "a\x1b[31m", &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_string_equal(err.message, "not a profile: \"a\\x1b[31m\"");
	assert_false(text_check_name("name", "", &err));
}

static void durations_are_read_in_four_units(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {{"1s", 1},	      {"15m", 900},	    {"8h", 28800},
		    {"90d", 7776000}, {"3650d", 315360000}, {"007s", 7},
		    {"1h30m", 5400},  {"1d2h3m4s", 93784},  {"0h1s", 1},
		    {"1d1s", 86401}};
	static const char *const bad[] = {"",	  "1",	     "s",    "0s",	     "-1s",
					  "1w",	  "30m1h",   "1h1h", "1h30",	     "1h 30m",
					  "h30m", "3650d1s", "0h0m", "1 h",	     " 1h",
					  "1h ",  "3651d",   "1.5h", "99999999999s", "1S"};
	struct error err = ERROR_INIT;
	int64_t seconds = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (text_parse_duration(bad[i], &seconds, &err))
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(err.code, ERROR_USAGE);
	}
	assert_int_equal(seconds, 77);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(text_parse_duration(good[i].text, &seconds, &err));
		assert_int_equal(seconds, good[i].seconds);
	}
}

static void durations_are_written_with_two_units_at_most(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {{-5, "0s"},       {0, "0s"},	  {59, "59s"},	    {60, "1m"},
		     {3599, "59m"},    {3600, "1h"},	  {27600, "7h40m"}, {172799, "47h59m"},
		     {86400, "24h"},   {86460, "24h01m"}, {172800, "2d"},   {1036800, "12d"},
		     {INT64_MIN, "0s"}};
	char out[TEXT_DURATION_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_format_duration(cases[i].seconds, out);
		assert_string_equal(out, cases[i].text);
	}
	text_format_duration(INT64_MAX, out);
	assert_true(strlen(out) < sizeof(out));
}

static void an_exact_duration_is_read_back_as_it_was(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {{1, "1s"},	       {90, "90s"},    {3600, "1h"},   {5400, "90m"},
		     {86400, "24h"},   {90000, "25h"}, {172800, "2d"}, {172801, "172801s"},
		     {7776000, "90d"}, {176400, "49h"}};
	struct error err = ERROR_INIT;
	char out[TEXT_DURATION_BYTES];
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_exact_duration(cases[i].seconds, out);
		assert_string_equal(out, cases[i].text);
		assert_true(text_parse_duration(out, &seconds, &err));
		assert_int_equal(seconds, cases[i].seconds);
	}
}

static void sizes_are_read_in_binary_units(void **state)
{
	static const char *const bad[] = {"",	    "0",  "MiB",  "64MB", "64mib",
					  "64 MiB", "-1", "1TiB", "0MiB", "1.5GiB"};
	struct error err = ERROR_INIT;
	uint64_t bytes = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_parse_bytes(bad[i], &bytes, &err));
	assert_int_equal(bytes, 77);
	assert_true(text_parse_bytes("4096", &bytes, &err));
	assert_int_equal(bytes, 4096);
	assert_true(text_parse_bytes("512KiB", &bytes, &err));
	assert_int_equal(bytes, 524288);
	assert_true(text_parse_bytes("256MiB", &bytes, &err));
	assert_int_equal(bytes, 268435456);
	assert_true(text_parse_bytes("4GiB", &bytes, &err));
	assert_int_equal(bytes, UINT64_C(4294967296));
}

static void numbers_keep_to_their_range_and_take_the_whole_text(void **state)
{
	static const char *const bad[] = {"",
					  "-1",
					  "+1",
					  " 1",
					  "1 ",
					  "0x1",
					  "1e3",
					  "11",
					  "1",
					  "18446744073709551617",
					  "99999999999999999999999"};
	struct error err = ERROR_INIT;
	uint64_t n = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (text_parse_u64("--port", bad[i], 2, 10, &n, &err))
			fail_msg("%s was taken", bad[i]);
		assert_non_null(strstr(err.message, "--port"));
	}
	assert_int_equal(n, 77);
	assert_true(text_parse_u64("n", "2", 2, 10, &n, &err) && n == 2);
	assert_true(text_parse_u64("n", "10", 2, 10, &n, &err) && n == 10);
	assert_true(text_parse_u64("n", "0", 0, 0, &n, &err) && n == 0);
}

static const struct {
	const char *text;
	const char *shown;
} escapes[] = {
    {"plain text", "plain text"},
    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91"},
    {"a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd"},
    {"\x1b[2J\x07\x7f", "\\x1b[2J\\x07\\x7f"},
    {"\xc2\x9b"
     "31m",
     "\\xc2\\x9b31m"}, /* C1: CSI */
    {"a\xe2\x80\xae"
     "b",
     "a\\xe2\\x80\\xaeb"},					    /* right-to-left override */
    {"\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"}, /* isolates */
    {"\xd8\x9c", "\\xd8\\x9c"},					    /* Arabic letter mark */
    {"a\xe1\x85\x9f", "a\\xe1\\x85\\x9f"},			    /* fillers of Hangul */
    {"\xe3\x85\xa4", "\\xe3\\x85\\xa4"},
    {"\xe2\x80\x8b", "\\xe2\\x80\\x8b"},	  /* zero width space */
    {"\xe2\x81\xa0", "\\xe2\\x81\\xa0"},	  /* word joiner */
    {"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},	  /* byte order mark */
    {"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"}, /* tag letter */
    {"\xff\xfe", "\\xff\\xfe"},			  /* never in UTF-8 */
    {"\xc0\xaf", "\\xc0\\xaf"},			  /* overlong */
    {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
    {"\xe0\x83\xa4", "\\xe0\\x83\\xa4"},
    {"\xf0\x82\x82\xac", "\\xf0\\x82\\x82\\xac"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},	  /* a surrogate */
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
    {"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
    {"\xe2\x82", "\\xe2\\x82"}, /* cut short */
    {"\xe2\x82z", "\\xe2\\x82z"},
    {"\x80", "\\x80"},
    {"", ""},
};

static void nothing_from_outside_steers_the_terminal(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		struct buf out = BUF_INIT(1024);
		struct error err = ERROR_INIT;
		char array[256];

		assert_true(text_escape(escapes[i].text, strlen(escapes[i].text), &out, &err));
		assert_string_equal(buf_text(&out), escapes[i].shown);
		buf_clear(&out);
		text_escape_into(escapes[i].text, array, sizeof(array));
		assert_string_equal(array, escapes[i].shown);
	}
}

static void a_nul_inside_is_escaped_too(void **state)
{
	struct buf out = BUF_INIT(1024);
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(text_escape("a\0b", 3, &out, &err));
	assert_string_equal(buf_text(&out), "a\\x00b");
	buf_clear(&out);
}

static void a_character_that_goes_on_behind_the_end_is_not_one(void **state)
{
	struct buf out = BUF_INIT(1024);
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(text_escape("\xe2\x82\xac", 2, &out, &err));
	assert_string_equal(buf_text(&out), "\\xe2\\x82");
	buf_clear(&out);
}

static void cutting_never_splits_an_escape_or_a_character(void **state)
{
	char out[16];

	(void)state;
	for (size_t size = 1; size <= sizeof(out); size++) {
		memset(out, '#', sizeof(out));
		text_escape_into("ab\x1b\xe2\x82\xac", out, size);
		assert_true(strlen(out) < size);
		assert_string_equal(out, size > 9   ? "ab\\x1b\xe2\x82\xac"
					 : size > 6 ? "ab\\x1b"
					 : size > 2 ? "ab"
					 : size > 1 ? "a"
						    : "");
	}
}

static void width_counts_characters(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91"), 3);
}

static void times_are_rfc_3339_in_utc(void **state)
{
	char out[TEXT_TIME_BYTES];

	(void)state;
	text_format_time(1795165331, out);
	assert_string_equal(out, "2026-11-20T09:02:11Z");
	text_format_time(0, out);
	assert_string_equal(out, "1970-01-01T00:00:00Z");
	text_format_time(INT64_MAX, out);
	assert_string_equal(out, "");
}

static void dates_agree_with_the_c_library_from_1970_to_9999(void **state)
{
	/* 1 h 1 s short of 46 days: every month, leap day, century and hour comes by. */
	const int64_t stride = 46 * 86400 - 3601, end = INT64_C(253402300799);
	char out[TEXT_TIME_BYTES], theirs[TEXT_TIME_BYTES];

	(void)state;
	for (int64_t at = 0; at <= end; at += stride) {
		time_t seconds = (time_t)at;
		struct tm tm;

		assert_non_null(gmtime_r(&seconds, &tm));
		assert_int_equal(strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%SZ", &tm), 20);
		text_format_time(at, out);
		assert_string_equal(out, theirs);
	}
	text_format_time(end, out);
	assert_string_equal(out, "9999-12-31T23:59:59Z");
	text_format_time(end + 1, out);
	assert_string_equal(out, "");
	text_format_time(-1, out);
	assert_string_equal(out, "");
}

static void hex_goes_there_and_back(void **state)
{
	unsigned char all[256], back[256];
	char hex[513];

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (unsigned char)i;
	text_hex(all, sizeof(all), hex);
	assert_int_equal(strlen(hex), 512);
	assert_int_equal(strncmp(hex, "000102", 6), 0);
	assert_true(text_unhex(hex, back, sizeof(back)));
	assert_memory_equal(all, back, sizeof(all));
	assert_true(text_unhex("aBCdEF", back, 3));
	assert_memory_equal(back, "\xab\xcd\xef", 3);
	assert_true(text_unhex("", back, 0));
}

static void what_is_not_exactly_hex_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "a",
					  "abc",
					  "abcde",
					  "abcd ",
					  "abcg",
					  "ab:d",
					  "@bcd",
					  "`bcd",
					  "ab/d",
					  "abcdef",
					  "ab\xe1"
					  "d",
					  "G000"};
	unsigned char out[2];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_unhex(bad[i], out, 2));
}

static void what_does_not_fit_is_not_appended(void **state)
{
	char text[8] = "";

	(void)state;
	text_append(text, sizeof(text), "%s", "one");
	text_append(text, sizeof(text), ", %d", 2);
	assert_string_equal(text, "one, 2");
	for (int i = 0; i < 3; i++)
		text_append(text, sizeof(text), "%s", "three");
	assert_string_equal(text, "one, 2t");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_is_1_to_128_of_its_characters),
	    cmocka_unit_test(a_name_may_be_of_any_script_and_of_several_words),
	    cmocka_unit_test(a_name_of_two_words_is_quoted_for_a_shell),
	    cmocka_unit_test(letters_of_east_asia_take_two_columns),
	    cmocka_unit_test(a_refused_name_is_shown_escaped),
	    cmocka_unit_test(durations_are_read_in_four_units),
	    cmocka_unit_test(durations_are_written_with_two_units_at_most),
	    cmocka_unit_test(an_exact_duration_is_read_back_as_it_was),
	    cmocka_unit_test(sizes_are_read_in_binary_units),
	    cmocka_unit_test(numbers_keep_to_their_range_and_take_the_whole_text),
	    cmocka_unit_test(nothing_from_outside_steers_the_terminal),
	    cmocka_unit_test(a_nul_inside_is_escaped_too),
	    cmocka_unit_test(a_character_that_goes_on_behind_the_end_is_not_one),
	    cmocka_unit_test(cutting_never_splits_an_escape_or_a_character),
	    cmocka_unit_test(width_counts_characters),
	    cmocka_unit_test(times_are_rfc_3339_in_utc),
	    cmocka_unit_test(dates_agree_with_the_c_library_from_1970_to_9999),
	    cmocka_unit_test(hex_goes_there_and_back),
	    cmocka_unit_test(what_is_not_exactly_hex_is_refused),
	    cmocka_unit_test(what_does_not_fit_is_not_appended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
