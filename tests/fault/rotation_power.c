/* SPDX-License-Identifier: MIT */
#include "tests/fault/rotation.h"

#include "tests/fault/cut.h"
#include "tests/fault/rotation_scenario.h"

#include <stdlib.h>
#include <string.h>

enum { SNAPS_MAX = 256 };

/* How the world outside of the disk was at some moment. */
struct snap {
	size_t events; /* of the disk that had happened by then */
	struct rig_outside out;
	const char *at;
	bool quiet; /* nothing had changed since the one before */
	bool told;  /* a run was over and had said what it did */
	bool kept;  /* it had said that the key is in the recovery file */
	int rows;
	char current[32];
};

struct stage {
	struct run *run;
	const struct scenario *scenario;
	struct files files;
	struct snap snaps[SNAPS_MAX];
	size_t snaps_count;
	const struct snap *snap; /* the one to be cut with */
	struct cut_seen seen;
	bool aside; /* the disk was full and AWS did not answer: only the file has the key */
};

static struct stage *recording;

static bool is_quiet(const char *action)
{
	return strcmp(action, "ListAccessKeys") == 0 || strcmp(action, "GetCallerIdentity") == 0 ||
	       strcmp(action, "GetAccessKeyLastUsed") == 0 ||
	       strcmp(action, "SimulatePrincipalPolicy") == 0;
}

static struct snap *take_snap(void)
{
	struct stage *stage = recording;
	struct snap *snap = &stage->snaps[stage->snaps_count];

	if (stage->snaps_count == SNAPS_MAX)
		abort();
	stage->snaps_count++;
	*snap = (struct snap){.at = rig->at};
	snap->out = rig->out;
	(void)disk_events(&snap->events);
	snap->quiet = is_quiet(model_last(&rig->out.model));
	return snap;
}

static void on_call(void)
{
	(void)take_snap();
}

/* --- a key that is only in the recovery file -------------------------------------------------- */

/*
 * AWS does not answer any more behind the creation: what cannot be stored cannot be deleted either.
 */
static void lose_deletion(const struct walk *walk)
{
	struct model *m = &rig->out.model;

	for (int i = 1; i <= walk->at[0].calls; i++) {
		if (strcmp(walk->at[0].trace[i], "CreateAccessKey") == 0)
			m->fault_at = i + 1;
	}
	m->fault = FAULT_DROPPED;
	m->fault_stays = true;
}

/* From which call on the journal must be bad for that. */
static bool find_bad(const struct walk *walk, struct rig_run *run)
{
	run->fault = DISK_BAD_JOURNAL;
	for (run->disk_at = 1; run->disk_at <= walk->at[0].disk_calls; run->disk_at++) {
		walk_go(walk, 0);
		lose_deletion(walk);
		rig_rotate(run);
		if (strstr(rig->message, "recovery file beside"))
			return true;
	}
	return false;
}

/* --- recording -------------------------------------------------------------------------------- */

static void record_run(const struct rig_run *run)
{
	struct rig_run here = *run;
	struct snap *snap;

	here.here = true;
	rig_rotate(&here);
	/* The one of the end of the act, before the vault was closed. */
	snap = &recording->snaps[recording->snaps_count - 1];
	snap->out = rig->out;
	snap->quiet = false;
	snap->told = true;
	snap->kept = strstr(rig->message, "recovery file beside") != NULL;
	snap->rows = rig->rows;
	memcpy(snap->current, rig->current, sizeof(snap->current));
}

static void record(struct stage *stage, const struct walk *walk, const struct rig_run *first)
{
	walk_go(walk, 0);
	files_read(rig_directory(), &stage->files);
	recording = stage;
	stage->snaps_count = 0;
	memset(&stage->seen, 0, sizeof(stage->seen));
	disk_record();
	(void)take_snap();
	rig_called = on_call;
	if (stage->aside)
		lose_deletion(walk);
	record_run(first);
	for (int i = 1; i < walk->runs && !stage->aside; i++) {
		struct rig_run next = scenario_next(stage->scenario);

		scenario_between();
		record_run(&next);
	}
	rig_called = NULL;
	disk_record_end();
}

