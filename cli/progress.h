/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROGRESS_H
#define CV_CLI_PROGRESS_H

#include "cli/command.h"

/** A line that says what takes so long, on stderr where that is a terminal, gone when it is done. */

void progress_show(const struct cli *cli, const char *text);
void progress_hide(const struct cli *cli);

#endif
