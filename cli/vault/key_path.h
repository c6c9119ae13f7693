/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_KEY_PATH_H
#define CV_CLI_VAULT_KEY_PATH_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"

#include <stdbool.h>

/**
 * Key files (vault/seal/header/key_file.h) where they lie: --key-file, CREDVAULT_KEY_FILE, or
 * credvault-key in $CREDENTIALS_DIRECTORY, which a service manager fills. Never in the vault's
 * directory, nor below it unless that is the home directory: who copies one should not get both.
 */

/** Whether one is given. Nothing is read. */
bool key_path_given(const struct cli *cli);

/**
 * Reads the one that is given. NOT_FOUND, UNSAFE_FILE where others can read it, FAILED where it is
 * no key file or damaged. What the service manager lays out may belong to root and to one group.
 */
MUST bool key_path_read(const struct cli *cli, struct secret *key, struct error *err);

/**
 * Makes a fresh key and a file of it (0600), synced. EXISTS where there is anything of that name.
 */
MUST bool key_path_make(const struct cli *cli, const char *path, struct secret *key,
			struct error *err);

/** Takes away what key_path_make() has made, when nothing came of it. */
void key_path_remove(const char *path);

#endif
