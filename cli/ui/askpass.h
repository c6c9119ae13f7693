/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_ASKPASS_H
#define CV_CLI_UI_ASKPASS_H

#include "vault/base/error.h"

#include <limits.h>

/**
 * The program of `config askpass`, which asks for MFA codes where nobody else can. The agent names
 * it, in the open, and whoever stands in the agent's place may name another one: so it is run only
 * where root alone decides what it is.
 */

/**
 * Resolves the program's path. UNSAFE_FILE where it is no executable file of root's, or somebody
 * else may change it or a folder above it; USAGE where the path is not absolute; NOT_FOUND.
 */
MUST bool askpass_resolve(const char *program, char out[static PATH_MAX], struct error *err);

#endif
