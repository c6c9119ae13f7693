/* SPDX-License-Identifier: MIT */
#include "tests/fault/faults.h"

#include "tests/fault/cut.h"
#include "tests/fault/disk.h"
#include "tests/fault/operation.h"

#include <stdlib.h>
#include <string.h>

enum { MOMENTS_MAX = 40 };

/* What was left behind has a random name; a later attempt draws another one. */
enum { OTHER_SEED = 991 };

static const struct cut_reach reach = {.singles = 16, .dice = 32};

struct stage {
	struct run *run;
	struct world world;
	const struct operation *operation;
	struct files files;
	struct look before;
	struct look after;
	size_t acted;	     /* events before the act */
	size_t acknowledged; /* events before its answer */
	struct cut_seen seen;
};

static void judge(struct run *run, struct stage *stage, const struct cut *cut)
{
	struct error err = ERROR_INIT;
	struct look look;
	bool is_old, is_new;

	world_look(&stage->world, &look);
	is_old = operation_left(stage->operation, &look, &stage->before, &stage->before,
				&stage->after);
	is_new = operation_left(stage->operation, &look, &stage->after, &stage->before,
				&stage->after);
	if (stage->before.code == ERROR_NOT_FOUND && look.code == ERROR_NOT_FOUND) {
		world_seed(OTHER_SEED);
		is_old = stage->operation->act(&stage->world, &err);
		if (is_old)
			world_close(&stage->world);
		else
			look = (struct look){.code = err.code};
	}
	if (!is_old && !is_new)
		run_came_to(run, OUTCOME_BROKEN, look.message);
	else if (cut->moment >= stage->acknowledged && !is_new)
		run_came_to(run, OUTCOME_LOST, "acknowledged before the cut");
	else if (cut->moment >= stage->acknowledged && (stage->operation->also & OPERATION_MARKS) &&
		 look.verdict != WITNESS_AGREES)
		run_came_to(run, OUTCOME_LOST, "the mark, acknowledged before the cut");
	else
		run_came_to(run, is_new ? OUTCOME_NEW : OUTCOME_OLD, "");
}

static void one(void *arg, const struct cut *cut)
{
	struct stage *stage = arg;
	struct run *run = stage->run;
	struct files files;
	uint64_t digest;

	if (!run_wants(run, "%s, cut before change %zu (answered at %zu), %s (%llu)",
		       stage->operation->name, cut->moment, stage->acknowledged,
		       cut_way_name(cut->way), (unsigned long long)cut->number))
		return;
	cut_make(&stage->files, cut, &files);
	digest = files_digest(&files) * 4 + (cut->moment >= stage->acknowledged ? 1 : 2);
	/* What came out the same was judged already. */
	if (cut_is_seen(&stage->seen, digest)) {
		run_void(run);
	} else {
		files_write(stage->world.directory, &files);
		judge(run, stage, cut);
	}
	files_clear(&files);
}

static void record(struct stage *stage)
{
	struct error err = ERROR_INIT;

	files_write(stage->world.directory, &stage->files);
	/*
	 * The files of the beginning are safe; what prepares the act may have flushed too little.
	 */
	disk_record();
	operation_begin(&stage->world, stage->operation);
	(void)disk_events(&stage->acted);
	if (!stage->operation->act(&stage->world, &err))
		world_fail(stage->operation->name, &err);
	(void)disk_events(&stage->acknowledged);
	if (stage->world.store)
		world_close(&stage->world);
	disk_record_end();
}

void power_go(struct run *run)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	if (!stage)
		abort();
	stage->run = run;
	world_start(&stage->world, 1);
	disk_watch(stage->world.directory);
	for (size_t i = 0; i < operations_count; i++) {
		struct cut cut = {.moment = 0};
		size_t count, step;

		stage->operation = &operations[i];
		if (!operation_fits(stage->operation))
			continue;
		memset(&stage->seen, 0, sizeof(stage->seen));
		operation_base(&stage->world, stage->operation, &stage->files);
		operation_expect(&stage->world, stage->operation, &stage->files, &stage->before,
				 &stage->after);
		record(stage);
		cut.events = disk_events(&count);
		cut.safe = calloc(count + 1, sizeof(*cut.safe));
		if (!cut.safe)
			abort();
		/* The moments of the large ones are many and alike. */
		step = (count - stage->acted) / MOMENTS_MAX + 1;
		for (cut.moment = stage->acted; cut.moment <= count; cut.moment += step)
			cut_each(&cut, &reach, one, stage);
		free(cut.safe);
		files_clear(&stage->files);
	}
	disk_events_clear();
	world_end(&stage->world);
	free(stage);
}
