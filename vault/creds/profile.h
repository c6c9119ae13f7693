/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_PROFILE_H
#define CV_CREDS_PROFILE_H

#include "vault/base/error.h"
#include "vault/creds/plan.h"
#include "vault/format/ini.h"

/**
 * From a profile's name to a plan, by AWS's shared files: role_arn, source_profile, external_id,
 * role_session_name, duration_seconds, mfa_serial, mfa_process and region, looked up in the config
 * file's [credvault NAME] first, then in the credentials file, then in [profile NAME]. Long-term
 * keys come from the vault alone: static keys in the files are not looked at (the
 * order in which the AWS CLI and the SDKs look is in "IAM role configuration" of the AWS CLI's
 * manual).
 */

/** AWS's two shared files, and their paths for messages. Borrowed; both may be empty. */
struct profile_files {
	const struct ini *config, *credentials;
	const char *config_path, *credentials_path;
};

/** Where a value stands. */
struct profile_line {
	const char *path; /**< borrowed from the files */
	unsigned int line;
};

/**
 * The value that holds for a profile's key; NULL where it is absent or empty. *where, unless NULL,
 * says where it stands. Borrowed.
 */
const char *profile_value(const struct profile_files *files, const char *name, const char *key,
			  struct profile_line *where);

/**
 * FAILED with file and line where a section of this profile has a line that is unreadable, or that
 * tools read differently where it matters.
 */
MUST bool profile_check_readable(const struct profile_files *files, const char *name,
				 struct error *err);

/** What a profile resolves to. mfa_process is borrowed from the ini; NULL when there is none. */
struct profile {
	struct plan plan;
	const char *mfa_process;
};

/**
 * Resolves `name` (valid; without a section it is a key of the vault). A profile of the chain that
 * cannot be read is an error (profile_check_readable()). A circle is USAGE and names every profile
 * on it and the line; so is a source that credvault does not support (credential_source, sso, web
 * identity), with what to do instead.
 */
MUST bool profile_resolve(const struct profile_files *files, const char *name, struct profile *out,
			  struct error *err);

#endif
