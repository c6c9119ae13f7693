/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/denials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static int64_t boot_ms;
static struct denials *denials;

static int64_t now_ns(void *ctx, enum clock_kind kind)
{
	(void)ctx, (void)kind;
	return boot_ms * 1000000;
}

static const struct clock fake = {.now_ns = now_ns};

static int start(void **state)
{
	struct error err;

	(void)state;
	boot_ms = 1000;
	return denials_new(&fake, &denials, &err) ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	denials_free(denials);
	return 0;
}

static void the_first_of_a_kind_is_recorded_and_the_rest_is_held_back(void **state)
{
	struct denial due;

	(void)state;
	assert_true(denials_note(denials, "prod", ERROR_MFA_NEEDED, true));
	assert_false(denials_note(denials, "prod", ERROR_MFA_NEEDED, true));
	assert_false(denials_note(denials, "prod", ERROR_MFA_NEEDED, true));
	assert_true(denials_note(denials, "prod", ERROR_AWS_REFUSED, true));
	assert_true(denials_note(denials, "dev", ERROR_MFA_NEEDED, true));
	assert_false(denials_due(denials, false, &due));
	boot_ms += DENIALS_WINDOW_MS;
	assert_true(denials_due(denials, false, &due));
	assert_string_equal(due.profile, "prod");
	assert_int_equal(due.held, 2);
	assert_int_equal(due.count, 3);
	assert_false(denials_due(denials, false, &due));
}

static void what_is_held_back_comes_out_at_the_end(void **state)
{
	struct denial due;

	(void)state;
	(void)denials_note(denials, "prod", ERROR_MFA_NEEDED, true);
	(void)denials_note(denials, "prod", ERROR_MFA_NEEDED, true);
	assert_true(denials_due(denials, true, &due));
	assert_int_equal(due.held, 1);
}

static void after_the_window_one_is_recorded_again(void **state)
{
	(void)state;
	assert_true(denials_note(denials, "prod", ERROR_MFA_NEEDED, true));
	boot_ms += DENIALS_WINDOW_MS;
	assert_true(denials_note(denials, "prod", ERROR_MFA_NEEDED, true));
	assert_false(denials_note(denials, "prod", ERROR_MFA_NEEDED, true));
}

static void any_number_of_names_fits(void **state)
{
	struct denial list[DENIALS_MAX];

	(void)state;
	for (int i = 0; i < 10 * DENIALS_MAX; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "name-%d", i);
		(void)denials_note(denials, name, ERROR_NOT_FOUND, true);
	}
	assert_int_equal(denials_list(denials, list), DENIALS_MAX);
}

static void a_change_is_told_once(void **state)
{
	(void)state;
	assert_false(denials_changed(denials));
	(void)denials_note(denials, "prod", ERROR_MFA_NEEDED, true);
	assert_true(denials_changed(denials));
	assert_false(denials_changed(denials));
}

#define DENIALS_TEST(test_) cmocka_unit_test_setup_teardown(test_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DENIALS_TEST(the_first_of_a_kind_is_recorded_and_the_rest_is_held_back),
	    DENIALS_TEST(what_is_held_back_comes_out_at_the_end),
	    DENIALS_TEST(after_the_window_one_is_recorded_again),
	    DENIALS_TEST(any_number_of_names_fits),
	    DENIALS_TEST(a_change_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
