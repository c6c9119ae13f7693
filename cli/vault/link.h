/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_LINK_H
#define CV_CLI_VAULT_LINK_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>

/** The connection to the vault's agent, one in a run: cli->agent. main() closes it. */

/** Connects to the agent that is there; *absent and true when there is none. Asks nothing. */
MUST bool link_find(struct cli *cli, bool *absent, struct error *err);

/** Hangs up. An agent we started that is not resident has closed its file when this returns. */
void link_leave(struct cli *cli);

#endif
