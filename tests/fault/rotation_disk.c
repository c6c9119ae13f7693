/* SPDX-License-Identifier: MIT */
#include "tests/fault/rotation.h"

#include "tests/fault/rotation_scenario.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	const char *column;
} ways[DISK_FAULTS] = {
    [DISK_DIE_BEFORE] = {"die before", "killed before"},
    [DISK_DIE_AFTER] = {"die after", "killed after"},
    [DISK_TORN] = {"torn", "killed after"},
    [DISK_EIO] = {"EIO", "EIO"},
    [DISK_ENOSPC] = {"ENOSPC", "full"},
    [DISK_EIO_STAYS] = {"EIO for good", "EIO"},
    [DISK_ENOSPC_STAYS] = {"ENOSPC for good", "full"},
    [DISK_FULL] = {"full", "full"},
    [DISK_STARVED] = {"starved", "full"},
    [DISK_BAD_JOURNAL] = {"journal bad", "EIO"},
};

static void disk_of(struct run *run, const struct walk *walk, int at_run)
{
	const struct scenario *scenario = walk->scenario;
	struct rig_run failing = scenario->run;
	uint64_t calls = walk->at[at_run].disk_calls;

	for (failing.disk_at = 1; failing.disk_at <= calls; failing.disk_at++) {
		enum disk_call call =
		    (enum disk_call)walk->at[at_run].disk_kinds[failing.disk_at - 1];

		for (enum disk_fault way = 0; way < DISK_FAULTS; way++) {
			if (way == DISK_TORN && call != DISK_WRITE)
				continue;
			if (!run_wants(run, "%s, run %d, disk call %llu (%s), %s", scenario->name,
				       at_run + 1, (unsigned long long)failing.disk_at,
				       disk_call_name(call), ways[way].name))
				continue;
			failing.fault = way;
			walk_go(walk, at_run);
			rig_rotate(&failing);
			if (!rig->struck)
				rig_problem("the fault did not strike");
			scenario_finish(scenario, run, ways[way].column);
		}
	}
}

void rotation_disk_go(struct run *run)
{
	walk_all(run, disk_of);
}

/* --- the disk and AWS ------------------------------------------------------------------------- */

/*
 * The call behind the creation: the deletion of a key that could not be stored, where it could not.
 */
static int call_behind_creation(const struct walk *walk)
{
	for (int i = 1; i <= walk->at[0].calls; i++) {
		if (strcmp(walk->at[0].trace[i], "CreateAccessKey") == 0)
			return i + 1;
	}
	return 0;
}

static void both_of(struct run *run, const struct walk *walk)
{
	static const enum disk_fault for_good[] = {DISK_EIO_STAYS, DISK_ENOSPC_STAYS, DISK_FULL,
						   DISK_STARVED, DISK_BAD_JOURNAL};
	const struct scenario *scenario = walk->scenario;
	struct rig_run failing = scenario->run;
	int behind = call_behind_creation(walk);

	for (failing.disk_at = 1; failing.disk_at <= walk->at[0].disk_calls; failing.disk_at++) {
		for (size_t i = 0; i < sizeof(for_good) / sizeof(for_good[0]); i++) {
			for (enum model_fault fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
				if (!run_wants(run, "%s, disk call %llu, %s, call %d, %s",
					       scenario->name, (unsigned long long)failing.disk_at,
					       ways[for_good[i]].name, behind,
					       model_fault_name(fault)))
					continue;
				failing.fault = for_good[i];
				walk_go(walk, 0);
				rig->out.model.fault = fault;
				rig->out.model.fault_at = behind;
				rig->out.model.fault_stays = true;
				rig_rotate(&failing);
				scenario_finish(scenario, run, ways[for_good[i]].column);
			}
		}
	}
}

void rotation_both_go(struct run *run)
{
	struct walk *walk = calloc(1, sizeof(*walk));

	if (!walk)
		abort();
	rig_start();
	for (size_t i = 0; i < scenarios_count; i++) {
		if (strcmp(scenarios[i].name, "delete") != 0)
			continue;
		if (!walk_start(walk, &scenarios[i], run))
			continue;
		both_of(run, walk);
		walk_clear(walk);
	}
	rig_end();
	free(walk);
}
