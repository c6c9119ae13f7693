/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_ROTATE_ROTATION_BATCH_H
#define CV_CLI_ROTATE_ROTATION_BATCH_H

#include "cli/ui/context.h"
#include "cli/rotate/rotation_pool.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * The rotations of one run: which keys of the vault are meant, a rotation for each
 * (cli/rotate/rotation_pool.h),
 * and what people and --json see of them.
 */

/** What is wanted; borrowed. ROTATION_BATCH_INIT gives it the agent's own defaults. */
struct rotation_batch {
	/** Named keys; with `resume`, those whose rotations go on. Valid names. */
	const char *const *names;
	size_t names_count;
	bool due, all, resume;		  /**< without names: which ones */
	bool abort, undo, plan;		  /**< what is done in the place of rotating */
	struct rotation_pool_order order; /**< without `confirm` and `tell` */
};

#define ROTATION_BATCH_INIT \
	((struct rotation_batch){.order = {.grace_s = -1, .jobs = ROTATION_POOL_JOBS}})

/**
 * Rotates, and tells how it has ended; cli->status is set. False: nothing could be begun, or one
 * single rotation has failed.
 */
MUST bool rotation_batch_run(struct cli *cli, const struct rotation_batch *batch,
			     struct error *err);

#endif
