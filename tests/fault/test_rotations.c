/* SPDX-License-Identifier: MIT */
#include "tests/fault/check.h"

/* A matrix that shrinks does not go unnoticed. */
static void matrix_holds(const char *part, uint64_t at_least)
{
	uint64_t about = part_holds(part);

	if (about < at_least)
		fail_msg("%s has about %llu points, not %llu", part, (unsigned long long)about,
			 (unsigned long long)at_least);
}

static void no_key_is_lost_at_any_call(void **state)
{
	(void)state;
	matrix_holds("rotation_calls", 3200);
}

static void no_key_is_lost_when_the_run_that_resumes_fails_too(void **state)
{
	(void)state;
	matrix_holds("rotation_twice", 4200);
}

static void no_key_is_lost_by_a_disk_that_fails(void **state)
{
	(void)state;
	matrix_holds("rotation_disk", 11000);
}

static void no_key_is_lost_that_can_be_neither_stored_nor_deleted(void **state)
{
	(void)state;
	matrix_holds("rotation_both", 3000);
}

static void no_key_is_lost_by_a_power_cut(void **state)
{
	(void)state;
	matrix_holds("rotation_power", 4000);
}

static void no_key_in_the_recovery_file_is_lost_by_a_power_cut(void **state)
{
	(void)state;
	matrix_holds("rotation_aside", 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_key_is_lost_at_any_call),
	    cmocka_unit_test(no_key_is_lost_when_the_run_that_resumes_fails_too),
	    cmocka_unit_test(no_key_is_lost_by_a_disk_that_fails),
	    cmocka_unit_test(no_key_is_lost_that_can_be_neither_stored_nor_deleted),
	    cmocka_unit_test(no_key_is_lost_by_a_power_cut),
	    cmocka_unit_test(no_key_in_the_recovery_file_is_lost_by_a_power_cut),
	};

	return cmocka_run_group_tests_name("rotations", tests, NULL, NULL);
}
