/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_AWS_VAULT_H
#define CV_CLI_PROFILE_AWS_VAULT_H

#include "cli/profile/found_keys.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>

/**
 * Finds the access keys that aws-vault keeps, by running it: `aws-vault list --credentials` says
 * the names, and `aws-vault export --no-session --format json NAME` gives each key. It gets an
 * empty config file, so that it assumes no role, and no AWS_VAULT, within which it refuses to work.
 * A person may answer its questions on the terminal.
 */

/**
 * Adds a key for each name; one that comes with a session token is skipped as temporary. FAILED
 * with aws-vault's own words where it fails or says what makes no sense; NOT_FOUND where it is not
 * on PATH.
 */
MUST bool aws_vault_read(struct cli *cli, struct found_keys *out, struct error *err);

#endif
