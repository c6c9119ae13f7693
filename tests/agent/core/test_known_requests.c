/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/known_requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct known_requests *known;

static int start(void **state)
{
	struct error err;

	(void)state;
	return known_requests_new(&known, &err) ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	known_requests_free(known);
	return 0;
}

static struct buf frame_of(char *text)
{
	return (struct buf){.data = (void *)text, .len = strlen(text)};
}

static void a_request_is_known_by_each_of_its_bytes(void **state)
{
	char bytes[] = "{\"v\":1,\"op\":\"credentials\"}";
	struct buf frame = frame_of(bytes);
	const struct known_request put = {.profile = "prod", .fresh_s = 60};
	struct known_request got;

	(void)state;
	assert_false(known_requests_find(known, &frame, &got));
	known_requests_put(known, &frame, &put);
	assert_true(known_requests_find(known, &frame, &got));
	assert_string_equal(got.profile, "prod");
	assert_int_equal(got.fresh_s, 60);
	for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
		bytes[i] ^= 1;
		assert_false(known_requests_find(known, &frame, &got));
		bytes[i] ^= 1;
	}
	frame.len--;
	assert_false(known_requests_find(known, &frame, &got));
}

static void a_flood_of_different_requests_takes_no_more_memory(void **state)
{
	struct known_request got;
	char text[32];
	int left = 0;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		const struct known_request put = {.fresh_s = i};
		struct buf frame;

		(void)snprintf(text, sizeof(text), "%d", i);
		frame = frame_of(text);
		known_requests_put(known, &frame, &put);
	}
	for (int i = 0; i < 10000; i++) {
		struct buf frame;

		(void)snprintf(text, sizeof(text), "%d", i);
		frame = frame_of(text);
		if (!known_requests_find(known, &frame, &got))
			continue;
		assert_int_equal(got.fresh_s, i);
		left++;
	}
	assert_in_range(left, 1, 256);
}

static void a_long_request_is_read_each_time(void **state)
{
	static char long_one[8192];
	struct buf frame = {.data = (void *)long_one, .len = sizeof(long_one)};
	const struct known_request put = {.fresh_s = 1};
	struct known_request got;

	(void)state;
	known_requests_put(known, &frame, &put);
	assert_false(known_requests_find(known, &frame, &got));
}

#define KNOWN_TEST(test_) cmocka_unit_test_setup_teardown(test_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    KNOWN_TEST(a_request_is_known_by_each_of_its_bytes),
	    KNOWN_TEST(a_flood_of_different_requests_takes_no_more_memory),
	    KNOWN_TEST(a_long_request_is_read_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
