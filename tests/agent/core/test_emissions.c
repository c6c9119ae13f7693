/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/emissions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int64_t now_ms;
static struct emissions emissions;

static int64_t fake_now(void *ctx, enum clock_kind kind)
{
	(void)ctx, (void)kind;
	return now_ms * 1000000;
}

static const struct clock fake = {.now_ns = fake_now};

static int start(void **state)
{
	(void)state;
	now_ms = 5000;
	emissions_start(&emissions, &fake);
	return 0;
}

static void drain(void)
{
	while (emissions.left > 0)
		assert_true(emissions_take(&emissions, &fake));
}

static void a_hundred_thousand_may_be_had_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++)
		assert_true(emissions_take(&emissions, &fake));
	assert_false(emissions_take(&emissions, &fake));
	assert_int_equal(emissions.refused, 1);
}

static void from_then_on_there_are_twenty_a_second(void **state)
{
	int given = 0;

	(void)state;
	drain();
	for (int i = 0; i < 60000; i++, now_ms++)
		given += emissions_take(&emissions, &fake);
	assert_true(given >= 1199 && given <= 1200);
	assert_int_equal(emissions.refused, 60000 - given);
}

static void a_pause_fills_the_bucket_and_no_more(void **state)
{
	(void)state;
	drain();
	now_ms += 1000;
	assert_int_equal(emissions_left(&emissions, &fake), 20);
	now_ms += 86400000;
	assert_int_equal(emissions_left(&emissions, &fake), EMISSIONS_BURST);
	now_ms += 86400000;
	assert_int_equal(emissions_left(&emissions, &fake), EMISSIONS_BURST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_hundred_thousand_may_be_had_at_once, start),
	    cmocka_unit_test_setup(from_then_on_there_are_twenty_a_second, start),
	    cmocka_unit_test_setup(a_pause_fills_the_bucket_and_no_more, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