/* --- cutting ---------------------------------------------------------------------------------- */

static void judge(struct stage *stage, const struct snap *snap)
{
	rig->out = snap->out;
	rig->problem[0] = '\0';
	rig->struck = snap->at;
	rig->ok = snap->told;
	rig->message[0] = rig->hint[0] = '\0';
	scenario_mend();
	if (!snap->told)
		rig_ended_early();
	/*
	 * Until it was said that it is in the file, it is in nobody's hands but the dead process's.
	 */
	if (stage->aside && !snap->kept && rig->out.model.made > 1)
		rig->out.model.keys[rig->out.model.made - 1].lost = true;
	rig_check();
	if (snap->told && (rig->rows != snap->rows || strcmp(rig->current, snap->current) != 0))
		rig_problem("what was told before the cut is not so: %s, %d rows", rig->current,
			    rig->rows);
	scenario_finish(stage->scenario, stage->run, "power cut");
}

static void one(void *arg, const struct cut *cut)
{
	struct stage *stage = arg;
	const struct snap *snap = stage->snap;
	struct files files;

	if (!run_wants(stage->run, "%s%s, cut before change %zu, after %d calls (%s), %s (%llu)",
		       stage->scenario->name, stage->aside ? ", journal bad" : "", cut->moment,
		       snap->out.model.calls, snap->told ? "over" : snap->at,
		       cut_way_name(cut->way), (unsigned long long)cut->number))
		return;
	cut_make(&stage->files, cut, &files);
	/* What came out the same was judged already. */
	if (cut_is_seen(&stage->seen,
			files_digest(&files) * SNAPS_MAX + (uint64_t)(snap - stage->snaps) + 1)) {
		run_void(stage->run);
	} else {
		files_write(rig_directory(), &files);
		judge(stage, snap);
	}
	files_clear(&files);
}

static void cut_with(struct stage *stage, struct cut *cut, const struct snap *snap)
{
	static const struct cut_reach whole = {.singles = 8, .dice = 8}, ends = {.singles = 0};

	stage->snap = snap;
	cut_each(cut, snap->quiet && snap->events == cut->moment ? &ends : &whole, one, stage);
}

/*
 * At each moment of the disk: with the world as it was on arrival, and after each call that came
 * then.
 */
static void cut_all(struct stage *stage)
{
	struct cut cut = {.moment = 0};
	size_t count, at = 0;

	cut.events = disk_events(&count);
	cut.safe = calloc(count + 1, sizeof(*cut.safe));
	if (!cut.safe)
		abort();
	for (cut.moment = 0; cut.moment <= count; cut.moment++) {
		cut_with(stage, &cut, &stage->snaps[at]);
		while (at + 1 < stage->snaps_count && stage->snaps[at + 1].events <= cut.moment)
			cut_with(stage, &cut, &stage->snaps[++at]);
	}
	free(cut.safe);
	files_clear(&stage->files);
}

/*
 * Each of some scenarios, recorded and cut; or the one in which only the recovery file has the key.
 */
static void go(struct run *run, bool aside)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	struct stage *stage = calloc(1, sizeof(*stage));

	if (!walk || !stage)
		abort();
	rig_start();
	stage->run = run;
	stage->aside = aside;
	for (size_t i = 0; i < scenarios_count; i++) {
		struct rig_run first = scenarios[i].run;

		if (aside ? strcmp(scenarios[i].name, "delete") != 0 : !scenarios[i].is_short)
			continue;
		stage->scenario = &scenarios[i];
		if (!walk_start(walk, stage->scenario, run))
			continue;
		if (aside && !find_bad(walk, &first)) {
			run_needs(run, "%s, journal bad", stage->scenario->name);
			run_came_to(run, OUTCOME_BROKEN, "nothing can be kept aside");
		} else {
			record(stage, walk, &first);
			cut_all(stage);
		}
		walk_clear(walk);
	}
	rig_end();
	disk_events_clear();
	free(stage);
	free(walk);
}

void rotation_power_go(struct run *run)
{
	go(run, false);
}

void rotation_aside_go(struct run *run)
{
	go(run, true);
}
