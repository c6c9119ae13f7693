/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_ENVIRONMENT_H
#define CV_CLI_PROFILE_ENVIRONMENT_H

#include "vault/base/error.h"
#include "vault/format/credentials.h"

#include <stdbool.h>

/**
 * The environment that `exec` gives its child: the caller's, without every variable that would
 * outrank or contradict the credentials (CONTRACTS §1.3) or is ours, and with those that carry
 * them.
 */

/**
 * A NULL-terminated list of NAME=VALUE, for execve(). Texts may be secret and are wiped when
 * cleared.
 */
struct environment {
	char **list;
};

#define ENVIRONMENT_EMPTY ((struct environment){.list = NULL})

/** Whether `exec` takes this variable ("NAME=VALUE" or "NAME") away from the child. */
bool environment_takes_away(const char *variable);

/**
 * *out from the caller's environment (`from`, NULL-terminated), for these credentials of `profile`.
 */
MUST bool environment_make(char *const from[], const struct credentials *credentials,
			   const char *profile, struct environment *out, struct error *err);

/** Wipes and frees. Accepts empty. */
void environment_clear(struct environment *environment);

#endif
