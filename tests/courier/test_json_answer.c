/* SPDX-License-Identifier: MIT */
#include "vault/courier/json_answer.h"

#include "vault/aws/answer_tree.h"
#include "vault/format/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool parse(const char *text, json_t **tree)
{
	return json_answer_parse(text, strlen(text), tree);
}

static void members_become_arrays_and_values_become_texts(void **state)
{
	json_t *expected = json_loads(
	    "{\"a\":[\"1\"],\"l\":[\"x\",\"y\"],\"o\":[{\"t\":[\"true\"],\"f\":[\"false\"]}],"
	    "\"n\":[],\"e\":[\"\"],\"r\":[\"1795000000\"],\"p\":[{\"q\":[\"1\"]},{\"q\":[\"2\"]}]}",
	    0, NULL);
	json_t *tree;

	(void)state;
	assert_true(parse("{\"a\":1,\"l\":[\"x\",\"y\"],\"o\":{\"t\":true,\"f\":false},\"n\":null,"
			  "\"e\":\"\",\"r\":1795000000.75,\"p\":[{\"q\":1},{\"q\":2}]}",
			  &tree));
	assert_true(json_equal(tree, expected));
	json_decref(tree);
	json_decref(expected);
}

static void a_time_in_milliseconds_keeps_all_its_digits(void **state)
{
	json_t *tree;

	(void)state;
	assert_true(parse("{\"roleCredentials\":{\"expiration\":1795000000123}}", &tree));
	assert_string_equal(answer_tree_text(tree, "roleCredentials/expiration"), "1795000000123");
	json_decref(tree);
}

static void what_is_no_object_of_plain_values_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "{",
					  "[]",
					  "\"x\"",
					  "7",
					  "null",
					  "{} x",
					  "{\"a\":1,\"a\":2}",
					  "{a:1}",
					  "{\"a\":[[1]]}",
					  "{\"a\":[null]}",
					  "{\"a\":\"\\u0000\"}",
					  "{\"a\":1e300}",
					  "<a>b</a>",
					  "{\"a\":\"\xff\"}"};
	json_t *tree;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i], &tree))
			fail_msg("taken: %s", bad[i]);
		assert_null(tree);
	}
}

static void depth_and_names_have_a_limit(void **state)
{
	char text[4096] = "", name[512];
	size_t n = 0;
	json_t *tree;

	(void)state;
	for (int i = 0; i < 17; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "{\"a\":");
	(void)snprintf(text + n, sizeof(text) - n, "1%.17s", "}}}}}}}}}}}}}}}}}");
	assert_false(parse(text, &tree));
	memset(name, 'n', 128);
	name[128] = '\0';
	(void)snprintf(text, sizeof(text), "{\"%s\":1}", name);
	assert_false(parse(text, &tree));
	(void)snprintf(text, sizeof(text), "{\"%.127s\":1}", name);
	assert_true(parse(text, &tree));
	json_decref(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members_become_arrays_and_values_become_texts),
	    cmocka_unit_test(a_time_in_milliseconds_keeps_all_its_digits),
	    cmocka_unit_test(what_is_no_object_of_plain_values_is_refused),
	    cmocka_unit_test(depth_and_names_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
