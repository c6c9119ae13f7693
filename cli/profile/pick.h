/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_PICK_H
#define CV_CLI_PROFILE_PICK_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/base/text.h"

#include <stdbool.h>
#include <stddef.h>

/** Which profile is meant where it may be left out (exec, emit). */

struct pick_name {
	char text[TEXT_NAME_MAX + 1];
};

/**
 * The first operand, else AWS_PROFILE, else one that a person picks on the terminal from the
 * vault's keys and the config file's profiles. USAGE when there is none of them, or the name is
 * none.
 */
MUST bool pick_profile(struct cli *cli, struct pick_name *out, struct error *err);

/**
 * What a typed answer means among `names`: a number from 1, a whole name, or a prefix that only one
 * of them has. The index, or `count` when it means none or several.
 */
size_t pick_match(const char *const names[], size_t count, const char *answer);

#endif
