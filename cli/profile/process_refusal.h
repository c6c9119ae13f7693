/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_PROCESS_REFUSAL_H
#define CV_CLI_PROFILE_PROCESS_REFUSAL_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * SDKs hide what a refused credential_process says, so it is said on the terminal as well. When
 * that was, for which profile, stands in a file beside the socket, {"PROFILE":T…}.
 */

enum { PROCESS_REFUSAL_WINDOW_S = 5 /**< JavaScript's SDKs ask twice, programs retry */ };

/**
 * Tells of a refusal of `process` for this profile, at most once per window, and counts it if it is
 * locked.
 */
void process_refusal_tell(struct cli *cli, const char *profile, const struct error *err);

/**
 * Whether this profile's refusal was told in the window before `now`; if not, and `told` takes it,
 * it is noted.
 */
bool process_refusal_was_told(json_t *told, const char *profile, int64_t now);

#endif
