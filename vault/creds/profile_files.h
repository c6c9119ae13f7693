/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_PROFILE_FILES_H
#define CV_CREDS_PROFILE_FILES_H

#include "vault/base/error.h"
#include "vault/format/ini.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Looks up a profile's settings in AWS's shared files: in [credvault NAME] of the config file
 * first, then in the credentials file, then in [profile NAME], and then in the same way in the
 * profile that its include_profile names (which aws-vault has, and the AWS CLI has not). [credvault
 * NAME] is credvault's own: it is made to be shared, so it holds no secret, and a setting that
 * credvault does not know is a mistake there.
 */

/** AWS's two shared files, and their paths for messages. Borrowed; both may be empty. */
struct profile_files {
	const struct ini *config, *credentials;
	const char *config_path, *credentials_path;
};

/** Where a value stands. */
struct profile_line {
	const char *path; /**< borrowed from the files; NULL: nowhere */
	unsigned int line;
};

enum { PROFILE_INCLUDES_MAX = 8 };

/**
 * The value that holds for a profile's key; NULL where it is absent or empty. *where, unless NULL,
 * says where it stands. Borrowed.
 */
const char *profile_value(const struct profile_files *files, const char *name, const char *key,
			  struct profile_line *where);

/**
 * FAILED with file and line where a section of this profile, or of one that it includes, has a line
 * that is unreadable or that tools read differently where it matters; where [credvault NAME] holds
 * what looks like a secret or an unknown setting; and where an include_profile leads to no section,
 * or in a circle.
 */
MUST bool profile_check_readable(const struct profile_files *files, const char *name,
				 struct error *err);

/** Begins an error's message with "PATH:LINE: ", escaped; the caller gives the rest. */
bool profile_line_tell(const struct profile_line *where, struct error *err, enum error_code code,
		       const char *fmt, ...) CV_PRINTF(4, 5);

#endif
