/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_ASKING_H
#define CV_CLI_VAULT_ASKING_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/**
 * Who asks a person for a vault's passphrase, so that fifty commands raise one prompt: a lock
 * beside the vault, VAULT.asking, on which only those wait who would ask too. Nothing else waits
 * for a person. The file says which process asks, and on which terminal.
 */
struct asking {
	int fd;	    /**< -1: not asking */
	bool first; /**< nobody else was asking */
};

#define ASKING_EMPTY ((struct asking){.fd = -1})

/**
 * The right to show a prompt: at once where nobody asks, and where others ask on other terminals,
 * which the person here is told. Where a prompt stands on this terminal already, or there is none
 * and a program would ask, waits for its end, at most ASKING_LIMIT_S, or until `over` says that the
 * vault is unlocked; *came then. LOCKED after the time.
 */
MUST bool asking_begin(struct cli *cli, bool (*over)(void *ctx), void *ctx, struct asking *out,
		       bool *came, struct error *err);

/** Gives the right back. Accepts empty. */
void asking_end(struct asking *asking);

enum { ASKING_LIMIT_S = 300, ASKING_WHO_BYTES = 128 };

/** "credvault (pid 812) asks for it on pts/3" of the process that asks; false where none does. */
bool asking_who(const struct cli *cli, char who[static ASKING_WHO_BYTES]);

#endif
