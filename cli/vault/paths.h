/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_PATHS_H
#define CV_CLI_VAULT_PATHS_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <limits.h>
#include <stdbool.h>

/**
 * Finds the paths of a run: the vault, its witness, its locks, and its agent's socket and state.
 * The locks lie beside the vault, as commands with other environments contend for them too.
 */

/**
 * Fills cli->vault (--vault, CREDVAULT_FILE, ${XDG_DATA_HOME:-~/.local/share}/credvault/vault.db),
 * socket, lock, state and witness (${XDG_STATE_HOME:-~/.local/state}/credvault, which need not
 * exist); makes the runtime directory. NOT_FOUND where the vault's directory is not there.
 */
MUST bool paths_find(struct cli *cli, struct error *err);

/** As paths_find(), and makes the vault's directory (0700) first. For init. */
MUST bool paths_make(struct cli *cli, struct error *err);

/** NOT_FOUND, with the way to make one, unless something is there under the vault's name. */
MUST bool paths_check_vault(const struct cli *cli, struct error *err);

/**
 * The runtime directory, which is made: credvault in $XDG_RUNTIME_DIR, in /run/user/UID, else in
 * the state directory. UNSAFE_FILE where it is not ours alone.
 */
MUST bool paths_runtime(char out[static PATH_MAX], struct error *err);

/** The folder of the records of what `export --write` has written; it need not exist. */
MUST bool paths_written(const struct cli *cli, char out[static PATH_MAX], struct error *err);

/** $HOME, else the home directory of our uid's account; NULL when there is neither. */
const char *paths_home(void);

/** ~/.aws/config or $AWS_CONFIG_FILE; ~/.aws/credentials or $AWS_SHARED_CREDENTIALS_FILE. */
MUST bool paths_aws_config(char path[static PATH_MAX], struct error *err);
MUST bool paths_aws_credentials(char path[static PATH_MAX], struct error *err);

#endif
