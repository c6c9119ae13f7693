/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_PROFILE_H
#define CV_CREDS_PROFILE_H

#include "vault/base/error.h"
#include "vault/creds/plan.h"
#include "vault/creds/profile_files.h"

/**
 * From a profile's name to a plan, by AWS's shared files (vault/creds/profile_files.h): role_arn,
 * source_profile, external_id, role_session_name, duration_seconds, session_tags,
 * transitive_session_tags, source_identity, mfa_serial, mfa_process and region. Long-term keys come
 * from the vault alone: a profile whose key stands in a file means the vault's key of its name (the
 * order in which the AWS CLI and the SDKs look is in "IAM role configuration" of the AWS CLI's
 * manual).
 */

/** What a profile resolves to. mfa_process is borrowed from the ini; NULL when there is none. */
struct profile {
	struct plan plan;
	const char *mfa_process;
	/** For profile_explain(): a NULL path where there is no such line. */
	struct profile_line source;  /**< the source_profile that names the origin */
	struct profile_line process; /**< the origin's credential_process of another tool */
	struct profile_line plain;   /**< the origin's key in clear */
};

/**
 * Resolves `name` (valid; without a section it is a key of the vault). A profile of the chain that
 * cannot be read is an error (profile_check_readable()). A circle is USAGE and names every profile
 * on it and the line; so is a source that credvault does not support
 * (vault/creds/foreign_source.h). The region is that of the profile nearest to `name`, the MFA
 * device that of the one nearest to the key.
 */
MUST bool profile_resolve(const struct profile_files *files, const char *name, struct profile *out,
			  struct error *err);

/**
 * Adds what the files say of an origin's key that is not in the vault (PLAN_NO_SUCH_KEY) to that
 * error: the line that names it, the credential_process that other tools would run, the key in
 * clear. Leaves other errors alone.
 */
void profile_explain(const struct profile *profile, struct error *err);

#endif
