/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_UNLOCK_H
#define CV_CLI_VAULT_UNLOCK_H

#include "cli/vault/header_change.h"
#include "cli/ui/context.h"
#include "cli/vault/open_header.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * From a locked vault to an unlocked agent: who starts it is elected by a lock file, so that fifty
 * cold calls start one agent and raise one prompt; the passphrase and the vault key never leave
 * this process. Commands use agent_call(), which comes here by itself.
 */

/** Limits of the agent to be started; 0: the vault's own. */
struct unlock_limits {
	int64_t idle_s;
	int64_t limit_s;
};

/**
 * cli->agent is connected to an unlocked agent when this returns true: the one that is there, one
 * that another process is just unlocking (waited for, as long as we could ask ourselves), or one
 * that we start. LOCKED at once when nobody can be asked; WRONG_PASSPHRASE after three tries on a
 * terminal, or the first elsewhere; NOT_FOUND where there is no vault.
 */
MUST bool unlock_agent(struct cli *cli, struct error *err);

/**
 * Unlocks anew, also where an agent is there, which is replaced once the passphrase has proved
 * right. The fresh agent stays when we leave, unless --once. *ok
 * ({"vault","vault_id","idle_at","lock_at","pid"}) is the caller's.
 */
MUST bool unlock_anew(struct cli *cli, const struct unlock_limits *limits, json_t **ok,
		      struct error *err);

/**
 * What is to become of the header, decided once it is open; *out is empty (CHANGED_EMPTY) before.
 * Leaves it empty where nothing is to change.
 */
typedef bool unlock_change(struct cli *cli, void *ctx, const struct open_header *opening,
			   struct changed *out, struct error *err);

/**
 * Opens the vault and puts an agent in the place of the one that may be there which makes the
 * change as its first act. It stays when we leave where one was there before, or a person was
 * asked.
 */
MUST bool unlock_changing(struct cli *cli, unlock_change *change, void *ctx, json_t **ok,
			  struct error *err);

/**
 * For an agent that said LOCKED because the keys to its records are gone: unlocks anew, unless
 * another process did so meanwhile. Without anybody to ask *err stays as it is.
 */
MUST bool unlock_again(struct cli *cli, struct error *err);

#endif
