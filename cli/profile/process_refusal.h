/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_PROCESS_REFUSAL_H
#define CV_CLI_PROFILE_PROCESS_REFUSAL_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * Prints a refusal of `process` on the terminal as well, because SDKs hide what a failed
 * credential_process prints. A file beside the socket, {"PROFILE":T…}, holds when that was done.
 */

enum { PROCESS_REFUSAL_WINDOW_S = 5 /**< JavaScript's SDKs ask twice, programs retry */ };

/**
 * Prints the refusal of a profile on the terminal, at most once per window, and counts it where the
 * vault is locked.
 */
void process_refusal_tell(struct cli *cli, const char *profile, const struct error *err);

/** Whether the profile's refusal was printed in the window before `now`; if not, notes `now`. */
bool process_refusal_was_told(json_t *told, const char *profile, int64_t now);

#endif
