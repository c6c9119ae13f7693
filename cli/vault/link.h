/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_LINK_H
#define CV_CLI_VAULT_LINK_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>

/** The command's one connection to the vault's agent: cli->agent. main() closes it. */

/** Connects to the vault's agent; *absent and true where there is none. Nobody is asked. */
MUST bool link_find(struct cli *cli, bool *absent, struct error *err);

/** Hangs up. An agent that this run has started, and that does not stay, has closed the vault. */
void link_leave(struct cli *cli);

#endif
