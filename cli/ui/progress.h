/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_PROGRESS_H
#define CV_CLI_UI_PROGRESS_H

#include "cli/ui/context.h"

/**
 * Shows a line about work that takes a while, on stderr where that is a terminal, and takes it away
 * when the work is done.
 */

void progress_show(const struct cli *cli, const char *text);
void progress_hide(const struct cli *cli);

/** Whether the line is shown: not with --quiet or --json, nor where stderr is no terminal. */
bool progress_is_seen(const struct cli *cli);

/** The columns that the terminal has now; 80 where it does not say. */
int progress_columns(void);

#endif
