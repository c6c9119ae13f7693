/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_CREDENTIALS_FILE_H
#define CV_CLI_PROFILE_CREDENTIALS_FILE_H

#include "cli/profile/found_keys.h"
#include "vault/base/error.h"
#include "vault/format/ini.h"

#include <stdbool.h>

/** Finds the access keys of a credentials file, as the AWS CLI and the SDKs read it. */

/**
 * Adds a key for each profile that has a line of an access key, even with an empty value. Sections
 * that are no profiles or cannot be read, and profiles with two keys, are skipped.
 */
MUST bool credentials_file_read(const struct ini *file, struct found_keys *out, struct error *err);

#endif
