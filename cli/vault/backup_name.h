/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_BACKUP_NAME_H
#define CV_CLI_VAULT_BACKUP_NAME_H

#include "vault/base/error.h"
#include "vault/wire/tables/msg_backup.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * The names that backups get in a directory: `credvault-VAULT-20261130T093000Z-g871.cvb`, with the
 * first digits of the vault's id, the time in UTC and the generation, so that names in order are
 * backups in order.
 */

/** Appends "/" and the name to the directory in `path`. USAGE where it gets too long. */
MUST bool backup_name_append(const struct msg_backup *said, char path[static PATH_MAX],
			     struct error *err);

/** Whether a file's name is one of a backup of the vault with this id (hex). */
bool backup_name_is(const char *name, const char *vault_id);

/** When the backup of such a name was made; 0 where its digits are no time. */
int64_t backup_name_time(const char *name);

#endif
