/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_CREDENTIALS_REQUEST_H
#define CV_CLI_PROFILE_CREDENTIALS_REQUEST_H

#include "cli/ui/context.h"
#include "cli/profile/aws_config.h"
#include "vault/base/error.h"
#include "vault/creds/profile.h"
#include "vault/format/credentials.h"
#include "vault/wire/tables/msg_credentials.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * Gets credentials for a profile: the options, the environment and the config file make a plan
 * (vault/creds/plan.h) in this order of precedence, and the agent carries it out.
 */

/**
 * Resolves `name` to a plan, and sets the region, the endpoint, the proxy, --duration and
 * --no-session in it, the latter two where the command has them. USAGE for an invalid name and a
 * plan that is not valid.
 */
MUST bool credentials_request_profile(const struct cli *cli, const struct aws_config *config,
				      const char *name, struct profile *out, struct error *err);

/**
 * Credentials for a profile. `purpose` is the protocol's: "process", "exec" or "emit". An MFA code
 * is asked for where one is needed. *out is empty on failure.
 */
MUST bool credentials_request_send(struct cli *cli, const char *name, enum msg_purpose purpose,
				   struct credentials *out, struct error *err);

/**
 * The output of `process`: appends the agent's object unchanged, which has no Region
 * (vault/format/credjson.h). `out` has room for CREDJSON_LIMIT bytes.
 */
MUST bool credentials_request_process(struct cli *cli, const char *name, struct buf *out,
				      struct error *err);

/**
 * Makes a profile's session now, for `unlock`: *ok = {"profile","expires_at","mfa"}, the caller's.
 */
MUST bool credentials_request_session(struct cli *cli, const char *name, json_t **ok,
				      struct error *err);

/**
 * Prints the steps of a profile's plan (cli/show/plan_show.h), with the agent's view of them where
 * an agent runs. Asks no question.
 */
MUST bool credentials_request_print_plan(struct cli *cli, const char *name, struct error *err);

/**
 * The requested region: --region, else AWS_REGION or AWS_DEFAULT_REGION, unless `export` or `exec`
 * has set them for a profile: that region does not outrank the next profile's own. NULL: none.
 * USAGE for an invalid one. Borrowed.
 */
MUST bool credentials_request_region(const struct cli *cli, const char **region, struct error *err);

/**
 * The proxy for requests to AWS: the values of https_proxy or HTTPS_PROXY and of no_proxy or
 * NO_PROXY. The courier applies them to a host. USAGE for an invalid proxy.
 */
MUST bool credentials_request_proxy(struct http_proxy *out, struct error *err);

#endif
