/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UNLOCK_H
#define CV_CLI_UNLOCK_H

#include "cli/command.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * From a locked vault to an unlocked agent: who starts it is elected by a lock file, so that fifty cold
 * calls start one agent and raise one prompt; the passphrase and the vault key never leave this process.
 */

/** Limits of the agent to be started. */
struct unlock_limits {
	int64_t idle_s;
	int64_t limit_s;
};

enum { UNLOCK_IDLE_S = 900, UNLOCK_LIMIT_S = 28800 };

/**
 * cli->agent is connected to an unlocked agent when this returns true: the one that is there, one that
 * another process is just unlocking (waited for, as long as we could ask ourselves), or one that we start.
 * LOCKED at once when nobody can be asked; WRONG_PASSPHRASE after three tries on a terminal, or the first
 * elsewhere; NOT_FOUND where there is no vault.
 */
CV_MUST_USE
bool unlock_agent(struct cli *cli, struct error *err);

/**
 * Unlocks anew, also where an agent is there, which is replaced once the passphrase has proved right.
 * *ok ({"vault","vault_id","idle_at","lock_at","pid"}) is the caller's.
 */
CV_MUST_USE
bool unlock_anew(struct cli *cli, const struct unlock_limits *limits, json_t **ok,
		 struct error *err);

#endif
