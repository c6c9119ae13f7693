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
 * Unlocks a vault: starts an agent and sends it the keys. Two locks beside the vault elect the
 * command that does so: fifty commands at once start one agent (start, never held while somebody
 * types) and show one prompt (asking, cli/vault/asking.h). The passphrase and the vault key never
 * leave this process. Commands use agent_call(), which unlocks by itself.
 */

/** Limits of the agent to be started; 0: the vault's settings. */
struct unlock_limits {
	int64_t idle_s;
	int64_t limit_s;
};

/**
 * Connects cli->agent to an unlocked agent: the vault's, one that another command unlocks
 * meanwhile, or a fresh one. LOCKED at once when nobody can be asked, with who asks elsewhere;
 * WRONG_PASSPHRASE after three tries on a terminal, or the first elsewhere; NOT_FOUND where there
 * is no vault.
 */
MUST bool unlock_agent(struct cli *cli, struct error *err);

/**
 * Unlocks also where an agent is there, and replaces it once the passphrase has proved right; of
 * two who unlock a locked vault at once, one serves both. The agent stays when the command ends,
 * unless --once. *ok ({"vault","vault_id","idle_at","lock_at","pid"}) is the caller's.
 */
MUST bool unlock_anew(struct cli *cli, const struct unlock_limits *limits, json_t **ok,
		      struct error *err);

/**
 * What an unlock would answer, of the unlocked agent that is connected; *ok is the caller's. *keys:
 * the keys to the records are there.
 */
MUST bool unlock_state(struct cli *cli, json_t **ok, bool *keys, struct error *err);

/**
 * Makes the changed header once the vault's is open. *out comes empty (CHANGED_EMPTY), and stays so
 * where nothing is to change.
 */
typedef bool unlock_change(struct cli *cli, void *ctx, const struct open_header *opened,
			   struct changed *out, struct error *err);

/**
 * Opens the vault and starts an agent, in the place of one that may be there, which changes the
 * header as its first act. The agent stays when the command ends if one was there before or a
 * person was asked.
 */
MUST bool unlock_changing(struct cli *cli, unlock_change *change, void *ctx, json_t **ok,
			  struct error *err);

/**
 * Unlocks once more after an agent answered LOCKED because its keys are gone, unless another
 * command did so meanwhile. With nobody to ask, *err stays as it is.
 */
MUST bool unlock_again(struct cli *cli, struct error *err);

#endif
