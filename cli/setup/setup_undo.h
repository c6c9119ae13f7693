/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SETUP_SETUP_UNDO_H
#define CV_CLI_SETUP_SETUP_UNDO_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>

/**
 * `setup --undo`: puts the files back as they were, byte for byte, where they are still as `setup`
 * left them. A key that stood there comes back in clear, as it is now, by `reveal`: with the
 * passphrase, and on record.
 */

/**
 * Shows what will happen, asks (unless --yes) and does it; with `only_show` nothing but a diff.
 * NOT_FOUND where there is nothing to undo; FAILED, with no file touched, where one has changed
 * since.
 */
MUST bool setup_undo_run(struct cli *cli, bool only_show, struct error *err);

#endif
