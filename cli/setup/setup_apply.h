/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SETUP_SETUP_APPLY_H
#define CV_CLI_SETUP_SETUP_APPLY_H

#include "cli/setup/setup_file.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <limits.h>
#include <stddef.h>

/** Writes what was planned, behind a journal of how it was. */

enum { SETUP_APPLY_FILES_MAX = 2 };

/** The journal's path: beside the vault. */
MUST bool setup_apply_journal(const struct cli *cli, char out[static PATH_MAX], struct error *err);

/**
 * Writes the files, which were opened to be written: the journal first, then one file after the
 * other. Where the second file cannot be written the first one gets its old bytes back, so that a
 * failure leaves both as they were.
 */
MUST bool setup_apply_write(struct cli *cli, struct setup_file *const files[], size_t count,
			    struct error *err);

#endif
