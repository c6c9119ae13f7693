/* SPDX-License-Identifier: MIT */
#include "vault/format/session_tags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void tags_come_one_by_one_without_the_blanks_around_them(void **state)
{
	const char *rest = "team = red ,stage=prod,expr=a=b,none=";
	static const char *const expected[][2] = {
	    {"team", "red"}, {"stage", "prod"}, {"expr", "a=b"}, {"none", ""}};
	struct session_tag tag;
	size_t count = 0;

	(void)state;
	while (session_tags_next(&rest, &tag)) {
		assert_true(span_equals(tag.key, expected[count][0]));
		assert_true(span_equals(tag.value, expected[count][1]));
		count++;
	}
	assert_int_equal(count, 4);
}

static void what_sts_takes_is_valid(void **state)
{
	static const char *const good[] = {"a=b", "a=", "Cost Center = 12:/+-@_.",
					   "ort=K\xc3\xb6ln", "a=1,b=2"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!session_tags_are_valid(good[i]))
			fail_msg("%s", good[i]);
	}
	assert_true(session_tags_are_keys("team, stage"));
}

static void what_is_no_list_of_tags_is_not(void **state)
{
	static const char *const bad[] = {
	    "",	       ",",	   "a",	      "=b",	   "a=b,",   "a=b,,c=d",      "a=b;c=d",
	    "a=\"b\"", "a=b\nc=d", "a=b,A=c", "a=\x1b[2J", "a=\xff", "a=\xe2\x80\xae"};
	char many[51 * 8 + 1] = "", longer[300];
	size_t used = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (session_tags_are_valid(bad[i]))
			fail_msg("case %zu is taken", i);
	}
	for (int i = 0; i < 51; i++)
		used += (size_t)snprintf(many + used, sizeof(many) - used, "%sk%d=v", i ? "," : "",
					 i);
	assert_false(session_tags_are_valid(many));
	*strrchr(many, ',') = '\0';
	assert_true(session_tags_are_valid(many));
	(void)snprintf(longer, sizeof(longer), "k=%0256d", 0);
	assert_true(session_tags_are_valid(longer));
	(void)snprintf(longer, sizeof(longer), "k=%0257d", 0);
	assert_false(session_tags_are_valid(longer));
	(void)snprintf(longer, sizeof(longer), "%0129d=v", 0);
	assert_false(session_tags_are_valid(longer));
	assert_false(session_tags_are_keys("a=b"));
	assert_false(session_tags_are_keys("a,a"));
	assert_false(session_tags_are_keys(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tags_come_one_by_one_without_the_blanks_around_them),
	    cmocka_unit_test(what_sts_takes_is_valid),
	    cmocka_unit_test(what_is_no_list_of_tags_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
