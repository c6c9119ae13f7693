/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_NEXT_STEPS_H
#define CV_CLI_PROFILE_NEXT_STEPS_H

#include "cli/ui/context.h"

#include <stdbool.h>

/** Says what comes behind the arrival of keys: how programs get at them, then their rotation. */

/** Prints the steps for the key NAME, as commands to copy; `many`: for all keys. */
void next_steps_print(struct cli *cli, const char *name, bool many);

#endif
