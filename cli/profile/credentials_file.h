/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_CREDENTIALS_FILE_H
#define CV_CLI_PROFILE_CREDENTIALS_FILE_H

#include "cli/profile/attributes.h"
#include "cli/profile/aws_config.h"
#include "vault/base/error.h"
#include "vault/format/ini.h"
#include "vault/wire/tables/msg_add.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** The access keys of a credentials file, for `import`: an item for each profile, some skipped. */

enum { CREDENTIALS_FILE_WHY_MAX = 128 };

struct credentials_file_item {
	char profile[TEXT_NAME_MAX + 1];  /**< the name in the file; escaped if invalid */
	enum ini_kind kind;		  /**< the kind of its section; INI_OTHER: always skipped */
	struct attributes attributes;	  /**< the secret stays in the file */
	json_t *facts;			  /**< AWS's facts about the key; NULL: none … */
	struct msg_identified identified; /**< … and this is empty; borrows from `facts` */
	bool candidate; /**< the file gives no reason to skip the item; for the importer */
	char skip[CREDENTIALS_FILE_WHY_MAX]; /**< why the item is skipped; "" = it is not */
};

struct credentials_file {
	struct credentials_file_item *items; /**< in the file's order */
	size_t count;
};

#define CREDENTIALS_FILE_EMPTY ((struct credentials_file){.items = NULL})

/**
 * Reads a parsed credentials file: an item for every section that has a line of an access key, even
 * with an empty value. Temporary, incomplete and impossible keys, sections that are no profiles or
 * cannot be read, and invalid names are skipped. `prefix` (may be "") is put before each name.
 * mfa_serial and region come from `config`, else from the file itself.
 */
MUST bool credentials_file_read(const struct ini *file, const struct aws_config *config,
				const char *prefix, struct credentials_file *out,
				struct error *err);

/**
 * Keeps the item of profile `name`, or a file's only item, which then gets that name. USAGE where
 * there is neither.
 */
MUST bool credentials_file_only(struct credentials_file *source, const char *name,
				struct error *err);

/** The number of items that are not skipped. */
size_t credentials_file_wanted(const struct credentials_file *source);

/** The secret of an item that is not skipped. Borrowed from the file it was read from. */
const char *credentials_file_secret(const struct ini *file,
				    const struct credentials_file_item *item);

/** Marks an item to be skipped. */
void credentials_file_skip(struct credentials_file_item *item, const char *fmt, ...)
    CV_PRINTF(2, 3);

/** Wipes and frees. Accepts empty. */
void credentials_file_clear(struct credentials_file *source);

#endif
