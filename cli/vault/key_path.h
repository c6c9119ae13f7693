/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_KEY_PATH_H
#define CV_CLI_VAULT_KEY_PATH_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"

#include <stdbool.h>

/**
 * Reads and makes key files (vault/seal/header/key_file.h). The path comes from --key-file,
 * CREDVAULT_KEY_FILE, or is credvault-key in $CREDENTIALS_DIRECTORY, which a service manager fills.
 * A key file never lies in the vault's directory, nor below it unless that is the home directory:
 * whoever copies that directory would get both.
 */

/** Whether a key file is given. Nothing is read. */
bool key_path_given(const struct cli *cli);

/**
 * Reads the given key file. NOT_FOUND; UNSAFE_FILE where others can read it; FAILED where it is no
 * key file, or damaged. A service manager's file may belong to root and be readable for one group.
 */
MUST bool key_path_read(const struct cli *cli, struct secret *key, struct error *err);

/** Makes a fresh key and a synced file of it (0600). EXISTS where the name is taken. */
MUST bool key_path_make(const struct cli *cli, const char *path, struct secret *key,
			struct error *err);

/** Removes the file of key_path_make(), where the slot for it could not be made. */
void key_path_remove(const char *path);

#endif
