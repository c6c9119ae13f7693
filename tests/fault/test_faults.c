/* SPDX-License-Identifier: MIT */
#include "tests/fault/check.h"

static void a_call_that_fails_or_never_returns_leaves_all_or_nothing(void **state)
{
	(void)state;
	part_holds("faults");
}

static void a_power_cut_leaves_all_or_nothing_and_what_was_acknowledged(void **state)
{
	(void)state;
	part_holds("power");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_call_that_fails_or_never_returns_leaves_all_or_nothing),
	    cmocka_unit_test(a_power_cut_leaves_all_or_nothing_and_what_was_acknowledged),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
