/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_PROFILE_H
#define CV_CREDS_PROFILE_H

#include "vault/base/error.h"
#include "vault/creds/plan.h"
#include "vault/format/ini.h"

/**
 * From a profile's name to a plan, by the shared config file: role_arn, source_profile,
 * external_id, role_session_name, duration_seconds, mfa_serial, mfa_process and region, looked up
 * in [credvault NAME] first and then in [profile NAME] of the same file. Long-term keys come from
 * the vault alone: static keys in the file are not looked at (the order in which the AWS CLI
 * and the SDKs look is in "IAM role configuration" of the AWS CLI's manual).
 */

/** What a profile resolves to. mfa_process is borrowed from the ini; NULL when there is none. */
struct profile {
	struct plan plan;
	const char *mfa_process;
};

/**
 * Resolves `name` (valid) against `config` (may be empty: then name is a key of the vault). `path`
 * is the config file's, for messages. A circle is USAGE and names every profile on it and the line;
 * so is a source we do not read (credential_source, sso, web identity), with what to do instead.
 */
MUST bool profile_resolve(const struct ini *config, const char *path, const char *name,
			  struct profile *out, struct error *err);

#endif
