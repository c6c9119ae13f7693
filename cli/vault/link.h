/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_LINK_H
#define CV_CLI_VAULT_LINK_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>

/** The command's one connection to the vault's agent: cli->agent. main() closes it. */

/**
 * Connects to the vault's agent, wherever it listens; *absent and true where there is none. Nobody
 * is asked. FAILED where a process holds the vault and cannot be reached.
 */
MUST bool link_find(struct cli *cli, bool *absent, struct error *err);

/** As link_find(), for a further connection of the caller's. */
MUST bool link_connect(const struct cli *cli, struct client *out, bool *absent, struct error *err);

/** Hangs up. An agent that this run has started, and that does not stay, has closed the vault. */
void link_leave(struct cli *cli);

#endif
