/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_KEYS_AT_AWS_H
#define CV_AGENT_KEYS_AT_AWS_H

#include "vault/agent/core/request.h"
#include "vault/agent/rotate/rotating.h"
#include "vault/base/error.h"
#include "vault/seal/record/access_key.h"
#include "vault/wire/tables/msg_remove.h"

#include <stdbool.h>

/**
 * Ends a key at IAM before the vault forgets it. Each call is on record before it is made where it
 * cannot be taken back, and after it was answered; the client is told of each (`removing`).
 */

/**
 * Makes the claimed key inactive and deletes it, and the old key of its last rotation, which is off
 * already. Another key signs: the one that the client names, else one of the same user. Where the
 * vault has none, the key signs for itself and is deleted in one step: an inactive one signs
 * nothing. FAILED where another name of the vault holds the key; NOT_FOUND without the named
 * signer; else as the calls fail, and the error says what has been done. Inside the gate, and
 * before anything of the vault is changed.
 */
MUST bool at_aws_delete(struct request *request, const struct msg_remove *args,
			const struct access_key *key, const struct rotating_claim *claim,
			struct error *err);

#endif
