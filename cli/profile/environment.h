/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_ENVIRONMENT_H
#define CV_CLI_PROFILE_ENVIRONMENT_H

#include "vault/base/error.h"
#include "vault/format/credentials.h"

#include <stdbool.h>

/**
 * Makes the environment of `exec`'s child: the caller's variables, without credvault's own and
 * those that would override or contradict the credentials, plus the variables of the credentials.
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
 * Makes *out from the caller's environment (`from`, NULL-terminated) and the credentials of
 * `profile`.
 */
MUST bool environment_make(char *const from[], const struct credentials *credentials,
			   const char *profile, struct environment *out, struct error *err);

/**
 * The same for a child that reads its credentials from `file`: the variables name the file and the
 * profile in it and hold no credentials, and the config file is none, for what stood there for this
 * profile would come before the file.
 */
MUST bool environment_make_file(char *const from[], const struct credentials *credentials,
				const char *profile, const char *file, struct environment *out,
				struct error *err);

/** Wipes and frees. Accepts empty. */
void environment_clear(struct environment *environment);

#endif
