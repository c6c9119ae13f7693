/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_BACKUP_FILE_H
#define CV_CLI_VAULT_BACKUP_FILE_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/wire/tables/msg_backup.h"

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>

/**
 * Writes a backup. The agent leaves a copy of the vault beside it, which it has opened and
 * verified; this puts the same bytes under the name that was asked for and reads them back. The
 * name appears when the file is whole and durable, never before.
 */

/** A backup that was made. */
struct backup_file {
	char path[PATH_MAX]; /**< absolute */
	json_t *ok;	     /**< the agent's answer, and "file" in the place of "copy" */
	struct msg_backup said;
};

#define BACKUP_FILE_EMPTY ((struct backup_file){.ok = NULL})

/**
 * `target` is a file that does not exist, or a directory in which the backup gets a name of its
 * own; `replace`: the file may exist. EXISTS; UNSAFE_FILE where the target is the vault itself or
 * no regular file; IO, with the target as it was. Unlocks the vault where it is locked.
 */
MUST bool backup_file_make(struct cli *cli, const char *target, bool replace,
			   struct backup_file *out, struct error *err);

/** Frees. Accepts empty. */
void backup_file_clear(struct backup_file *backup);

#endif
