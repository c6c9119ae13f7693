/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_REPORT_H
#define CV_TESTS_FAULT_REPORT_H

#include "tests/fault/world.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * Enumerated points, which of them this process takes, and what came of each. The enumeration runs
 * in a child; when a point kills it that is counted, and a new child goes on behind it.
 */

/** X(name, key, good): what a point can come to. */
#define OUTCOMES(X)                                                                             \
	X(REFUSED, "refused", true)	    /* opening or reading says no */                    \
	X(INERT, "inert", true)		    /* same plaintexts and manifest */                  \
	X(ROLLED_BACK, "rolled_back", true) /* exactly an earlier state */                      \
	X(OLD, "old", true)		    /* as before the operation */                       \
	X(NEW, "new", true)		    /* as after it */                                   \
	X(LATE, "late", true)		    /* refused, and there all the same */               \
	X(DONE, "done", true)		    /* a rotation did not mind */                       \
	X(RESUMED, "resumed", true)	    /* a later run finished it */                       \
	X(NAMED, "named", true)		    /* so, and a key whose answer was lost was named */ \
	X(SILENT, "silent", false)	    /* changed, and nobody said so */                   \
	X(BROKEN, "broken", false)	    /* neither old nor new */                           \
	X(LOST, "lost", false)		    /* acknowledged and not there */                    \
	X(CRASHED, "crashed", false)	    /* a signal, or for ever */

enum outcome {
#define X(name_, key_, good_) OUTCOME_##name_,
	OUTCOMES(X)
#undef X
	    OUTCOMES_COUNT
};

enum { REPORT_FIRST_MAX = 6, REPORT_TEXT_BYTES = 320, REPORT_CELLS_MAX = 320 };

/** Of a matrix: the points of one row and column. Both texts live for ever. */
struct report_cell {
	const char *row;
	const char *column;
	uint64_t points, named, bad;
};

/** Lies in memory that parent and child share. */
struct report {
	uint64_t points;
	uint64_t count[OUTCOMES_COUNT];
	uint64_t codes[ERROR_CODES]; /**< by which the refusals were made */
	uint64_t at;		     /**< the ordinal in work */
	uint64_t bad;
	char point[REPORT_TEXT_BYTES]; /**< in work, in words */
	char first[REPORT_FIRST_MAX][REPORT_TEXT_BYTES];
	struct report_cell cells[REPORT_CELLS_MAX];
	struct report_cell *cell; /**< where the next outcome is counted too */
};

/** Which points to take: every stride-th from the seed on, of these every shards-th. */
struct choice {
	uint64_t stride;
	uint64_t shards;
	uint64_t shard;
	uint64_t seed;
};

struct run {
	struct choice choice;
	struct report *report;
	uint64_t ordinal; /**< of the next point */
	uint64_t skip;	  /**< points below this one are done */
};

/** Whether this point is ours; counts it. The text says which it is. */
bool run_wants(struct run *run, const char *fmt, ...) CV_PRINTF(2, 3);

/** As run_wants() with a stride of its own on top. */
bool run_wants_rarely(struct run *run, uint64_t rarely, const char *fmt, ...) CV_PRINTF(3, 4);

/** A point that everybody takes, whatever was chosen. */
void run_needs(struct run *run, const char *fmt, ...) CV_PRINTF(2, 3);

/** There is no such point after all. */
void run_void(struct run *run);

/** The point in work belongs into this cell of a matrix. */
void run_in_cell(struct run *run, const char *row, const char *column);

/** What came of the point in work. */
void run_came_to(struct run *run, enum outcome outcome, const char *why);
void run_refused(struct run *run, const struct look *look);

/** One enumeration. */
struct part {
	const char *name;
	const char *group; /**< "tampering", "faults", "power", "rotation" */
	void (*go)(struct run *run);
	uint64_t quick; /**< the stride of the quick form */
};

extern const struct part parts[];
extern const size_t parts_count;

/** The part of that name, or NULL. */
const struct part *part_named(const char *name);

/** Runs a part to its end, over crashes. */
void part_run(const struct part *part, const struct choice *choice, struct report *report);

/** The quick form's choice; thinner still under valgrind. */
struct choice choice_quick(const struct part *part);

const char *outcome_key(enum outcome outcome);
bool outcome_is_good(enum outcome outcome);

/** The report as one line of JSON. */
void report_print(FILE *out, const struct part *part, const struct report *report);

#endif
