/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_ANSWER_H
#define CV_CLI_VAULT_ANSWER_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>

/** Answers the agent's questions during a call that any command may be asked: for an MFA code. */

/**
 * Answers `ask`: *answer is the object for {"answer":…}, the caller's. The
 * program mfa_process (may be NULL) is asked first for a code. False where nobody answers.
 */
MUST bool answer_ask(struct cli *cli, const char *mfa_process, const json_t *ask, json_t **answer,
		     struct error *err);

#endif
