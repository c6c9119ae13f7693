/* SPDX-License-Identifier: MIT */
#include "vault/aws/skews.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static struct skews *skews;

static int start(void **state)
{
	struct error err;

	(void)state;
	return skews_new(&skews, &err) ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	skews_free(skews);
	return 0;
}

static void an_endpoint_keeps_its_own(void **state)
{
	(void)state;
	skews_of(skews, "https://a.example")->measured_s = 7;
	assert_int_equal(skews_of(skews, "https://b.example")->measured_s, 0);
	assert_int_equal(skews_of(skews, "https://a.example")->measured_s, 7);
}

static void those_for_which_there_is_no_room_share_one(void **state)
{
	struct skew *last = NULL;

	(void)state;
	for (int i = 0; i < 2 * SKEWS_MAX; i++) {
		char url[48];

		(void)snprintf(url, sizeof(url), "https://sts%d.example", i);
		last = skews_of(skews, url);
		assert_non_null(last);
	}
	assert_ptr_equal(last, skews_of(skews, "https://another.example"));
	assert_ptr_not_equal(last, skews_of(skews, "https://sts0.example"));
}

static int64_t at_1000(void *ctx, enum clock_kind kind)
{
	(void)ctx, (void)kind;
	return INT64_C(1000) * 1000000000;
}

static void sessions_have_ended_when_the_earliest_of_clocks_says_so(void **state)
{
	const struct clock clock = {.now_ns = at_1000};

	(void)state;
	assert_int_equal(skews_now(skews, &clock), 1000);
	skews_of(skews, "https://a.example")->measured_s = 500;
	assert_int_equal(skews_now(skews, &clock), 1000);
	skews_of(skews, "https://b.example")->measured_s = -500;
	assert_int_equal(skews_now(skews, &clock), 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_endpoint_keeps_its_own, start, stop),
	    cmocka_unit_test_setup_teardown(sessions_have_ended_when_the_earliest_of_clocks_says_so,
					    start, stop),
	    cmocka_unit_test_setup_teardown(those_for_which_there_is_no_room_share_one, start,
					    stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
