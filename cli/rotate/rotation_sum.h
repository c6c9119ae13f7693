/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_ROTATE_ROTATION_SUM_H
#define CV_CLI_ROTATE_ROTATION_SUM_H

#include "cli/rotate/rotation_pool.h"
#include "cli/ui/out.h"

#include <stddef.h>
#include <stdint.h>

/** The outcome of many rotations: counts, the exit status, and the last line that people see. */
struct rotation_sum {
	size_t rotated, taken_back, failed;
	size_t stopped, never; /**< the jobs that were interrupted, and those never begun */
	int status; /**< 0, the failures' own status (1 where they differ), 130: interrupted */
	int64_t delete_at; /**< when the first waiting old key is deleted; 0: none waits */
};

/** Counts a job that has ended; its result must still be there. */
void rotation_sum_count(struct rotation_sum *sum, const struct rotation_pool_job *job);

/**
 * "11 rotated, 1 failed (exit 8). Old keys are deleted after 24h by the next run." `again` goes on.
 */
void rotation_sum_print(const struct rotation_sum *sum, const char *again, int64_t now,
			struct out *out);

#endif
