/* SPDX-License-Identifier: MIT */
#include "cli/profile/pick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"billing", "prod", "prod-eu", "2"};

static size_t match(const char *answer)
{
	return pick_match(names, 4, answer);
}

static void a_number_picks_a_line(void **state)
{
	(void)state;
	assert_int_equal(match("1"), 0);
	assert_int_equal(match("4"), 3);
	assert_int_equal(match("0"), 4);
	assert_int_equal(match("5"), 4);
	assert_int_equal(match("-1"), 4);
	assert_int_equal(match("99999999999999999999"), 4);
}

static void a_whole_name_goes_before_a_number_and_a_prefix(void **state)
{
	(void)state;
	assert_int_equal(match("2"), 3);
	assert_int_equal(match("prod"), 1);
}

static void a_prefix_picks_only_when_one_name_has_it(void **state)
{
	(void)state;
	assert_int_equal(match("b"), 0);
	assert_int_equal(match("prod-"), 2);
	assert_int_equal(match("pro"), 4);
	assert_int_equal(match("x"), 4);
	assert_int_equal(match(""), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_number_picks_a_line),
	    cmocka_unit_test(a_whole_name_goes_before_a_number_and_a_prefix),
	    cmocka_unit_test(a_prefix_picks_only_when_one_name_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
