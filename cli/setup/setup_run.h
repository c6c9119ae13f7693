/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SETUP_SETUP_RUN_H
#define CV_CLI_SETUP_SETUP_RUN_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * `setup` as one conversation: makes the vault where there is none, shows every profile and what
 * will happen to it, takes the keys in, and rewrites the files.
 */

/** What was asked for; borrowed. */
struct setup_terms {
	const char *const *names; /**< the profiles; none: all */
	size_t count;
	bool diff;		      /**< show the changes and make none */
	bool apply;		      /**< make them; else a person is asked, where there is one */
	bool low_memory, no_recovery; /**< of the vault that is made */
};

MUST bool setup_run(struct cli *cli, const struct setup_terms *terms, struct error *err);

#endif
