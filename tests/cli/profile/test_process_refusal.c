/* SPDX-License-Identifier: MIT */
#include "cli/profile/process_refusal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_same_refusal_is_told_once_in_a_window(void **state)
{
	json_t *told = json_object();

	(void)state;
	assert_false(process_refusal_was_told(told, "prod", 1000));
	assert_true(process_refusal_was_told(told, "prod", 1000));
	assert_true(process_refusal_was_told(told, "prod", 1004));
	assert_false(process_refusal_was_told(told, "prod", 1005));
	assert_true(process_refusal_was_told(told, "prod", 1006));
	json_decref(told);
}

static void each_profile_has_its_own(void **state)
{
	json_t *told = json_object();

	(void)state;
	assert_false(process_refusal_was_told(told, "prod", 1000));
	assert_false(process_refusal_was_told(told, "dev", 1001));
	assert_true(process_refusal_was_told(told, "prod", 1002));
	assert_false(process_refusal_was_told(told, "other", 2000));
	assert_int_equal(json_object_size(told), 1);
	json_decref(told);
}

static void a_clock_that_was_set_back_does_not_silence_for_long(void **state)
{
	json_t *told = json_object();

	(void)state;
	assert_false(process_refusal_was_told(told, "prod", 100000));
	assert_false(process_refusal_was_told(told, "prod", 1000));
	json_decref(told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_same_refusal_is_told_once_in_a_window),
	    cmocka_unit_test(each_profile_has_its_own),
	    cmocka_unit_test(a_clock_that_was_set_back_does_not_silence_for_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
