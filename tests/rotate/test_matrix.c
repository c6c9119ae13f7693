/* SPDX-License-Identifier: MIT */
#include "tests/rotate/rig.h"

/*
 * Every call of a rotation, in every way it can go wrong, and every write and flush of the disk: run, resume as
 * a person would (naming the orphan that is named), and look whether anything was lost.
 */

enum { CALLS_MAX = 40, RESUMES = 6 };

static void point(const char *what, int at, int kind)
{
	rig_check();
	if (rig->problem[0])
		fail_msg("%s %d of kind %d: %s (last: %s)", what, at, kind, rig->problem,
			 rig->message);
}

/* Only an answer to the creation that was lost may leave a key that nobody here knows. */
static void only_a_lost_answer_makes_orphans(const char *what, int at, int kind)
{
	const char *struck = rig->model.fault_action;

	if (rig->delete_key[0] && struck[0] && strcmp(struck, "CreateAccessKey") != 0)
		fail_msg("%s %d of kind %d, at %s: an orphan, %s", what, at, kind, struck,
			 rig->delete_key);
}

/* Until it is over: what was begun, the orphan, the grace. */
static void resume(const char *what, int at, int kind, struct rig_run run)
{
	rig->model.fault_at = 0;
	rig->model.fault_stays = false;
	run.disk_at = 0;
	run.disk = DISK_FINE;
	for (int i = 0; i < RESUMES; i++) {
		rig_rotate(run);
		point(what, at, kind);
		only_a_lost_answer_makes_orphans(what, at, kind);
		if (rig->ok && (rig->step == ROTATION_OFF || rig->over || rig->step == 0))
			break;
		/* Somebody comes back later, with the keys older. */
		rig->model.now_ms += 600000;
	}
	if (!rig->ok)
		fail_msg("%s %d of kind %d never ends: %s", what, at, kind, rig->message);
	if (model_count(&rig->model, true) != 1)
		fail_msg("%s %d of kind %d: %d active keys", what, at, kind,
			 model_count(&rig->model, true));
	rig->model.now_ms += (ROTATION_GRACE_S + 1) * INT64_C(1000);
	rig_rotate(run);
	point(what, at, kind);
	if (!rig->ok || model_count(&rig->model, false) != 1)
		fail_msg("%s %d of kind %d leaves %d keys: %s", what, at, kind,
			 model_count(&rig->model, false), rig->message);
}

static int with_faults(struct rig_run run, bool stays)
{
	int points = 0;

	for (int kind = FAULT_NONE + 1; kind < FAULTS; kind++) {
		for (int at = 1;; at++) {
			void *state = NULL;
			bool struck;

			(void)rig_setup(&state);
			rig->model.fault_at = at;
			rig->model.fault = (enum model_fault)kind;
			rig->model.fault_stays = stays && kind != FAULT_KILLED_BEFORE &&
						 kind != FAULT_KILLED_AFTER;
			rig_rotate(run);
			struck = rig->model.calls >= at;
			point("call", at, kind);
			only_a_lost_answer_makes_orphans("call", at, kind);
			resume("call", at, kind, run);
			(void)rig_teardown(&state);
			points++;
			if (!struck)
				break;
			assert_in_range(at, 1, CALLS_MAX);
		}
	}
	return points;
}

static int with_the_disk(struct rig_run run, enum rig_disk kind, int stride)
{
	int points = 0;

	for (int at = 1;; at += stride) {
		void *state = NULL;
		bool struck;

		(void)rig_setup(&state);
		run.disk = kind;
		run.disk_at = at;
		rig_rotate(run);
		struck = rig->disk_events >= at;
		point("disk", at, (int)kind);
		resume("disk", at, (int)kind, run);
		(void)rig_teardown(&state);
		points++;
		if (!struck)
			return points;
	}
}

/* A matrix that shrinks does not go unnoticed. */
static void at_least(int wanted, int points)
{
	print_message("           %d points\n", points);
	if (points < wanted)
		fail_msg("%d points, not %d", points, wanted);
}

static void nothing_is_lost_at_any_call(void **state)
{
	(void)state;
	at_least(90, with_faults((struct rig_run){.act = NULL}, true));
}

static void nothing_is_lost_at_any_call_that_fails_once(void **state)
{
	(void)state;
	at_least(90, with_faults((struct rig_run){.act = NULL}, false));
}

static void nothing_is_lost_at_any_call_where_the_old_key_goes_at_once(void **state)
{
	(void)state;
	at_least(95, with_faults((struct rig_run){.retire = ROTATION_DELETE}, true));
}

static void nothing_is_lost_by_a_kill_at_the_disk(void **state)
{
	(void)state;
	at_least(20, with_the_disk((struct rig_run){.act = NULL}, DISK_KILLED, 2));
}

static void nothing_is_lost_on_a_full_disk(void **state)
{
	(void)state;
	at_least(20, with_the_disk((struct rig_run){.act = NULL}, DISK_FULL, 2));
}

static void nothing_is_lost_on_a_broken_disk(void **state)
{
	(void)state;
	at_least(20, with_the_disk((struct rig_run){.act = NULL}, DISK_BROKEN, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_lost_at_any_call),
	    cmocka_unit_test(nothing_is_lost_at_any_call_that_fails_once),
	    cmocka_unit_test(nothing_is_lost_at_any_call_where_the_old_key_goes_at_once),
	    cmocka_unit_test(nothing_is_lost_by_a_kill_at_the_disk),
	    cmocka_unit_test(nothing_is_lost_on_a_full_disk),
	    cmocka_unit_test(nothing_is_lost_on_a_broken_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
