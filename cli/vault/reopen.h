/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_REOPEN_H
#define CV_CLI_VAULT_REOPEN_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>

/**
 * Closes the vault and opens it again, for a command that must know what is in the file and not
 * what an agent says. The agent that holds it closes it and leaves; a fresh one, which this process
 * starts, reads and verifies the file and takes over. cli->agent is the socketpair to it, at whose
 * other end nobody else can be.
 */

/**
 * Uses the subkeys that cli->agent.kept has. The fresh agent stays where the old one would have
 * stayed. FAILED where they were not kept, or the vault is held by somebody who does not let go;
 * TAMPERED and the like where the file is not whole.
 */
MUST bool reopen_vault(struct cli *cli, struct error *err);

/** Whether cli->agent is the socketpair of an agent that this process has started. */
bool reopen_is_ours(const struct cli *cli);

#endif
