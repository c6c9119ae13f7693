/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_HELP_H
#define CV_CLI_UI_HELP_H

#include "cli/ui/context.h"
#include "cli/ui/out.h"

#include <stdbool.h>

/**
 * Prints the help, from the tables of commands and options. No line is longer than 79 columns, nor
 * than the terminal, but commands to copy, which are never broken.
 */

/** What to try first and which commands there are. */
void help_short(struct cli *cli);

/** All of one command: usage, its own options, examples. */
void help_command(struct out *out, const struct command *command);

/** A topic ("options", "exit-codes" and the like); false when there is none of that name. */
bool help_topic(struct out *out, const char *topic);

/** The topics, NULL behind the last. */
extern const char *const help_topics[];

#endif
