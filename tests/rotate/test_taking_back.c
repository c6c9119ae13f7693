/* SPDX-License-Identifier: MIT */
#include "tests/rotate/scripted.h"

/*
 * What an abort has to leave, wherever it came: the old key alone, at IAM and here, and nothing
 * begun.
 */
static void all_is_as_before(struct vault *vault)
{
	assert_true(script.ok);
	assert_true(script.over);
	assert_int_equal(script_count(false), 1);
	assert_ptr_equal(script_current(vault), &script.keys[0]);
	assert_int_equal(script_rows(vault), 0);
}

static void an_abort_before_a_key_was_made_ends_the_rotation(void **state)
{
	script_rotate(*state, "intend");
	assert_int_equal(script.step, ROTATION_INTENDED);
	script_rotate(*state, "abort");
	all_is_as_before(*state);
	assert_int_equal(script.made, 1);
}

static void an_abort_after_each_step_before_promotion_restores_the_old_state(void **state)
{
	static const uint64_t steps[] = {ROTATION_CREATED, ROTATION_PROVED, ROTATION_DISTRIBUTED};

	for (size_t n = 1; n <= 3; n++) {
		if (n > 1) {
			(void)vault_teardown(state);
			(void)script_setup(state);
		}
		script.hooks = "[\"put\"]";
		for (size_t i = 0; i < n; i++)
			script_rotate(*state, "one");
		assert_true(script.ok);
		assert_int_equal(script.step, steps[n - 1]);
		script_rotate(*state, "abort");
		all_is_as_before(*state);
		assert_false(script.keys[1].exists);
	}
}

static void an_abort_after_a_proof_or_a_hook_that_failed_restores_it_too(void **state)
{
	script.hooks = "[\"put\"]";
	script.hooks_refuse = true;
	script_rotate(*state, "rotate");
	assert_false(script.ok);
	assert_int_equal(script.step, ROTATION_PROVED);
	script_rotate(*state, "abort");
	all_is_as_before(*state);
	(void)vault_teardown(state);
	(void)script_setup(state);
	(void)snprintf(script.own, SCRIPT_MAX, "a");
	script_rotate(*state, "rotate");
	assert_int_equal(script.step, ROTATION_CREATED);
	script_rotate(*state, "abort");
	all_is_as_before(*state);
}

static void an_abort_that_could_not_delete_is_finished_by_the_next_run(void **state)
{
	script_rotate(*state, "one");
	script.denied = "DeleteAccessKey";
	script_rotate(*state, "abort");
	assert_false(script.ok);
	assert_int_equal(script.err.code, ERROR_AWS_REFUSED);
	assert_int_equal(script.step, ROTATION_ABORTING);
	assert_int_equal(script_calls("DeleteAccessKey"), 1);
	assert_ptr_equal(script_current(*state), &script.keys[0]);
	script.denied = NULL;
	script_rotate(*state, "rotate");
	all_is_as_before(*state);
}

static void after_promotion_an_abort_is_refused_and_names_the_undo(void **state)
{
	for (int i = 0; i < 3; i++)
		script_rotate(*state, "one");
	assert_int_equal(script.step, ROTATION_PROMOTED);
	script_rotate(*state, "abort");
	assert_int_equal(script.err.code, ERROR_USAGE);
	assert_string_equal(script.err.hint, "credvault rotate prod --undo");
	assert_ptr_equal(script_current(*state), &script.keys[1]);
	script_rotate(*state, "undo");
	all_is_as_before(*state);
}

/* The answer was lost: what an abort finds may be somebody's, and is a person's to name. */
static void an_abort_after_a_lost_answer_names_the_candidate_and_touches_nothing(void **state)
{
	script.lost = "CreateAccessKey";
	script_rotate(*state, "rotate");
	assert_int_equal(script.err.code, ERROR_AWS_REFUSED);
	script.lost = NULL;
	script_rotate(*state, "abort");
	assert_int_equal(script.err.code, ERROR_AWS_REFUSED);
	assert_non_null(strstr(script.err.hint, script.keys[1].id));
	assert_true(script.keys[1].active);
	script.delete_key = script.keys[1].id;
	script_rotate(*state, "abort");
	all_is_as_before(*state);
}

static void a_foreign_key_that_came_between_is_left_as_it_is_until_it_is_named(void **state)
{
	/* Nothing was made by us: the call was lost on its way. */
	script.silent = "CreateAccessKey";
	script_rotate(*state, "rotate");
	assert_int_equal(script.err.code, ERROR_AWS_UNREACHABLE);
	script.silent = NULL;
	(void)script_add();
	for (int i = 0; i < 2; i++) {
		script_rotate(*state, "rotate");
		assert_int_equal(script.err.code, ERROR_AWS_REFUSED);
		assert_non_null(strstr(script.err.hint, script.keys[1].id));
		assert_int_equal(script_calls("UpdateAccessKey"), 0);
		assert_int_equal(script_calls("CreateAccessKey"), 0);
		assert_true(script.keys[1].active);
	}
	script.keep_orphan = true;
	script_rotate(*state, "rotate");
	assert_int_equal(script.err.code, ERROR_AWS_REFUSED);
	assert_true(script.keys[1].active);
	assert_int_equal(script_rows(*state), 0);
	assert_ptr_equal(script_current(*state), &script.keys[0]);
}

static void a_permanent_refusal_is_told_and_not_asked_again(void **state)
{
	script.retire = ROTATION_DELETE;
	for (int i = 0; i < 4; i++)
		script_rotate(*state, "one");
	assert_int_equal(script.step, ROTATION_OFF);
	script.denied = "DeleteAccessKey";
	script_rotate(*state, "rotate");
	assert_int_equal(script.err.code, ERROR_AWS_REFUSED);
	assert_int_equal(script_calls("DeleteAccessKey"), 1);
	assert_int_equal(script.sleep_count, 0);
	assert_non_null(strstr(script.err.detail, "is off and not deleted yet"));
	assert_false(script.keys[0].active);
	assert_ptr_equal(script_current(*state), &script.keys[1]);
	script.denied = NULL;
	script_rotate(*state, "rotate");
	assert_true(script.ok && script.over);
	assert_false(script.keys[0].exists);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SCRIPT_TEST(an_abort_before_a_key_was_made_ends_the_rotation),
	    SCRIPT_TEST(an_abort_after_each_step_before_promotion_restores_the_old_state),
	    SCRIPT_TEST(an_abort_after_a_proof_or_a_hook_that_failed_restores_it_too),
	    SCRIPT_TEST(an_abort_that_could_not_delete_is_finished_by_the_next_run),
	    SCRIPT_TEST(after_promotion_an_abort_is_refused_and_names_the_undo),
	    SCRIPT_TEST(an_abort_after_a_lost_answer_names_the_candidate_and_touches_nothing),
	    SCRIPT_TEST(a_foreign_key_that_came_between_is_left_as_it_is_until_it_is_named),
	    SCRIPT_TEST(a_permanent_refusal_is_told_and_not_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
