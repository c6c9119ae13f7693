/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_PICK_H
#define CV_CLI_PROFILE_PICK_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/base/text.h"

#include <stdbool.h>
#include <stddef.h>

/** Picks the profile of exec and export, whose operand may be left out. */

struct pick_name {
	char text[TEXT_NAME_MAX + 1];
};

/**
 * The first operand, else AWS_PROFILE, else one that a person picks on the terminal from the
 * vault's keys and the config file's profiles. USAGE where there is none of them, or the name is
 * invalid.
 */
MUST bool pick_profile(struct cli *cli, struct pick_name *out, struct error *err);

/**
 * The index of the name that a typed answer means: by its number from 1, its whole text, or a
 * prefix that no other name has; `count` where no name or several names match.
 */
size_t pick_match(const char *const names[], size_t count, const char *answer);

#endif
