/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SETUP_PROCESS_LINE_H
#define CV_CLI_SETUP_PROCESS_LINE_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * The value of credential_process by which SDKs get a profile's credentials from credvault. Some
 * SDKs run it by a shell, others split it into words themselves, so that it holds nothing that the
 * two read differently: an absolute path, words, and double quotes around what has a blank.
 */

enum { PROCESS_LINE_PROGRAM_BYTES = 2 * PATH_MAX + 16, PROCESS_LINE_BYTES = 2 * PATH_MAX + 256 };

/**
 * The command up to the profile's name: this program, and the vault where the command line or
 * CREDVAULT_FILE names one. USAGE where a path has a character that shells and SDKs read
 * differently.
 */
MUST bool process_line_program(const struct cli *cli, char out[static PROCESS_LINE_PROGRAM_BYTES],
			       struct error *err);

/** The whole value for a profile. */
void process_line_make(const char *program, const char *name, char out[static PROCESS_LINE_BYTES]);

/** Whether a value runs credvault, wherever that is installed. */
bool process_line_is_ours(const char *value);

#endif
