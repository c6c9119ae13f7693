/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_STS_SETTINGS_H
#define CV_CLI_PROFILE_STS_SETTINGS_H

#include "cli/profile/aws_config.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/creds/plan.h"

#include <stdbool.h>

/**
 * Where STS is asked for a profile's credentials, and in which of its forms. Each setting is the
 * option's, else the environment's, else the profile's (docs/profiles.md): the endpoint by
 * --endpoint-url and CREDVAULT_ENDPOINT_URL, else by the `sts` block of the [services NAME] that
 * the profile names, else by its endpoint_url; use_fips_endpoint, use_dualstack_endpoint and
 * sts_regional_endpoints by AWS's variables of these names, else by the profile's lines.
 * AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS are not read: a program that sets them must not receive
 * a signed request.
 */

/**
 * Sets endpoint and variant in the plan. USAGE with file and line, or with the variable, for a
 * value that is not valid; FAILED where a [services NAME] cannot be read or is not there.
 */
MUST bool sts_settings_apply(const struct cli *cli, const struct aws_config *config,
			     const char *name, struct plan *plan, struct error *err);

/** Whether a URL has characters and a length that a plan takes; USAGE, with `what` it is of. */
MUST bool sts_settings_check_url(const char *what, const char *url, struct error *err);

/** --endpoint-url or its variable, checked for its syntax only; NULL: AWS's own. Borrowed. */
MUST bool sts_settings_endpoint(const struct cli *cli, const char **endpoint, struct error *err);

#endif
