/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_SAY_H
#define CV_CLI_UI_SAY_H

#include "cli/ui/context.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stdbool.h>

/**
 * Prints notes and errors on stderr. The commands that they name can be typed as they are: they
 * name the vault where --vault did (cli/ui/hint.h).
 */

/**
 * A line on stderr that --quiet silences, and --json, where stderr is for the error object alone.
 * On a terminal it stands below what was printed before it.
 */
void say_note(struct cli *cli, const char *fmt, ...) CV_PRINTF(2, 3);

/**
 * A warning on stderr, in red where that is a terminal with colours, wrapped there; nothing with
 * --json, whose object says it. --quiet does not silence it. `text` is printed as it is.
 */
void say_warning(struct cli *cli, const char *text);

/** A line on stderr that only --verbose shows. */
void say_detail(const struct cli *cli, const char *fmt, ...) CV_PRINTF(2, 3);

/**
 * The error on stderr, as credvault(1) describes it: `credvault: [PROFILE:] what happened (exit
 * N)`, the state things are in, the command to type; one line where the command wants one line; a
 * JSON object with --json.
 */
void say_error(const struct cli *cli, const struct error *err);

/** Appends what say_error() prints for people, whatever --json says. False only without memory. */
MUST bool say_error_text(const struct cli *cli, const struct error *err, struct buf *out);

#endif
