/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_NEW_VAULT_H
#define CV_CLI_VAULT_NEW_VAULT_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>

/** Makes a vault in a conversation: passphrase, recovery code, and an agent that holds it. */

/** How it is made; borrowed. */
struct new_vault_terms {
	bool no_recovery;
	const char *kdf_memory; /**< what a guess costs; NULL: measured */
	bool low_memory;
	const char *key_file; /**< to be made, and to open the vault too; NULL: none */
};

/** EXISTS where there is something at the vault's path. */
MUST bool new_vault_check_free(const struct cli *cli, struct error *err);

/**
 * Makes the vault at cli->vault, whose folder is there, and leaves it unlocked (unless --once).
 * Says so; with --json *answer is what there is to say, recovery code included, else NULL. It is
 * the caller's, also where this fails.
 */
MUST bool new_vault_make(struct cli *cli, const struct new_vault_terms *terms, json_t **answer,
			 struct error *err);

#endif
