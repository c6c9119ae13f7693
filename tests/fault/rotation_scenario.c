/* SPDX-License-Identifier: MIT */
#include "tests/fault/rotation_scenario.h"

#include <stdio.h>
#include <string.h>

enum { RESUMES = 12, IDLE_S = 6 * 3600, LONG_S = ROTATION_GRACE_S + IDLE_S + 3600, SHORT_S = 60 };

#define DEACTIVATE                            \
	{                                     \
		.retire = ROTATION_DEACTIVATE \
	}
#define DELETE                            \
	{                                 \
		.retire = ROTATION_DELETE \
	}
#define WHEN_IDLE                                              \
	{                                                      \
		.retire = ROTATION_WHEN_IDLE, .idle_s = IDLE_S \
	}
#define HOOKS(n_)                                        \
	{                                                \
		.retire = ROTATION_DELETE, .hooks = (n_) \
	}
#define UNDO                    \
	{                       \
		.act = RIG_UNDO \
	}
#define ABORT                    \
	{                        \
		.act = RIG_ABORT \
	}

const struct scenario scenarios[] = {
    {.name = "deactivate", .run = DEACTIVATE, .is_short = true},
    {.name = "delete", .run = DELETE, .is_short = true},
    {.name = "when idle", .run = WHEN_IDLE},
    {.name = "hooks", .run = HOOKS(3), .is_short = true},
    {.name = "mfa", .run = DEACTIVATE, .mfa = true},
    {.name = "mfa, delete", .run = DELETE, .mfa = true},
    {.name = "undo",
     .run = UNDO,
     .then = RIG_UNDO,
     .before = BEFORE_WHOLE,
     .ends = ENDS_RESTORED,
     .is_short = true},
    {.name = "undo while it waits",
     .run = {.act = RIG_UNDO, .retire = ROTATION_WHEN_IDLE, .idle_s = IDLE_S},
     .then = RIG_UNDO,
     .before = BEFORE_WHOLE,
     .ends = ENDS_RESTORED},
    {.name = "abort, nothing made",
     .run = ABORT,
     .then = RIG_ABORT,
     .before = BEFORE_DROPPED,
     .ends = ENDS_RESTORED},
    {.name = "abort, answer lost",
     .run = ABORT,
     .then = RIG_ABORT,
     .before = BEFORE_LOST,
     .ends = ENDS_RESTORED},
    {.name = "abort, made",
     .run = ABORT,
     .then = RIG_ABORT,
     .before = BEFORE_STEPS,
     .steps = 1,
     .ends = ENDS_RESTORED,
     .is_short = true},
    {.name = "abort, proved",
     .run = ABORT,
     .then = RIG_ABORT,
     .before = BEFORE_STEPS,
     .steps = 2,
     .ends = ENDS_RESTORED},
    {.name = "abort, distributed",
     .run = {.act = RIG_ABORT, .hooks = 2},
     .then = RIG_ABORT,
     .before = BEFORE_STEPS,
     .steps = 3,
     .ends = ENDS_RESTORED},
    {.name = "answer was lost", .run = DELETE, .before = BEFORE_LOST, .is_short = true},
    {.name = "somebody else's key", .run = DELETE, .before = BEFORE_FOREIGN, .is_short = true},
    {.name = "stray key", .run = DELETE, .before = BEFORE_STRAY},
    {.name = "again", .run = DEACTIVATE, .before = BEFORE_WHOLE},
    {.name = "then back", .run = DEACTIVATE, .then = RIG_BACK, .ends = ENDS_EITHER},
    {.name = "hooks, then back",
     .run = {.retire = ROTATION_WHEN_IDLE, .idle_s = IDLE_S, .hooks = 2},
     .then = RIG_BACK,
     .ends = ENDS_EITHER},
};
const size_t scenarios_count = sizeof(scenarios) / sizeof(scenarios[0]);

/* --- before ----------------------------------------------------------------------------------- */

