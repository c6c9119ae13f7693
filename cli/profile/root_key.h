/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_ROOT_KEY_H
#define CV_CLI_PROFILE_ROOT_KEY_H

#include "cli/ui/context.h"

/**
 * The warning about a key of an account's root user, which no policy limits. AWS's own rules for it
 * (sessions of an hour, no roles) are in vault/creds/session.h.
 */

/** Says so in red, and what to have in its place. `account` may be NULL. */
void root_key_warn(struct cli *cli, const char *name, const char *account);

#endif
