/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_RESTORE_PLAN_H
#define CV_CLI_SHOW_RESTORE_PLAN_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/seal/header/header.h"
#include "vault/wire/tables/msg_restore.h"

#include <jansson.h>
#include <stddef.h>

/**
 * Shows what restoring a backup would do: both sides, and each key for which it matters, before
 * anybody is asked for a yes.
 */
struct restore_plan {
	const char *file; /**< the backup's path */
	const struct msg_restore_plan *said;
	const struct header *vault, *backup; /**< the first NULL where there is no vault */
	const json_t *rows;		     /**< array of msg_restore_key */
};

/** How many rows have this fate. */
size_t restore_plan_count(const struct restore_plan *plan, enum msg_restore_fate fate);

/** How many keys would be written. */
size_t restore_plan_taken(const struct restore_plan *plan);

MUST bool restore_plan_print(struct cli *cli, const struct restore_plan *plan, struct error *err);

#endif
