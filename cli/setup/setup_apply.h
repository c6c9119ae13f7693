/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SETUP_SETUP_APPLY_H
#define CV_CLI_SETUP_SETUP_APPLY_H

#include "cli/setup/setup_plan.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <limits.h>

/** Writes what was planned, behind a journal of how it was. */

/** The journal's path: beside the vault. */
MUST bool setup_apply_journal(const struct cli *cli, char out[static PATH_MAX], struct error *err);

/**
 * Writes both files: the journal first, then one file after the other. All that changes is locked
 * by setup_plan_open(). Where the second file cannot be written the first one gets its old bytes
 * back, so that a failure leaves both as they were.
 */
MUST bool setup_apply_write(struct cli *cli, struct setup_plan *plan, struct error *err);

#endif
