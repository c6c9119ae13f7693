/* SPDX-License-Identifier: MIT */
#include "tests/fault/report.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Forking is dear with shadow memory. */
#ifdef __SANITIZE_ADDRESS__
enum { THINNER_HERE = 3 };
#else
enum { THINNER_HERE = 1 };
#endif

/* A point that takes so long hangs. */
enum { PATIENCE_S = 60, PATIENCE_VALGRIND_S = 200, THINNER_UNDER_VALGRIND = 40 };

static bool wants(struct run *run, uint64_t rarely, const char *fmt, va_list args)
{
	struct report *report = run->report;
	uint64_t n = run->ordinal++, stride = run->choice.stride;

	if (n % rarely != 0)
		return false;
	n /= rarely;
	if (n % stride != run->choice.seed % stride ||
	    n / stride % run->choice.shards != run->choice.shard || run->ordinal <= run->skip)
		return false;
	report->at = run->ordinal;
	report->points++;
	(void)vsnprintf(report->point, sizeof(report->point), fmt, args);
	(void)alarm(getenv("CREDVAULT_UNDER_VALGRIND") ? PATIENCE_VALGRIND_S : PATIENCE_S);
	return true;
}

bool run_wants(struct run *run, const char *fmt, ...)
{
	va_list args;
	bool ours;

	va_start(args, fmt);
	ours = wants(run, 1, fmt, args);
	va_end(args);
	return ours;
}

bool run_wants_rarely(struct run *run, uint64_t rarely, const char *fmt, ...)
{
	va_list args;
	bool ours;

	va_start(args, fmt);
	ours = wants(run, rarely, fmt, args);
	va_end(args);
	return ours;
}

void run_needs(struct run *run, const char *fmt, ...)
{
	va_list args;

	run->report->points++;
	va_start(args, fmt);
	(void)vsnprintf(run->report->point, sizeof(run->report->point), fmt, args);
	va_end(args);
}

static void came_to(struct report *report, enum outcome outcome, const char *why)
{
	report->count[outcome]++;
	if (report->cell) {
		report->cell->points++;
		report->cell->named += outcome == OUTCOME_NAMED;
		report->cell->bad += !outcome_is_good(outcome);
		report->cell = NULL;
	}
	if (outcome_is_good(outcome))
		return;
	if (report->bad < REPORT_FIRST_MAX)
		(void)snprintf(report->first[report->bad], REPORT_TEXT_BYTES, "%.130s: %s: %.160s",
			       report->point, outcome_key(outcome), why);
	report->bad++;
}

void run_in_cell(struct run *run, const char *row, const char *column)
{
	for (int i = 0; i < REPORT_CELLS_MAX; i++) {
		struct report_cell *cell = &run->report->cells[i];

		if (!cell->row)
			*cell = (struct report_cell){.row = row, .column = column};
		run->report->cell = cell;
		if (strcmp(cell->row, row) == 0 && strcmp(cell->column, column) == 0)
			return;
	}
	abort();
}

void run_void(struct run *run)
{
	run->report->points--;
}

void run_came_to(struct run *run, enum outcome outcome, const char *why)
{
	came_to(run->report, outcome, why);
}

void run_refused(struct run *run, const struct look *look)
{
	run->report->codes[look->code]++;
	came_to(run->report, OUTCOME_REFUSED, look->message);
}

const char *outcome_key(enum outcome outcome)
{
	static const char *const keys[] = {
#define X(name_, key_, good_) key_,
	    OUTCOMES(X)
#undef X
	};

	return keys[outcome];
}

bool outcome_is_good(enum outcome outcome)
{
	static const bool good[] = {
#define X(name_, key_, good_) good_,
	    OUTCOMES(X)
#undef X
	};

	return good[outcome];
}

const struct part *part_named(const char *name)
{
	for (size_t i = 0; i < parts_count; i++) {
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	}
	return NULL;
}

void part_run(const struct part *part, const struct choice *choice, struct report *report)
{
	struct report *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct run run = {.choice = *choice, .report = shared};
	int status;

	if (shared == MAP_FAILED)
		abort();
	world_root();
	for (;;) {
		pid_t child = fork();

		if (child == 0) {
			/* Nobody waits for what an ended parent has begun. */
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			part->go(&run);
			(void)fflush(NULL);
			_exit(0);
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			abort();
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			break;
		came_to(shared, OUTCOME_CRASHED,
			WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "ended");
		/* Where the part cannot even begin there is no point behind which to go on. */
		if (run.skip == shared->at)
			break;
		run.skip = shared->at;
	}
	world_sweep();
	*report = *shared;
	(void)munmap(shared, sizeof(*shared));
}

struct choice choice_quick(const struct part *part)
{
	struct choice choice = {.stride = part->quick * THINNER_HERE, .shards = 1, .seed = 3};

	if (getenv("CREDVAULT_UNDER_VALGRIND"))
		choice.stride *= THINNER_UNDER_VALGRIND;
	return choice;
}

void report_print(FILE *out, const struct part *part, const struct report *report)
{
	(void)fprintf(out, "{\"part\":\"%s\",\"group\":\"%s\",\"points\":%llu,\"bad\":%llu",
		      part->name, part->group, (unsigned long long)report->points,
		      (unsigned long long)report->bad);
	for (int i = 0; i < OUTCOMES_COUNT; i++)
		(void)fprintf(out, ",\"%s\":%llu", outcome_key((enum outcome)i),
			      (unsigned long long)report->count[i]);
	(void)fprintf(out, ",\"codes\":{");
	for (int i = 1, n = 0; i < ERROR_CODES; i++) {
		if (report->codes[i] > 0)
			(void)fprintf(out, "%s\"%s\":%llu", n++ > 0 ? "," : "",
				      error_name((enum error_code)i),
				      (unsigned long long)report->codes[i]);
	}
	(void)fprintf(out, "},\"cells\":[");
	for (int i = 0; i < REPORT_CELLS_MAX && report->cells[i].row; i++)
		(void)fprintf(out, "%s[\"%s\",\"%s\",%llu,%llu,%llu]", i > 0 ? "," : "",
			      report->cells[i].row, report->cells[i].column,
			      (unsigned long long)report->cells[i].points,
			      (unsigned long long)report->cells[i].named,
			      (unsigned long long)report->cells[i].bad);
	(void)fprintf(out, "],\"first\":[");
	for (uint64_t i = 0; i < report->bad && i < REPORT_FIRST_MAX; i++) {
		(void)fprintf(out, "%s\"", i > 0 ? "," : "");
		for (const char *p = report->first[i]; *p; p++)
			(void)fputc(*p == '"' || *p == '\\' || (unsigned char)*p < ' ' ? '\'' : *p,
				    out);
		(void)fprintf(out, "\"");
	}
	(void)fprintf(out, "]}\n");
}
