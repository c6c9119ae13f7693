/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_WRITE_PLACE_H
#define CV_CLI_PROFILE_WRITE_PLACE_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>

/**
 * Judges where `export --write` may put credentials. UNSAFE_FILE for a directory that others may
 * change, directly or by one above it. USAGE for the files that SDKs read by themselves
 * (~/.aws/credentials, ~/.aws/config, and what AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE
 * name), for the vault's own folder, and, without --yes, for a place in a git work tree. What git
 * would ignore is no exception: a rule changes, and `git add -f` and `git stash -a` take the file.
 */
MUST bool write_place_check(const struct cli *cli, const char *path, struct error *err);

#endif
