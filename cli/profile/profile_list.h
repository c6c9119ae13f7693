/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_PROFILE_LIST_H
#define CV_CLI_PROFILE_PROFILE_LIST_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * Lists the config file's profiles, with the plan by which each gets its credentials. Keys and
 * sessions come from a running agent; no person is asked.
 */

/**
 * Makes a list of {"profile","key","roles":[ARN…],"from","session_expires_at":T|null,"problem":…|null},
 * by name: profiles that assume a role, and those whose key is in the vault; and a list of texts,
 * "PATH:LINE: …", of what else is wrong in the files. Both are the caller's.
 */
MUST bool profile_list_read(struct cli *cli, json_t **out, json_t **problems, struct error *err);

#endif
