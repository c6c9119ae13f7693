/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_IMPORT_SHOW_H
#define CV_CLI_PROFILE_IMPORT_SHOW_H

#include "cli/profile/found_keys.h"
#include "cli/profile/key_source.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The screens of `import`: what will happen to each key, what has happened, and its JSON. */

/** What an import has come to; borrowed. */
struct import_sum {
	json_t *imported; /**< the stored keys, as the agent reports them, … */
	char first[TEXT_NAME_MAX + 1];
	size_t overdue; /**< … how many of them are older than … */
	int64_t max_age_days;
	size_t skipped;
	bool scrubs;	 /**< --scrub was given … */
	size_t scrubbed; /**< … and so many keys are out of the file */
	size_t count;	 /**< the larger of both; for the summary */
	const struct key_source *place;
};

/**
 * A row for each key, with what will happen to it or why it is skipped, and a warning for each key
 * of a root user.
 */
MUST bool import_show_table(struct cli *cli, const struct found_keys *keys, struct error *err);

/** The answer with --json; `dry` adds the keys that would be imported. */
MUST bool import_show_json(struct cli *cli, const struct found_keys *keys, bool dry,
			   const struct import_sum *sum, struct error *err);

/** How it went, where the keys still are, and what comes next. */
void import_show_summary(struct cli *cli, const struct found_keys *keys, struct import_sum *sum);

#endif
