/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_CREDENTIALS_FILE_H
#define CV_CLI_PROFILE_CREDENTIALS_FILE_H

#include "cli/profile/attributes.h"
#include "cli/profile/aws_config.h"
#include "vault/base/error.h"
#include "vault/format/ini.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** What `import` finds in a credentials file: one item a profile, to be imported or skipped. */

enum { CREDENTIALS_FILE_WHY_MAX = 128 };

struct credentials_file_item {
	char profile[TEXT_NAME_MAX + 1];     /**< as the file names it */
	struct attributes attributes;	     /**< name and key; empty secret where it is skipped */
	json_t *facts;			     /**< what AWS said; NULL: not asked or skipped */
	char skip[CREDENTIALS_FILE_WHY_MAX]; /**< why it is not imported; "" = it is */
};

struct credentials_file {
	struct credentials_file_item *items; /**< in the file's order */
	size_t count;
};

#define CREDENTIALS_FILE_EMPTY ((struct credentials_file){.items = NULL})

/**
 * Reads a parsed credentials file: every profile that has an access key id or a secret. Temporary,
 * incomplete and impossible keys, and names that are none, are items to skip. Names get `prefix`
 * (may be "") in front. mfa_serial and region come from `config`, else from the file itself. MEMORY
 * for more keys than the guarded memory takes at a time.
 */
MUST bool credentials_file_read(const struct ini *file, const struct aws_config *config,
				const char *prefix, struct credentials_file *out,
				struct error *err);

/**
 * Keeps one item: the profile `name`, or the only one of the file, which is then stored as `name`.
 * USAGE when neither fits.
 */
MUST bool credentials_file_only(struct credentials_file *source, const char *name,
				struct error *err);

/** How many are to be imported. */
size_t credentials_file_wanted(const struct credentials_file *source);

/** Marks an item to be skipped and wipes its secret. */
void credentials_file_skip(struct credentials_file_item *item, const char *fmt, ...)
    CV_PRINTF(2, 3);

/** Wipes and frees. Accepts empty. */
void credentials_file_clear(struct credentials_file *source);

#endif
