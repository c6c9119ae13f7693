/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_PLAN_SHOW_H
#define CV_CLI_SHOW_PLAN_SHOW_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/creds/plan.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * Shows by which steps a profile comes to its credentials, for people and as --json's
 * {"profile","steps":[{"kind","what","cached_until"}…]}.
 */

/** As the config file has them, without a look at the vault. *out is the caller's. */
MUST bool plan_show_make(const char *profile, const struct plan *plan, json_t **out,
			 struct error *err);

/** Prints them (the answer of `plan`, too), one step a line, or as JSON with --json. */
MUST bool plan_show_print(struct cli *cli, const json_t *answer, struct error *err);

/**
 * What there is to say of credentials that are a key's session without MFA: two lines and what to
 * do, for the key of that name. `text` is cut to fit.
 */
enum { PLAN_SHOW_NO_IAM_BYTES = 512 };
void plan_show_no_iam(const char *key, char text[static PLAN_SHOW_NO_IAM_BYTES]);

#endif
