/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SETUP_SETUP_FILE_H
#define CV_CLI_SETUP_SETUP_FILE_H

#include "cli/files/edit_journal.h"
#include "cli/files/file_swap.h"
#include "vault/base/error.h"
#include "vault/format/ini.h"
#include "vault/format/ini_edit.h"

#include <stdbool.h>
#include <stddef.h>

/** One of AWS's shared files while `setup` works on it: as it is, and as it will be. */

enum { SETUP_FILE_MAX = 4 * INI_FILE_MAX /**< bytes of a text that is only planned */ };

struct setup_file {
	char given[PATH_MAX]; /**< its path, before links are followed */
	enum ini_flavour flavour;
	struct file_swap swap;
	struct ini ini;
	struct ini_edit edit;	     /**< what is planned so far */
	struct edit_secret *secrets; /**< what of the text is the vault's; its keys are borrowed */
	size_t secrets_count;
	struct buf after; /**< the text as it will be; filled by setup_file_finish() */
	struct ini_change *changes;
	size_t changes_count;
};

/** Reads and parses the file. `to_write` locks it, and refuses one that cannot be replaced. */
MUST bool setup_file_open(struct setup_file *file, const char *path, enum ini_flavour flavour,
			  bool to_write, struct error *err);

/** Takes the setting at a line out, whose value is the vault's: the id or the secret of `key`. */
MUST bool setup_file_drop_secret(struct setup_file *file, unsigned int line, const char *key,
				 bool id, struct error *err);

/** Forgets what was planned. */
MUST bool setup_file_reset(struct setup_file *file, struct error *err);

/** Makes the text as it will be. */
MUST bool setup_file_finish(struct setup_file *file, struct error *err);

/** Whether it will change; after setup_file_finish(). */
bool setup_file_changes(const struct setup_file *file);

/** Appends what changes as a unified diff. */
MUST bool setup_file_diff(const struct setup_file *file, struct buf *out, struct error *err);

/** Wipes, frees and unlocks. Accepts empty. */
void setup_file_close(struct setup_file *file);

#endif
