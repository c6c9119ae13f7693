/* SPDX-License-Identifier: MIT */
#include "vault/audit/check.h"

#include "vault/audit/entry.h"

#include <stdio.h>

struct checking {
	struct audit_report *report;
	int64_t last;	    /* time of the last entry that could be read */
	struct error newer; /* about the first entry that a newer program wrote */
};

static bool check_add(void *arg, const struct segment_problem *problem, struct error *err)
{
	struct checking *checking = arg;
	struct audit_report *report = checking->report;

	(void)err;
	report->problems++;
	if (report->count == AUDIT_PROBLEMS_MAX)
		return true;
	report->at[report->count++] = (struct audit_problem){.found = *problem,
							     .after = checking->last};
	return true;
}

static bool check_look(void *arg, uint64_t seq, const struct buf *plain, struct error *err)
{
	struct checking *checking = arg;
	struct audit_report *report = checking->report;
	struct audit_entry entry;
	struct error why = ERROR_INIT;
	bool known = audit_entry_decode(plain->data, plain->len, &entry, &why);

	if ((!known && why.code != ERROR_NEWER) || entry.seq != seq) {
		struct segment_problem problem = {.from = seq, .to = seq};

		(void)snprintf(problem.what, sizeof(problem.what), "it makes no sense");
		return check_add(arg, &problem, err);
	}
	/* An entry of a newer program is no problem: its seal and its chain are good. */
	if (!known && checking->newer.code == ERROR_NONE)
		checking->newer = why;
	checking->last = entry.time;
	for (size_t i = report->count; i > 0 && report->at[i - 1].before == 0; i--)
		report->at[i - 1].before = entry.time;
	return true;
}

bool audit_check(struct store *store, struct audit_report *report, struct error *err)
{
	struct checking checking = {.report = report, .newer = ERROR_INIT};
	const struct segment_watch watch = {
	    .entry = check_look, .problem = check_add, .arg = &checking};

	*report = (struct audit_report){.problems = 0};
	if (!segment_check(store, &watch, err))
		return false;
	if (report->problems > 0 || checking.newer.code == ERROR_NONE)
		return true;
	*err = checking.newer;
	return false;
}
