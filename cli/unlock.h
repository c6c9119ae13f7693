/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UNLOCK_H
#define CV_CLI_UNLOCK_H

#include "cli/command.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * From a locked vault to an unlocked agent: who starts it is elected by a lock file, so that fifty cold
 * calls start one agent and raise one prompt; the passphrase and the vault key never leave this process.
 * Commands use agent_call(), which comes here by itself.
 */

/** Limits of the agent to be started; 0: the vault's own. */
struct unlock_limits {
	int64_t idle_s;
	int64_t limit_s;
};

/**
 * cli->agent is connected to an unlocked agent when this returns true: the one that is there, one that
 * another process is just unlocking (waited for, as long as we could ask ourselves), or one that we start.
 * LOCKED at once when nobody can be asked; WRONG_PASSPHRASE after three tries on a terminal, or the first
 * elsewhere; NOT_FOUND where there is no vault.
 */
CV_MUST_USE
bool unlock_agent(struct cli *cli, struct error *err);

/**
 * Unlocks anew, also where an agent is there, which is replaced once the passphrase has proved right. The
 * fresh agent stays when we leave, unless --once. *ok ({"vault","vault_id","idle_at","lock_at","pid"}) is
 * the caller's.
 */
CV_MUST_USE
bool unlock_anew(struct cli *cli, const struct unlock_limits *limits, json_t **ok,
		 struct error *err);

/**
 * For an agent that said LOCKED because the keys to its records are gone: unlocks anew, unless another
 * process did so meanwhile. Without anybody to ask *err stays as it is.
 */
CV_MUST_USE
bool unlock_again(struct cli *cli, struct error *err);

/**
 * Asks for the passphrase (or recovery code) until it fits the header's public bytes: three times on a
 * terminal, once elsewhere. *how is a constant text. The header is checked before anybody is asked.
 */
CV_MUST_USE
bool unlock_derive(struct cli *cli, const struct buf *header, struct keys *keys, const char **how,
		   struct error *err);

#endif
