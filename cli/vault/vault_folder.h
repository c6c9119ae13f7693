/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_VAULT_FOLDER_H
#define CV_CLI_VAULT_VAULT_FOLDER_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>

/**
 * The folder of a vault, which is the vault's alone: the agent may write in the whole folder, so
 * that whoever takes the agent over would reach what else lies there.
 */

/**
 * Refuses (USAGE) to make a vault where its folder holds anything but files of the vault's own name
 * (NAME, NAME.…, NAME-…), with the command for another folder.
 */
MUST bool vault_folder_check(const struct cli *cli, struct error *err);

/** Whether it holds nothing else; one that cannot be read counts as the vault's own. */
bool vault_folder_is_its_own(const struct cli *cli);

/** Warns of a vault that was made among other files. */
void vault_folder_warn(struct cli *cli);

#endif
