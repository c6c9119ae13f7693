/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_ROTATE_ROTATION_SUM_H
#define CV_CLI_ROTATE_ROTATION_SUM_H

#include "cli/rotate/rotation_pool.h"
#include "cli/ui/out.h"

#include <stddef.h>
#include <stdint.h>

/** What has become of many rotations: the counts, the exit status, the last line people see. */
struct rotation_sum {
	size_t rotated, taken_back, failed;
	size_t stopped, never; /**< by an interruption: begun, and not begun */
	int status;	   /**< 0; of those that failed, 1 for several kinds; 130: interrupted */
	int64_t delete_at; /**< when the first old key goes that waits for it; 0: none does */
};

/** Counts a job that has ended, its result still there. */
void rotation_sum_count(struct rotation_sum *tally, const struct rotation_pool_job *job);

/**
 * "11 rotated, 1 failed (exit 8). Old keys are deleted after 24h by the next run." `again` goes on.
 */
void rotation_sum_print(const struct rotation_sum *tally, const char *again, int64_t now,
			struct out *out);

#endif
