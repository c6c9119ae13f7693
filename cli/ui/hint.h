/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_HINT_H
#define CV_CLI_UI_HINT_H

#include "cli/ui/context.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <limits.h>
#include <stdbool.h>

/**
 * Completes the commands that messages tell people to type: where --vault was given they name that
 * vault too, for without it they would open another one.
 */

enum { HINT_OPTION_BYTES = 2 * PATH_MAX };

/** " --vault FILE" as a shell reads it, or "". */
void hint_option(const struct cli *cli, char out[static HINT_OPTION_BYTES]);

/**
 * Appends the text, with hint_option() behind each "credvault COMMAND" of a command that opens a
 * vault.
 */
MUST bool hint_append(const struct cli *cli, const char *text, struct buf *out, struct error *err);

#endif
