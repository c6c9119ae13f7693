/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_KEY_MENTIONS_H
#define CV_CLI_PROFILE_KEY_MENTIONS_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>

/** The lines of AWS's files that name a key of the vault, for the time it has another name. */

/**
 * Appends {"file","line","key"} to the array `out` for each source_profile and each
 * credential_process of credvault with this name, and for the header of a profile of this name
 * whose section says nothing else of its credentials. No value is repeated. Errors as
 * aws_config_read().
 */
MUST bool key_mentions_find(const char *name, json_t *out, struct error *err);

/** Tells them as notes, "These lines name NAME still" and `end` before the first of them. */
void key_mentions_tell(struct cli *cli, const char *name, const char *end, const json_t *mentions);

#endif
