/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_RESTORATION_H
#define CV_CLI_VAULT_RESTORATION_H

#include "cli/ui/context.h"
#include "cli/vault/header_change.h"
#include "cli/vault/open_header.h"
#include "cli/vault/staged_backup.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/wire/client.h"
#include "vault/wire/tables/msg_restore.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * One restoring of a backup, by an agent that this command has started: what opens both sides, the
 * plan that the agent has made, and carrying it out.
 */
struct restoration {
	const char *file; /**< the backup, as it was named; borrowed */
	const char *const *drop;
	size_t drop_count;
	struct staged_backup staged;
	struct client fresh;
	bool was_open; /**< an agent held the vault before */
	bool has_vault;
	struct buf header, backup_header;
	struct open_header opened, backup_opened; /**< the first where there is a vault */
	struct keys keys, backup_keys;
	json_t *rows;		      /**< array of msg_restore_key, by name */
	json_t *ok;		      /**< the plan … */
	struct msg_restore_plan plan; /**< … and what it says */
	char replaced[17];	      /**< end of the name under which the vault is kept */
};

/**
 * Puts the backup beside the vault, has an agent that holds the vault leave, starts one, opens both
 * headers and asks for what opens them, and asks for the plan. Nothing is changed. The caller
 * clears *out, also on failure.
 */
MUST bool restoration_plan(struct cli *cli, struct restoration *out, struct error *err);

/**
 * Carries the plan out; the agent then serves this command. `changed` is the header under a new
 * vault key where the plan wants one, else NULL.
 */
MUST bool restoration_run(struct cli *cli, struct restoration *restoration,
			  const struct changed *changed, struct error *err);

/**
 * Leaves the vault as it is, and has the agent serve where one did before; TAMPERED where the
 * witness refuses the vault. True, and nothing happens, where nobody has opened it.
 */
MUST bool restoration_leave(struct cli *cli, struct restoration *restoration, struct error *err);

/** Wipes and frees, and removes the staged backup. Accepts empty. */
void restoration_clear(struct restoration *restoration);

#endif
