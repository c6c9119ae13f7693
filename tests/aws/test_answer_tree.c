/* SPDX-License-Identifier: MIT */
#include "vault/aws/answer_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static json_t *sample(void)
{
	json_t *tree = json_loads("{\"R\":[{\"A\":[\"1\"],\"Twice\":[\"x\",\"y\"],\"Empty\":[\"\"],"
				  "\"L\":[{\"member\":[\"m\"]}]}]}",
				  0, NULL);

	assert_non_null(tree);
	return tree;
}

static void a_path_leads_to_a_text(void **state)
{
	json_t *tree = sample();

	(void)state;
	assert_string_equal(answer_tree_text(tree, "R/A"), "1");
	assert_string_equal(answer_tree_text(tree, "R/Empty"), "");
	assert_string_equal(answer_tree_text(tree, "R/L/member"), "m");
	json_decref(tree);
}

static void what_is_absent_or_no_text_is_null(void **state)
{
	json_t *tree = sample();

	(void)state;
	assert_null(answer_tree_text(tree, "R"));
	assert_null(answer_tree_text(tree, "R/L"));
	assert_null(answer_tree_text(tree, "R/B"));
	assert_null(answer_tree_text(tree, "R/A/B"));
	assert_null(answer_tree_text(tree, ""));
	assert_null(answer_tree_text(tree, "R/"));
	assert_null(answer_tree_text(tree, "/R"));
	assert_null(answer_tree_text(NULL, "R"));
	json_decref(tree);
}

static void a_repeated_element_is_not_taken_for_its_first(void **state)
{
	json_t *tree = sample();

	(void)state;
	assert_null(answer_tree_text(tree, "R/Twice"));
	assert_int_equal(answer_tree_count(tree, "R/Twice"), 2);
	assert_string_equal(json_string_value(answer_tree_each(tree, "R/Twice", 1)), "y");
	assert_null(answer_tree_each(tree, "R/Twice", 2));
	json_decref(tree);
}

static void one_member_looks_like_many(void **state)
{
	json_t *tree = sample();

	(void)state;
	assert_int_equal(answer_tree_count(tree, "R/L/member"), 1);
	assert_string_equal(json_string_value(answer_tree_each(tree, "R/L/member", 0)), "m");
	assert_int_equal(answer_tree_count(tree, "R/None/member"), 0);
	json_decref(tree);
}

static void the_root_is_known_by_its_name(void **state)
{
	json_t *tree = sample();

	(void)state;
	assert_true(answer_tree_is(tree, "R"));
	assert_false(answer_tree_is(tree, "Q"));
	assert_false(answer_tree_is(NULL, "R"));
	json_decref(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_path_leads_to_a_text),
	    cmocka_unit_test(what_is_absent_or_no_text_is_null),
	    cmocka_unit_test(a_repeated_element_is_not_taken_for_its_first),
	    cmocka_unit_test(one_member_looks_like_many),
	    cmocka_unit_test(the_root_is_known_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