void scenario_mend(void)
{
	struct model *m = &rig->out.model;

	m->fault = FAULT_NONE;
	m->fault_at = 0;
	m->fault_stays = false;
	m->fault_action[0] = '\0';
}

static void intend(const struct rig_run *run, enum model_fault fault)
{
	struct model *m = &rig->out.model;

	m->fault = fault;
	m->fault_stays = true;
	(void)snprintf(m->fault_action, sizeof(m->fault_action), "CreateAccessKey");
	rig_rotate(run);
	scenario_mend();
}

static void prepare(const struct scenario *scenario)
{
	struct model *m = &rig->out.model;
	struct rig_run run = scenario->run;

	run.act = RIG_ROTATE;
	run.steps_only_one = scenario->before == BEFORE_STEPS;
	switch (scenario->before) {
	case BEFORE_NOTHING: break;
	case BEFORE_STEPS:
		for (int i = 0; i < scenario->steps; i++)
			rig_rotate(&run);
		break;
	case BEFORE_WHOLE: rig_rotate(&run); break;
	case BEFORE_LOST: intend(&run, FAULT_LOST); break;
	case BEFORE_DROPPED: intend(&run, FAULT_DROPPED); break;
	case BEFORE_FOREIGN:
		intend(&run, FAULT_DROPPED);
		(void)model_add(m, OWNER_FOREIGN);
		break;
	case BEFORE_STRAY:
		(void)snprintf(rig->out.delete_key, sizeof(rig->out.delete_key), "%s",
			       model_add(m, OWNER_STRAY)->id);
		break;
	}
	/* An undo leads back to what was current before all that. */
	if (scenario->ends != ENDS_RESTORED)
		rig_begin();
	rig->out.named = false;
	rig->out.again = 0;
}

/* --- on the way ------------------------------------------------------------------------------- */

/* The owner of the key that was in the way has taken it away. */
static void let_owner_come(void)
{
	struct model *m = &rig->out.model;

	for (int i = 0; i < m->made; i++) {
		if (m->keys[i].owner == OWNER_FOREIGN)
			m->keys[i].exists = m->keys[i].active = false;
	}
	rig->out.owner_came = true;
	rig->out.keep_orphan = false;
}

void scenario_between(void)
{
	if (rig->out.keep_orphan && rig->rows == 0)
		let_owner_come();
	rig->out.model.now_ms += (rig->ok ? LONG_S : SHORT_S) * INT64_C(1000);
}

bool scenario_ended(const struct scenario *scenario)
{
	bool rotated = strcmp(rig->current, rig->out.begun) != 0;

	return rig->rows == 0 &&
	       (scenario->ends == ENDS_EITHER || (scenario->ends == ENDS_ROTATED && rotated) ||
		(scenario->ends == ENDS_RESTORED && !rotated));
}

struct rig_run scenario_next(const struct scenario *scenario)
{
	struct rig_run next = scenario->run;

	next.act = scenario->then;
	next.disk_at = 0;
	/* What cannot be brought back is finished. */
	if (strstr(rig->message, "was deleted at IAM"))
		next.act = RIG_ROTATE;
	return next;
}

/* --- the end ---------------------------------------------------------------------------------- */

static void check_hooks(const struct scenario *scenario)
{
	const struct model *m = &rig->out.model;
	int again = 0;

	for (int i = 0; i < m->made; i++) {
		const struct model_key *key = &m->keys[i];
		bool current = strcmp(key->id, rig->current) == 0;

		for (int hook = 0; hook < scenario->run.hooks; hook++) {
			if (key->hook_runs[hook] > 1)
				again += key->hook_runs[hook] - 1;
			if (current && i > 0 && key->hook_runs[hook] == 0)
				rig_problem("hook %d never saw the key", hook);
		}
	}
	if (again > rig->out.again)
		rig_problem("hooks ran %d times more than they had to", again - rig->out.again);
}

