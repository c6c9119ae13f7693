/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SETUP_SETUP_SHOW_H
#define CV_CLI_SETUP_SETUP_SHOW_H

#include "cli/setup/setup_plan.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>

/** Words for what `setup` will do and has done: for people, and as JSON. */

/** A table of the profiles, with what will happen to each and why. */
MUST bool setup_show_table(struct cli *cli, const struct setup_plan *plan, struct error *err);

/** The diffs of both files; after setup_edit_make(). */
MUST bool setup_show_diff(struct cli *cli, const struct setup_plan *plan, struct error *err);

/** A diff's text, in colour on a terminal. */
void setup_show_text(struct cli *cli, const char *diff);

/** "~/.aws/config (9 lines) and ~/.aws/credentials (5 lines)", for what changes. */
void setup_show_files(const struct setup_plan *plan, char *out, size_t size);

/**
 * {"files":[{"path","changed"}…],"profiles":[{"name","will","why"}…],"applied","diff":TEXT|null}.
 * The caller's.
 */
MUST bool setup_show_json(const struct setup_plan *plan, bool applied, bool with_diff,
			  json_t **object, struct error *err);

#endif
