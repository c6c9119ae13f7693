/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_FOREIGN_SOURCE_H
#define CV_CREDS_FOREIGN_SOURCE_H

#include "vault/base/error.h"
#include "vault/creds/profile_files.h"

#include <stdbool.h>

/**
 * Sources of credentials that the AWS CLI or aws-vault has and credvault has not: a profile that
 * takes its credentials from one of them is refused by kind, file and line, with what to do.
 */

/** USAGE where the profile's own lines lead to such a source. */
MUST bool foreign_source_check(const struct profile_files *files, const char *name,
			       struct error *err);

/**
 * Where a profile's credential_process stands, if that runs another program than credvault; a NULL
 * path where not. A key of the vault comes before it, as a key of the credentials file does for the
 * AWS CLI.
 */
struct profile_line foreign_source_process(const struct profile_files *files, const char *name);

#endif