static void check_end(const struct scenario *scenario)
{
	struct model *m = &rig->out.model;

	if (!scenario_ended(scenario))
		rig_problem("it never ends: %s", rig->message);
	model_arrive(m);
	if (model_count(m, true) != 1 || model_count(m, false) != 1)
		rig_problem("%d keys of ours are left, %d of them on", model_count(m, false),
			    model_count(m, true));
	for (int i = 0; i < m->made; i++) {
		if (m->keys[i].owner == OWNER_STRAY && m->keys[i].exists)
			rig_problem("the key that was named is still there");
	}
	check_hooks(scenario);
}

void scenario_finish(const struct scenario *scenario, struct run *run, const char *column)
{
	bool unnoticed = rig->ok;

	scenario_mend();
	for (int i = 0; i < RESUMES && !scenario_ended(scenario) && !rig->problem[0]; i++) {
		struct rig_run next;

		scenario_between();
		next = scenario_next(scenario);
		rig_rotate(&next);
	}
	check_end(scenario);
	run_in_cell(run, rig->struck ? rig->struck : "never", column);
	if (rig->problem[0])
		run_came_to(run, OUTCOME_BROKEN, rig->problem);
	else if (rig->out.named)
		run_came_to(run, OUTCOME_NAMED, "");
	else
		run_came_to(run, unnoticed ? OUTCOME_DONE : OUTCOME_RESUMED, "");
}

/* --- without faults --------------------------------------------------------------------------- */

bool walk_start(struct walk *walk, const struct scenario *scenario, struct run *run)
{
	struct model *m = &rig->out.model;

	walk->scenario = scenario;
	rig_reset();
	if (scenario->mfa)
		rig_demand_mfa();
	prepare(scenario);
	for (walk->runs = 0; walk->runs < WALK_RUNS_MAX && !rig->problem[0]; walk->runs++) {
		struct rig_run next = scenario->run;

		if (walk->runs > 0 && scenario_ended(scenario))
			break;
		if (walk->runs > 0)
			scenario_between();
		rig_save(&walk->at[walk->runs].before);
		next.here = true;
		rig_rotate(&next);
		walk->at[walk->runs].calls = m->calls;
		memcpy(walk->at[walk->runs].trace, m->trace, sizeof(m->trace));
		walk->at[walk->runs].disk_calls = rig->disk_calls;
		memcpy(walk->at[walk->runs].disk_kinds, rig->disk_kinds, sizeof(rig->disk_kinds));
	}
	check_end(scenario);
	if (!rig->problem[0]) {
		if (run_wants(run, "%s, nothing goes wrong", scenario->name))
			run_came_to(run, OUTCOME_DONE, "");
		return true;
	}
	/* Whichever points are taken: what does not even end by itself is told. */
	run_needs(run, "%s, nothing goes wrong", scenario->name);
	run_came_to(run, OUTCOME_BROKEN, rig->problem);
	walk_clear(walk);
	return false;
}

void walk_clear(struct walk *walk)
{
	for (int i = 0; i < walk->runs; i++)
		rig_moment_clear(&walk->at[i].before);
	walk->runs = 0;
}

void walk_go(const struct walk *walk, int run)
{
	rig_restore(&walk->at[run].before);
	scenario_mend();
	rig->out.model.calls = 0;
	rig->at = "open";
	rig->problem[0] = '\0';
	rig->struck = NULL;
	rig->ok = false;
	rig->rows = 1;
	rig->message[0] = rig->hint[0] = '\0';
}

void walk_all(struct run *run, void (*fn)(struct run *run, const struct walk *walk, int at_run))
{
	struct walk *walk = calloc(1, sizeof(*walk));

	if (!walk)
		abort();
	rig_start();
	for (size_t i = 0; i < scenarios_count; i++) {
		if (!walk_start(walk, &scenarios[i], run))
			continue;
		for (int at_run = 0; at_run < walk->runs; at_run++)
			fn(run, walk, at_run);
		walk_clear(walk);
	}
	rig_end();
	free(walk);
}
