/* SPDX-License-Identifier: MIT */
#include "vault/format/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void steps_begin_every_thirty_seconds(void **state)
{
	(void)state;
	assert_int_equal(totp_step(0), 0);
	assert_int_equal(totp_step(29), 0);
	assert_int_equal(totp_step(30), 1);
	assert_int_equal(totp_step(1111111109), 37037036);
	assert_int_equal(totp_step(-1), -1);
	assert_int_equal(totp_step(-30), -1);
	assert_int_equal(totp_step(-31), -2);
}

static void the_next_step_is_one_to_thirty_seconds_away(void **state)
{
	(void)state;
	assert_int_equal(totp_seconds_left(0), 30);
	assert_int_equal(totp_seconds_left(29), 1);
	assert_int_equal(totp_seconds_left(30), 30);
	assert_int_equal(totp_seconds_left(-1), 1);
	assert_int_equal(totp_seconds_left(-30), 30);
	for (int64_t t = -100; t < 100; t++)
		assert_int_equal(totp_step(t + totp_seconds_left(t)), totp_step(t) + 1);
}

static void a_code_is_six_ascii_digits(void **state)
{
	static const char *const bad[] = {"",	    "12345",   "1234567", "12345a",
					  " 12345", "123456 ", "-12345",  "12345\xc2\xb2"};

	(void)state;
	assert_true(totp_is_code("000000"));
	assert_true(totp_is_code("123456"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(totp_is_code(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(steps_begin_every_thirty_seconds),
	    cmocka_unit_test(the_next_step_is_one_to_thirty_seconds_away),
	    cmocka_unit_test(a_code_is_six_ascii_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
