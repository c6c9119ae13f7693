/* SPDX-License-Identifier: MIT */
#include "vault/format/json_bounds.h"

#include "vault/format/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct json_bounds small = {
    .bytes = 64, .depth = 3, .members = 4, .containers = 6, .values = 12, .text = 8};

static bool fits(const char *text, const char **why)
{
	static struct error err;

	err = ERROR_INIT;
	*why = err.message;
	if (json_bounds_check(&small, text, strlen(text), &err))
		return true;
	assert_int_equal(err.code, ERROR_PROTOCOL);
	return false;
}

static void expect_too_many(const char *text, const char *of)
{
	const char *why;

	if (fits(text, &why))
		fail_msg("%s was taken", text);
	if (!strstr(why, of))
		fail_msg("%s: %s, not of %s", text, why, of);
}

static void what_fits_is_let_through(void **state)
{
	static const char *const good[] = {"",
					   "1",
					   "{}",
					   "[[[]]]",
					   "[1,2,3,4]",
					   "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}",
					   "\"12345678\"",
					   "]]]]",
					   "[{},{},{},[]]"};
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!fits(good[i], &why))
			fail_msg("%s: %s", good[i], why);
	}
}

static void one_more_of_anything_is_refused(void **state)
{
	(void)state;
	expect_too_many(
	    "[\"12345678\",\"12345678\",\"12345678\",\"12345678\",\"12345678\",\"1234567\"]",
	    "bytes");
	expect_too_many("[[[[", "levels");
	expect_too_many("[1,2,3,4,5]", "members");
	expect_too_many("{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5}", "members");
	expect_too_many("[[[],[]],[[],[]]]", "objects and lists");
	expect_too_many("[[1,2,3,4],[1,2,3,4],[1,2,3,4]]", "values");
	expect_too_many("\"123456789\"", "bytes in one text");
	expect_too_many("{\"123456789\":1}", "bytes in one text");
}

static void brackets_and_commas_in_a_text_are_text(void **state)
{
	const char *why;

	(void)state;
	assert_true(fits("[\"[[[[[[\",\",,,,,,\",\"\\\"[[[[\"]", &why));
	/* And one that is never closed swallows the rest. */
	assert_true(fits("\"[[[[[[[", &why));
	expect_too_many("\"[[[[[[[[[[", "bytes in one text");
	assert_true(fits("[\"\\\\\",[]]", &why));
	assert_true(fits("\"\\", &why));
}

static void no_message_quotes_the_text(void **state)
{
	const char *why;

	(void)state;
	assert_false(fits("\"wJalrXUtnFEMI\"", &why));
	assert_null(strstr(why, "wJalr"));
}

static size_t made;

static void *count_malloc(size_t size)
{
	made += size;
	return malloc(size);
}

/* A frame of a hostile client: a mebibyte, each two bytes of it an object. */
static void a_frame_of_empty_objects_costs_no_memory(void **state)
{
	const struct json_bounds bounds = {.bytes = 1048576,
					   .depth = 16,
					   .members = 256,
					   .containers = 128,
					   .values = 4096,
					   .text = 65536};
	static char frame[1048576];
	struct error err = ERROR_INIT;
	json_t *value;

	(void)state;
	for (size_t i = 0; i + 3 <= sizeof(frame); i += 3)
		memcpy(frame + i, "{},", 3);
	frame[0] = '[';
	json_set_alloc_funcs(count_malloc, free);
	assert_false(json_parse_within(&bounds, frame, sizeof(frame), &value, &err));
	json_open();
	assert_null(value);
	assert_int_equal(made, 0);
	assert_int_equal(err.code, ERROR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_fits_is_let_through),
	    cmocka_unit_test(one_more_of_anything_is_refused),
	    cmocka_unit_test(brackets_and_commas_in_a_text_are_text),
	    cmocka_unit_test(no_message_quotes_the_text),
	    cmocka_unit_test(a_frame_of_empty_objects_costs_no_memory),
	};

	json_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
