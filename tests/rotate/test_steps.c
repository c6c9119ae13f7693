/* SPDX-License-Identifier: MIT */
#include "tests/rotate/rig.h"

static void works(void)
{
	rig_check();
	if (rig->problem[0])
		fail_msg("%s", rig->problem);
}

static void a_rotation_ends_with_one_active_key_under_both_names(void **state)
{
	(void)state;
	rig_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_int_equal(rig->step, ROTATION_OFF);
	assert_int_equal(model_count(&rig->model, true), 1);
	assert_int_equal(model_count(&rig->model, false), 2);
	assert_true(rig->model.keys[1].active);
	works();
	rig->model.now_ms += (ROTATION_GRACE_S + 1) * INT64_C(1000);
	rig_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok && rig->over);
	assert_int_equal(model_count(&rig->model, false), 1);
	works();
}

static void each_step_can_be_done_by_another_process(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < 8 && rig->step != ROTATION_OFF; i++) {
		rig_rotate((struct rig_run){.steps_only_one = true});
		assert_true(rig->ok);
		assert_true(rig->step > last);
		last = rig->step;
		works();
	}
	assert_int_equal(rig->step, ROTATION_OFF);
}

static void a_young_key_is_waited_for(void **state)
{
	int64_t begun = rig->model.now_ms;

	(void)state;
	rig->model.young = 3;
	rig_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_in_range(rig->model.now_ms - begun, 15000, 120000);
	works();
}

static void a_key_that_stays_unknown_is_given_up_for_now_and_can_be_aborted(void **state)
{
	(void)state;
	rig->model.young = 1000;
	rig_rotate((struct rig_run){.act = NULL});
	assert_false(rig->ok);
	assert_int_equal(rig->code, ERROR_DEAD_KEY);
	assert_int_equal(rig->step, ROTATION_CREATED);
	works();
	rig_rotate((struct rig_run){.act = "abort"});
	assert_true(rig->ok && rig->over);
	assert_int_equal(model_count(&rig->model, false), 1);
	assert_true(rig->model.keys[0].active);
	works();
}

static void a_lost_answer_names_its_candidate_until_a_person_does(void **state)
{
	(void)state;
	rig->model.fault = FAULT_LOST;
	(void)snprintf(rig->model.fault_action, sizeof(rig->model.fault_action), "CreateAccessKey");
	rig->model.fault_stays = true;
	rig_rotate((struct rig_run){.act = NULL});
	assert_int_equal(rig->code, ERROR_AWS_REFUSED);
	assert_string_equal(rig->delete_key, rig->model.keys[1].id);
	rig->delete_key[0] = '\0';
	rig->model.fault_stays = false;
	rig_rotate((struct rig_run){.act = NULL});
	assert_int_equal(rig->code, ERROR_AWS_REFUSED);
	assert_int_equal(rig->model.made, 2);
	works();
	rig_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_false(rig->model.keys[1].exists);
	works();
}

static void an_undo_restores_key_and_vault(void **state)
{
	(void)state;
	rig_rotate((struct rig_run){.act = NULL});
	rig_rotate((struct rig_run){.act = "undo"});
	assert_true(rig->ok && rig->over);
	assert_true(rig->model.keys[0].active);
	assert_false(rig->model.keys[1].exists);
	works();
}

static void an_idle_key_is_switched_off_only_after_the_lag(void **state)
{
	const struct rig_run run = {.retire = ROTATION_WHEN_IDLE, .idle_s = 3600};

	(void)state;
	rig_rotate(run);
	assert_true(rig->ok);
	assert_int_equal(rig->step, ROTATION_PROMOTED);
	rig->model.now_ms += 3 * 3600 * INT64_C(1000);
	rig_rotate(run);
	assert_int_equal(rig->step, ROTATION_PROMOTED);
	assert_true(rig->model.keys[0].active);
	rig->model.now_ms += 3600 * INT64_C(1000);
	rig_rotate(run);
	assert_int_equal(rig->step, ROTATION_OFF);
	assert_false(rig->model.keys[0].active);
	works();
}

static void what_may_not_be_done_stops_it_before_anything_changes(void **state)
{
	static const char *const actions[] = {"CreateAccessKey", "UpdateAccessKey",
					      "DeleteAccessKey"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(rig->model.denied, sizeof(rig->model.denied), "%s", actions[i]);
		rig_rotate((struct rig_run){.act = NULL});
		assert_int_equal(rig->code, ERROR_AWS_REFUSED);
		assert_non_null(strstr(rig->message, actions[i]));
		assert_int_equal(rig->model.made, 1);
		assert_int_equal(rig->step, 0);
	}
	works();
}

static void a_foreign_key_is_named_and_left_alone(void **state)
{
	(void)state;
	(void)model_add(&rig->model);
	rig_rotate((struct rig_run){.act = NULL});
	assert_int_equal(rig->code, ERROR_AWS_REFUSED);
	assert_true(rig->model.keys[1].active);
	assert_string_equal(rig->delete_key, rig->model.keys[1].id);
	works();
	/* Named, it goes. */
	rig_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok);
	assert_false(rig->model.keys[1].exists);
	works();
}

/* The disk fills when the key comes, and AWS does not answer the deletion either. */
static void a_key_that_is_neither_stored_nor_deleted_waits_in_the_recovery_file(void **state)
{
	bool aside = false;

	for (int at = 1; at < 60 && !aside; at++) {
		rig->model.fault = FAULT_DROPPED;
		rig->model.fault_at = 8;
		rig->model.fault_stays = true;
		rig_rotate((struct rig_run){.disk = DISK_FULL, .disk_at = at});
		works();
		aside = strstr(rig->message, "recovery file beside") != NULL;
		if (aside) {
			assert_string_equal(rig->model.trace[7], "CreateAccessKey");
			assert_string_equal(rig->model.trace[8], "DeleteAccessKey");
			break;
		}
		(void)rig_teardown(state);
		(void)rig_setup(state);
	}
	assert_true(aside);
	rig->model.fault_at = 0;
	rig->model.fault_stays = false;
	rig_rotate((struct rig_run){.act = NULL});
	assert_true(rig->ok && rig->resumed);
	assert_int_equal(rig->model.made, 2);
	assert_true(rig->model.keys[1].active);
	works();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_rotation_ends_with_one_active_key_under_both_names),
	    TEST(each_step_can_be_done_by_another_process),
	    TEST(a_young_key_is_waited_for),
	    TEST(a_key_that_stays_unknown_is_given_up_for_now_and_can_be_aborted),
	    TEST(a_lost_answer_names_its_candidate_until_a_person_does),
	    TEST(an_undo_restores_key_and_vault),
	    TEST(an_idle_key_is_switched_off_only_after_the_lag),
	    TEST(what_may_not_be_done_stops_it_before_anything_changes),
	    TEST(a_foreign_key_is_named_and_left_alone),
	    TEST(a_key_that_is_neither_stored_nor_deleted_waits_in_the_recovery_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
