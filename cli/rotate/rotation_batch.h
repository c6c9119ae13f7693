/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_ROTATE_ROTATION_BATCH_H
#define CV_CLI_ROTATE_ROTATION_BATCH_H

#include "cli/ui/context.h"
#include "cli/rotate/rotation_pool.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * One run of `rotate`: chooses the keys, rotates each (cli/rotate/rotation_pool.h), and prints the
 * outcome for people or as JSON.
 */

/** The request of a run; borrowed. ROTATION_BATCH_INIT gives it the agent's own defaults. */
struct rotation_batch {
	/** The named keys; with `resume`, the keys whose rotations are resumed. Valid names. */
	const char *const *names;
	size_t names_count;
	bool due, all, resume;		  /**< the choice of keys where no names are given */
	bool abort, undo, plan;		  /**< the action instead of rotating */
	struct rotation_pool_order order; /**< the run sets `confirm` and `tell` */
};

#define ROTATION_BATCH_INIT \
	((struct rotation_batch){.order = {.grace_s = -1, .jobs = ROTATION_POOL_JOBS}})

/**
 * Rotates, prints the outcome and sets cli->status. False where no rotation could be begun, or
 * where the only one has failed.
 */
MUST bool rotation_batch_run(struct cli *cli, const struct rotation_batch *batch,
			     struct error *err);

#endif
