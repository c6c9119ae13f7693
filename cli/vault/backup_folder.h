/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_BACKUP_FOLDER_H
#define CV_CLI_VAULT_BACKUP_FOLDER_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * The directory of `config backup-to`: a backup before each rotation, the last ten of a vault, and
 * the question about them when something was taken away that they still hold. Only files that have
 * the names of this vault's backups (backup_name.h) are ever removed.
 */

enum { BACKUP_FOLDER_KEEP = 10 };

/**
 * The real path of a directory that may be used: it is there, the user's own, closed to the writing
 * of others, and not the vault's own folder.
 */
MUST bool backup_folder_check(const struct cli *cli, const char *directory,
			      char out[static PATH_MAX], struct error *err);

/**
 * Makes a backup where the vault has a directory for them, and removes the oldest beyond the last
 * ten. True where it has none.
 */
MUST bool backup_folder_make(struct cli *cli, struct error *err);

/** When the newest backup of this vault (id in hex) in the directory was made; 0: there is none. */
int64_t backup_folder_newest(const char *directory, const char *vault_id);

/**
 * Behind an act that old backups do not know of: offers to delete those in the vault's directory,
 * on a terminal; else says that they are there. `still` says what they still do. Fails at nothing:
 * the act itself is done.
 */
void backup_folder_offer(struct cli *cli, const char *still);

#endif
