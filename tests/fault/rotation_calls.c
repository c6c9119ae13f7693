/* SPDX-License-Identifier: MIT */
#include "tests/fault/rotation.h"

#include "tests/fault/rotation_scenario.h"

#include <stdio.h>
#include <stdlib.h>

/* Of the first faults; each of these with every second one. */
enum { TWICE_RARELY = 4 };

/* The run of a walk with a fault at one of its calls. */
static void strike(const struct walk *walk, int at_run, int at, enum model_fault fault, bool stays)
{
	struct model *m = &rig->out.model;

	walk_go(walk, at_run);
	m->fault = fault;
	m->fault_at = at;
	m->fault_stays = stays;
	rig_rotate(&walk->scenario->run);
	if (!rig->struck)
		rig_problem("the fault did not strike");
	scenario_mend();
}

static void calls_of(struct run *run, const struct walk *walk, int at_run)
{
	const struct scenario *scenario = walk->scenario;

	for (int at = 1; at <= walk->at[at_run].calls; at++) {
		for (enum model_fault fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
			for (int stays = 0; stays < (model_fault_kills(fault) ? 1 : 2); stays++) {
				if (!run_wants(run, "%s, run %d, call %d (%s), %s%s",
					       scenario->name, at_run + 1, at,
					       walk->at[at_run].trace[at], model_fault_name(fault),
					       stays ? ", stays" : ""))
					continue;
				strike(walk, at_run, at, fault, stays);
				scenario_finish(scenario, run, model_fault_column(fault));
			}
		}
	}
}

void rotation_calls_go(struct run *run)
{
	walk_all(run, calls_of);
}

/* --- twice ------------------------------------------------------------------------------------ */

/* Where the first fault has left things, and how many calls the run makes that comes next. */
struct half {
	struct rig rig;
	struct rig_moment moment;
	struct rig_run next;
	int calls;
};

static void go_half(const struct half *half)
{
	*rig = half->rig;
	rig_restore(&half->moment);
	rig->struck = NULL;
}

/* False where the first fault was no hindrance, or more than that. */
static bool make_half(struct half *half, const struct walk *walk, int at_run, int at,
		      enum model_fault fault)
{
	strike(walk, at_run, at, fault, false);
	if (rig->problem[0] || rig->ok)
		return false;
	scenario_between();
	half->rig = *rig;
	rig_save(&half->moment);
	half->next = scenario_next(walk->scenario);
	rig_rotate(&half->next);
	half->calls = rig->out.model.calls;
	return true;
}

static void twice_of(struct run *run, const struct walk *walk, const struct half *half,
		     const char *first)
{
	struct model *m = &rig->out.model;

	for (int at = 1; at <= half->calls; at++) {
		for (enum model_fault fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
			if (!run_wants(run, "%s, %s, then call %d, %s", walk->scenario->name, first,
				       at, model_fault_name(fault)))
				continue;
			go_half(half);
			m->fault = fault;
			m->fault_at = at;
			rig_rotate(&half->next);
			if (!rig->struck)
				rig_problem("the fault did not strike");
			scenario_finish(walk->scenario, run, model_fault_column(fault));
		}
	}
}

static void twice_at(struct run *run, const struct walk *walk, int at_run, int at,
		     unsigned int *halves)
{
	struct half *half = calloc(1, sizeof(*half));
	char first[96];

	if (!half)
		abort();
	for (enum model_fault fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
		if ((*halves)++ % TWICE_RARELY != 0)
			continue;
		(void)snprintf(first, sizeof(first), "run %d, call %d (%s), %s", at_run + 1, at,
			       walk->at[at_run].trace[at], model_fault_name(fault));
		if (make_half(half, walk, at_run, at, fault))
			twice_of(run, walk, half, first);
		rig_moment_clear(&half->moment);
	}
	free(half);
}

void rotation_twice_go(struct run *run)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	unsigned int halves = 0;

	if (!walk)
		abort();
	rig_start();
	for (size_t i = 0; i < scenarios_count; i++) {
		if (!scenarios[i].is_short)
			continue;
		if (!walk_start(walk, &scenarios[i], run))
			continue;
		for (int at_run = 0; at_run < walk->runs; at_run++) {
			for (int at = 1; at <= walk->at[at_run].calls; at++)
				twice_at(run, walk, at_run, at, &halves);
		}
		walk_clear(walk);
	}
	rig_end();
	free(walk);
}
