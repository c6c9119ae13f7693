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
 * From a profile's name to credentials: the config file, the options and the environment become a
 * plan (vault/creds/plan.h), the agent carries it out. AWS_ENDPOINT_URL* never steers the
 * vault: a program that plants one must not be sent a signed request.
 */

/**
 * Resolves `name` and lays the region, the endpoint, the proxy, --duration and --no-session over
 * it, the latter two where the command has them. USAGE for a name that is none and a plan that does
 * not fit.
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
 * What `process` prints: appends the agent's object as it came, which is one object and has no
 * Region (vault/format/credjson.h). `out` has room for CREDJSON_LIMIT bytes.
 */
MUST bool credentials_request_process(struct cli *cli, const char *name, struct buf *out,
				      struct error *err);

/**
 * Makes a profile's session now, for `unlock`: *ok = {"profile","expires_at","mfa"}, the caller's.
 */
MUST bool credentials_request_session(struct cli *cli, const char *name, json_t **ok,
				      struct error *err);

/**
 * Prints the steps of a profile's plan (cli/show/plan_show.h), as the agent sees them where one is
 * there.
 * Asks nothing.
 */
MUST bool credentials_request_print_plan(struct cli *cli, const char *name, struct error *err);

/**
 * A region that was asked for: --region, AWS_REGION, AWS_DEFAULT_REGION; NULL: none. USAGE when it
 * cannot be one. Borrowed.
 */
MUST bool credentials_request_region(const struct cli *cli, const char **region, struct error *err);

/**
 * The proxy for requests to AWS: the values of https_proxy or HTTPS_PROXY and of no_proxy or
 * NO_PROXY. The courier knows what they mean for a host. USAGE where it cannot be a proxy.
 */
MUST bool credentials_request_proxy(struct http_proxy *out, struct error *err);

/** The endpoint that was asked for, checked as far as its text goes; NULL: AWS's own. Borrowed. */
MUST bool credentials_request_endpoint(const struct cli *cli, const char **endpoint,
				       struct error *err);

#endif
