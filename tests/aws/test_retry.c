/* SPDX-License-Identifier: MIT */
#include "vault/aws/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ROUNDS = 300 };

static void throttling_is_told_by_code_or_429(void **state)
{
	(void)state;
	assert_int_equal(retry_classify(400, "Throttling"), RETRY_THROTTLED);
	assert_int_equal(retry_classify(400, "RequestLimitExceeded"), RETRY_THROTTLED);
	assert_int_equal(retry_classify(503, "SlowDown"), RETRY_THROTTLED);
	assert_int_equal(retry_classify(429, ""), RETRY_THROTTLED);
}

static void iams_own_limit_is_no_throttling(void **state)
{
	(void)state;
	assert_int_equal(retry_classify(409, "LimitExceeded"), RETRY_NEVER);
}

static void server_errors_pass_and_refusals_do_not(void **state)
{
	(void)state;
	assert_int_equal(retry_classify(500, "InternalFailure"), RETRY_TRANSIENT);
	assert_int_equal(retry_classify(502, ""), RETRY_TRANSIENT);
	assert_int_equal(retry_classify(503, ""), RETRY_TRANSIENT);
	assert_int_equal(retry_classify(504, ""), RETRY_TRANSIENT);
	assert_int_equal(retry_classify(400, "IDPCommunicationError"), RETRY_TRANSIENT);
	assert_int_equal(retry_classify(501, ""), RETRY_NEVER);
	assert_int_equal(retry_classify(403, "AccessDenied"), RETRY_NEVER);
	assert_int_equal(retry_classify(400, "ValidationError"), RETRY_NEVER);
	assert_int_equal(retry_classify(200, ""), RETRY_NEVER);
}

static void there_are_three_attempts(void **state)
{
	(void)state;
	assert_true(retry_again(RETRY_TRANSIENT, 1, false));
	assert_true(retry_again(RETRY_THROTTLED, 2, false));
	assert_false(retry_again(RETRY_TRANSIENT, 3, false));
	assert_false(retry_again(RETRY_NEVER, 1, false));
}

static void what_must_not_be_repeated_is_only_when_it_never_left(void **state)
{
	(void)state;
	assert_false(retry_again(RETRY_TRANSIENT, 1, true));
	assert_false(retry_again(RETRY_THROTTLED, 1, true));
	assert_true(retry_again(RETRY_UNSENT, 1, true));
	assert_false(retry_again(RETRY_UNSENT, 3, true));
}

static void delays_double_and_have_a_ceiling(void **state)
{
	int64_t most[3] = {0}, throttled = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		static const int attempts[3] = {1, 2, 12};
		static const int64_t bounds[3] = {50, 100, 20000};
		int64_t delay;

		for (int k = 0; k < 3; k++) {
			delay = retry_delay_ms(RETRY_TRANSIENT, attempts[k], -1);
			assert_in_range(delay, 0, bounds[k]);
			most[k] = delay > most[k] ? delay : most[k];
		}
		delay = retry_delay_ms(RETRY_THROTTLED, 1, -1);
		assert_in_range(delay, 0, 1000);
		throttled = delay > throttled ? delay : throttled;
	}
	/* Each bound is neared: the chance that it is not in so many rounds is below 1e-20. */
	assert_true(most[0] > 40 && most[1] > 80 && most[2] > 15000 && throttled > 800);
}

static void awss_own_delay_is_followed_within_reason(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(retry_delay_ms(RETRY_TRANSIENT, 1, 1500), 1500);
		assert_in_range(retry_delay_ms(RETRY_TRANSIENT, 1, 600000), 5000, 5050);
		assert_in_range(retry_delay_ms(RETRY_THROTTLED, 1, 0), 0, 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(throttling_is_told_by_code_or_429),
	    cmocka_unit_test(iams_own_limit_is_no_throttling),
	    cmocka_unit_test(server_errors_pass_and_refusals_do_not),
	    cmocka_unit_test(there_are_three_attempts),
	    cmocka_unit_test(what_must_not_be_repeated_is_only_when_it_never_left),
	    cmocka_unit_test(delays_double_and_have_a_ceiling),
	    cmocka_unit_test(awss_own_delay_is_followed_within_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
