/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_ANSWER_H
#define CV_CLI_VAULT_ANSWER_H

#include "cli/ui/context.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>

/** Answers the agent's questions during a call: an MFA code, a proof of the passphrase. */

/**
 * Answers `ask`: *answer is the object for {"answer":…}, the caller's. `request` holds the bytes
 * that a proof covers; the program mfa_process (may be NULL) is asked first for a code. False where
 * nobody answers.
 */
MUST bool answer_ask(struct cli *cli, const char *mfa_process, const json_t *ask,
		     const struct buf *request, json_t **answer, struct error *err);

#endif
