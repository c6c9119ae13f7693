/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_HARVEST_H
#define CV_CLI_HARVEST_H

#include "cli/attributes.h"
#include "cli/config.h"
#include "vault/base/error.h"
#include "vault/format/ini.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** What `import` finds in a credentials file: one item a profile, to be imported or skipped. */

enum { HARVEST_WHY_MAX = 128 };

struct harvest_item {
	char profile[TEXT_NAME_MAX + 1]; /**< as the file names it */
	struct attributes attributes;	 /**< name and key; empty secret where it is skipped */
	json_t *facts;			 /**< what AWS said; NULL: not asked or skipped */
	char skip[HARVEST_WHY_MAX];	 /**< why it is not imported; "" = it is */
};

struct harvest {
	struct harvest_item *items; /**< in the file's order */
	size_t count;
};

#define HARVEST_EMPTY ((struct harvest){.items = NULL})

/**
 * Reads a parsed credentials file: every profile that has an access key id or a secret. Temporary,
 * incomplete and impossible keys, and names that are none, are items to skip. Names get `prefix`
 * (may be "") in front. mfa_serial and region come from `config`, else from the file itself. MEMORY
 * for more keys than the guarded memory takes at a time.
 */
CV_MUST_USE
bool harvest_read(const struct ini *file, const struct config *config, const char *prefix,
		  struct harvest *out, struct error *err);

/**
 * Keeps one item: the profile `name`, or the only one of the file, which is then stored as `name`.
 * USAGE when neither fits.
 */
CV_MUST_USE
bool harvest_only(struct harvest *harvest, const char *name, struct error *err);

/** How many are to be imported. */
size_t harvest_wanted(const struct harvest *harvest);

/** Marks an item to be skipped and wipes its secret. */
void harvest_skip(struct harvest_item *item, const char *fmt, ...) CV_PRINTF(2, 3);

/** Wipes and frees. Accepts empty. */
void harvest_clear(struct harvest *harvest);

#endif
