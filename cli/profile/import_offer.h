/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_IMPORT_OFFER_H
#define CV_CLI_PROFILE_IMPORT_OFFER_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>

/** What a fresh vault offers to take in. */

/**
 * On a terminal, where there are such keys: asks whether to import them now, and does so
 * (cli/profile/key_import.h). Nothing happens with --json. What import fails with is told and does
 * not undo the
 * init.
 */
MUST bool import_offer_import(struct cli *cli, struct error *err);

#endif
