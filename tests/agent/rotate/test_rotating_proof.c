/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/rotating_proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { DAY_S = 86400, NOW = 1795000000, MAX_AGE_S = 90 * DAY_S };

static struct rotate rotate;
static struct rotating_asked asked;

/* A key that is due, by the terms that the vault has. */
static int start(void **state)
{
	(void)state;
	rotate = (struct rotate){.order = {.name = "ci", .retire = ROTATION_DEACTIVATE}};
	access_key_init(&rotate.key);
	rotation_record_init(&rotate.row);
	rotate.key.created_at = NOW - MAX_AGE_S;
	asked = (struct rotating_asked){.act = MSG_ROTATE,
					.rotate = &rotate,
					.stored = {ROTATION_DEACTIVATE, 0, DAY_S},
					.wanted = {ROTATION_DEACTIVATE, 0, DAY_S},
					.now = NOW};
	settings_init(&asked.settings);
	return 0;
}

static void begun(enum rotation_record_step step)
{
	rotate.row.step = step;
	rotate.row.grace_s = DAY_S;
	rotate.row.off_at = NOW - DAY_S + 1;
}

static void free_of_proof(void)
{
	assert_null(rotating_proof_reason(&asked));
}

static void wanted_for(const char *why)
{
	const char *reason = rotating_proof_reason(&asked);

	assert_non_null(reason);
	assert_non_null(strstr(reason, why));
}

static void a_due_key_by_stored_terms_wants_none(void **state)
{
	(void)state;
	free_of_proof();
	rotate.key.created_at = 0;
	free_of_proof();
}

static void a_key_that_is_not_due_wants_one(void **state)
{
	(void)state;
	rotate.key.created_at = NOW - MAX_AGE_S + asked.settings.lead_s + 1;
	wanted_for("not due");
	rotate.key.created_at--;
	free_of_proof();
	rotate.key.ageless = true;
	wanted_for("not due");
}

static void a_second_rotation_wants_one_within_a_tenth_of_the_age_and_the_grace(void **state)
{
	(void)state;
	rotate.key.rotated_at = NOW - MAX_AGE_S / 10 + 1;
	wanted_for("a short while ago");
	rotate.key.rotated_at--;
	free_of_proof();
	asked.settings.grace_s = MAX_AGE_S / 10 + 1;
	wanted_for("a short while ago");
}

static void other_terms_want_one_in_either_direction(void **state)
{
	(void)state;
	asked.wanted.grace_s++;
	wanted_for("retired as the vault has it");
	asked.wanted.grace_s -= 2;
	wanted_for("retired as the vault has it");
	asked.wanted = (struct rotating_terms){ROTATION_DELETE, 0, DAY_S};
	wanted_for("retired as the vault has it");
	asked.stored = (struct rotating_terms){ROTATION_DELETE, 0, 0};
	free_of_proof();
	asked.stored = (struct rotating_terms){ROTATION_WHEN_IDLE, 8 * 3600, DAY_S};
	asked.wanted = (struct rotating_terms){ROTATION_WHEN_IDLE, 9 * 3600, DAY_S};
	wanted_for("retired as the vault has it");
	begun(ROTATION_PROMOTED);
	wanted_for("retired as the vault has it");
}

static void less_than_aws_can_tell_is_no_other_term(void **state)
{
	(void)state;
	asked.stored = (struct rotating_terms){ROTATION_WHEN_IDLE, 4 * 3600, DAY_S};
	asked.wanted = (struct rotating_terms){ROTATION_WHEN_IDLE, 60, DAY_S};
	free_of_proof();
}

static void a_deletion_within_the_grace_wants_one(void **state)
{
	(void)state;
	begun(ROTATION_OFF);
	asked.anew = true;
	wanted_for("before its grace is over");
	asked.now++;
	free_of_proof();
}

static void a_key_that_is_named_wants_one_whatever_else(void **state)
{
	(void)state;
	rotate.order.delete_key = "AKIAEXAMPLEEXAMPTT4B";
	wanted_for("to be deleted is named");
	begun(ROTATION_INTENDED);
	asked.act = MSG_ROTATE_RESUME;
	wanted_for("to be deleted is named");
}

static void what_gives_a_rotation_up_wants_one(void **state)
{
	(void)state;
	begun(ROTATION_INTENDED);
	rotate.order.keep_orphan = true;
	wanted_for("given up");
}

static void taking_back_wants_one_where_it_begins(void **state)
{
	(void)state;
	asked.act = MSG_ROTATE_UNDO;
	free_of_proof();
	begun(ROTATION_OFF);
	wanted_for("an undo");
	begun(ROTATION_UNDOING);
	free_of_proof();
	asked.act = MSG_ROTATE_ABORT;
	free_of_proof();
	begun(ROTATION_DISTRIBUTED);
	wanted_for("an abort");
	begun(ROTATION_ABORTING);
	free_of_proof();
}

static void hooks_want_one_until_they_are_done(void **state)
{
	(void)state;
	rotate.order.hooks = "[\"put\"]";
	wanted_for("hooks");
	rotate.order.hooks = NULL;
	(void)snprintf(rotate.row.hooks, sizeof(rotate.row.hooks), "[\"put\"]");
	begun(ROTATION_PROVED);
	asked.act = MSG_ROTATE_RESUME;
	wanted_for("hooks");
	begun(ROTATION_DISTRIBUTED);
	free_of_proof();
}

static void what_goes_on_by_its_own_terms_wants_none(void **state)
{
	(void)state;
	rotate.key.created_at = NOW;
	rotate.key.rotated_at = NOW;
	for (int step = ROTATION_INTENDED; step <= ROTATION_ABORTING; step++) {
		begun((enum rotation_record_step)step);
		asked.act = MSG_ROTATE_RESUME;
		free_of_proof();
		asked.act = MSG_ROTATE;
		free_of_proof();
	}
}

static void a_plan_wants_none(void **state)
{
	(void)state;
	asked.act = MSG_ROTATE_PLAN;
	rotate.key.created_at = NOW;
	rotate.order.delete_key = "AKIAEXAMPLEEXAMPTT4B";
	free_of_proof();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_due_key_by_stored_terms_wants_none, start),
	    cmocka_unit_test_setup(a_key_that_is_not_due_wants_one, start),
	    cmocka_unit_test_setup(
		a_second_rotation_wants_one_within_a_tenth_of_the_age_and_the_grace, start),
	    cmocka_unit_test_setup(other_terms_want_one_in_either_direction, start),
	    cmocka_unit_test_setup(less_than_aws_can_tell_is_no_other_term, start),
	    cmocka_unit_test_setup(a_deletion_within_the_grace_wants_one, start),
	    cmocka_unit_test_setup(a_key_that_is_named_wants_one_whatever_else, start),
	    cmocka_unit_test_setup(what_gives_a_rotation_up_wants_one, start),
	    cmocka_unit_test_setup(taking_back_wants_one_where_it_begins, start),
	    cmocka_unit_test_setup(hooks_want_one_until_they_are_done, start),
	    cmocka_unit_test_setup(what_goes_on_by_its_own_terms_wants_none, start),
	    cmocka_unit_test_setup(a_plan_wants_none, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
