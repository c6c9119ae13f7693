/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_STAGED_BACKUP_H
#define CV_CLI_VAULT_STAGED_BACKUP_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/wire/tables/msg_backup.h"

#include <limits.h>
#include <stdbool.h>

/**
 * A backup on its way back: the agent opens no path that it is told, so the file is put beside the
 * vault, under a name that the agent makes of the vault's and a few digits.
 */
struct staged_backup {
	char id[MSG_COPY_ID_HEX + 1]; /**< empty: nothing is there */
	char path[PATH_MAX + 64];
};

#define STAGED_BACKUP_EMPTY ((struct staged_backup){.id = ""})

/**
 * Copies the file there. NOT_FOUND; UNSAFE_FILE where it is no regular file; FAILED where it is too
 * large to be a vault; IO.
 */
MUST bool staged_backup_put(const struct cli *cli, const char *file, struct staged_backup *out,
			    struct error *err);

/** Removes it. Accepts empty. */
void staged_backup_remove(struct staged_backup *staged);

#endif
