/* SPDX-License-Identifier: MIT */
#include "tests/fault/rotation_rig.h"

#include "tests/fault/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* A rotation step by step; what everything that can go wrong does to it is test_rotations.c's. */

static void ask(struct rig_run run)
{
	rig_rotate(&run);
	if (rig->problem[0])
		fail_msg("%s", rig->problem);
}

static int setup(void **state)
{
	(void)state;
	rig_reset();
	return 0;
}

static int start(void **state)
{
	(void)state;
	world_root();
	rig_start();
	return 0;
}

static int end(void **state)
{
	(void)state;
	rig_end();
	world_sweep();
	return 0;
}

static void a_rotation_ends_with_one_active_key_under_both_names(void **state)
{
	(void)state;
	ask((struct rig_run){.act = RIG_ROTATE});
	assert_true(rig->ok);
	assert_int_equal(rig->step, ROTATION_OFF);
	assert_int_equal(model_count(&rig->out.model, true), 1);
	assert_int_equal(model_count(&rig->out.model, false), 2);
	assert_true(rig->out.model.keys[1].active);
	rig->out.model.now_ms += (ROTATION_GRACE_S + 1) * INT64_C(1000);
	ask((struct rig_run){.act = RIG_ROTATE});
	assert_true(rig->ok && rig->over);
	assert_int_equal(model_count(&rig->out.model, false), 1);
}

static void each_step_can_be_done_by_another_process(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < 8 && rig->step != ROTATION_OFF; i++) {
		ask((struct rig_run){.steps_only_one = true});
		assert_true(rig->ok);
		assert_true(rig->step > last);
		last = rig->step;
	}
	assert_int_equal(rig->step, ROTATION_OFF);
}

static void a_young_key_is_waited_for(void **state)
{
	int64_t begun = rig->out.model.now_ms;

	(void)state;
	rig->out.model.young = 3;
	ask((struct rig_run){.act = RIG_ROTATE});
	assert_true(rig->ok);
	assert_in_range(rig->out.model.now_ms - begun, 15000, 120000);
}

static void a_key_that_stays_unknown_is_given_up_for_now_and_can_be_aborted(void **state)
{
	(void)state;
	rig->out.model.young = 1000;
	ask((struct rig_run){.act = RIG_ROTATE});
	assert_false(rig->ok);
	assert_int_equal(rig->code, ERROR_DEAD_KEY);
	assert_int_equal(rig->step, ROTATION_CREATED);
	ask((struct rig_run){.act = RIG_ABORT});
	assert_true(rig->ok && rig->over);
	assert_int_equal(model_count(&rig->out.model, false), 1);
	assert_true(rig->out.model.keys[0].active);
}

static void a_lost_answer_names_its_candidate_until_a_person_does(void **state)
{
	(void)state;
	rig->out.model.fault = FAULT_LOST;
	(void)snprintf(rig->out.model.fault_action, sizeof(rig->out.model.fault_action),
		       "CreateAccessKey");
	rig->out.model.fault_stays = true;
	ask((struct rig_run){.act = RIG_ROTATE});
	assert_int_equal(rig->code, ERROR_AWS_REFUSED);
	assert_string_equal(rig->out.delete_key, rig->out.model.keys[1].id);
	rig->out.delete_key[0] = '\0';
	rig->out.model.fault_stays = false;
	ask((struct rig_run){.act = RIG_ROTATE});
	assert_int_equal(rig->code, ERROR_AWS_REFUSED);
	assert_int_equal(rig->out.model.made, 2);
	ask((struct rig_run){.act = RIG_ROTATE});
	assert_true(rig->ok);
	assert_false(rig->out.model.keys[1].exists);
}

static void an_undo_restores_key_and_vault(void **state)
{
	(void)state;
	ask((struct rig_run){.act = RIG_ROTATE});
	ask((struct rig_run){.act = RIG_UNDO});
	assert_true(rig->ok && rig->over);
	assert_true(rig->out.model.keys[0].active);
	assert_false(rig->out.model.keys[1].exists);
}

static void an_idle_key_is_switched_off_only_after_the_lag(void **state)
{
	const struct rig_run run = {.retire = ROTATION_WHEN_IDLE, .idle_s = 3600};

	(void)state;
	ask(run);
	assert_true(rig->ok);
	assert_int_equal(rig->step, ROTATION_PROMOTED);
	rig->out.model.now_ms += 3 * 3600 * INT64_C(1000);
	ask(run);
	assert_int_equal(rig->step, ROTATION_PROMOTED);
	assert_true(rig->out.model.keys[0].active);
	rig->out.model.now_ms += 3600 * INT64_C(1000);
	ask(run);
	assert_int_equal(rig->step, ROTATION_OFF);
	assert_false(rig->out.model.keys[0].active);
}

static void what_may_not_be_done_stops_it_before_anything_changes(void **state)
{
	static const char *const actions[] = {"CreateAccessKey", "UpdateAccessKey",
					      "DeleteAccessKey"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(rig->out.model.denied, sizeof(rig->out.model.denied), "%s",
			       actions[i]);
		ask((struct rig_run){.act = RIG_ROTATE});
		assert_int_equal(rig->code, ERROR_AWS_REFUSED);
		assert_non_null(strstr(rig->message, actions[i]));
		assert_int_equal(rig->out.model.made, 1);
		assert_int_equal(rig->step, 0);
	}
}

static void a_foreign_key_is_named_and_left_alone(void **state)
{
	(void)state;
	(void)model_add(&rig->out.model, OWNER_STRAY);
	ask((struct rig_run){.act = RIG_ROTATE});
	assert_int_equal(rig->code, ERROR_AWS_REFUSED);
	assert_true(rig->out.model.keys[1].active);
	assert_string_equal(rig->out.delete_key, rig->out.model.keys[1].id);
	/* Named, it goes. */
	ask((struct rig_run){.act = RIG_ROTATE});
	assert_true(rig->ok);
	assert_false(rig->out.model.keys[1].exists);
}

/* The journal cannot be written when the key comes, and AWS does not answer the deletion either. */
static void a_key_that_is_neither_stored_nor_deleted_waits_in_the_recovery_file(void **state)
{
	bool aside = false;

	(void)state;
	for (uint64_t at = 1; at < 100 && !aside; at++) {
		rig_reset();
		rig->out.model.fault = FAULT_DROPPED;
		rig->out.model.fault_at = 8;
		rig->out.model.fault_stays = true;
		ask((struct rig_run){.fault = DISK_BAD_JOURNAL, .disk_at = at});
		aside = strstr(rig->message, "recovery file beside") != NULL;
	}
	assert_true(aside);
	assert_string_equal(rig->out.model.trace[7], "CreateAccessKey");
	assert_string_equal(rig->out.model.trace[8], "DeleteAccessKey");
	rig->out.model.fault_at = 0;
	rig->out.model.fault_stays = false;
	ask((struct rig_run){.act = RIG_ROTATE});
	assert_true(rig->ok && rig->resumed);
	assert_int_equal(rig->out.model.made, 2);
	assert_true(rig->out.model.keys[1].active);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

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

	return cmocka_run_group_tests_name("rotation", tests, start, end);
}
