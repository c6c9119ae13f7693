/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_TALLY_H
#define CV_CLI_TALLY_H

#include "cli/crew.h"
#include "cli/out.h"

#include <stddef.h>
#include <stdint.h>

/** What has become of many rotations: the counts, the exit status, the last line people see. */
struct tally {
	size_t rotated, taken_back, failed;
	size_t stopped, never; /**< by an interruption: begun, and not begun */
	int status;	   /**< 0; of those that failed, 1 for several kinds; 130: interrupted */
	int64_t delete_at; /**< when the first old key goes that waits for it; 0: none does */
};

/** Counts a job that has ended, its result still there. */
void tally_count(struct tally *tally, const struct crew_job *job);

/**
 * "11 rotated, 1 failed (exit 8). Old keys are deleted after 24h by the next run." `again` goes on.
 */
void tally_print(const struct tally *tally, const char *again, int64_t now, struct out *out);

#endif
