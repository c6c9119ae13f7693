/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_BACKUP_DRAFT_H
#define CV_CLI_VAULT_BACKUP_DRAFT_H

#include <limits.h>
#include <stdbool.h>

/**
 * The file that a backup is written to before it gets its name: `.credvault-backup-XXXXXXXX.new` in
 * the same folder. It is locked (flock) while its program lives, so a run that was killed leaves
 * one that nobody has locked, and the next run to that folder removes it.
 */
struct backup_draft {
	int fd; /**< for reading and writing, locked; -1: none */
	char path[PATH_MAX + 64];
};

#define BACKUP_DRAFT_EMPTY ((struct backup_draft){.fd = -1})

/** Removes what killed runs have left in the folder of `target`, an absolute path. */
void backup_draft_sweep(const char *target);

/** Makes one beside `target`; false with errno. */
bool backup_draft_make(const char *target, struct backup_draft *out);

/** Closes it, and removes its file unless it was renamed. Accepts empty. */
void backup_draft_close(struct backup_draft *draft, bool renamed);

#endif
