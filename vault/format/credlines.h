/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_CREDLINES_H
#define CV_FORMAT_CREDLINES_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/credentials.h"

#include <stdbool.h>

/**
 * Credentials as lines: variables for a shell or for a program that loads them from a file, and a
 * section of a credentials file. All functions append to a buffer whose limit should be at least
 * CREDLINES_LIMIT; what has no value has no line. Whatever a value holds, its reader gets that very
 * value, or the function fails (FAILED, naming the variable, never the value). A failure appends
 * nothing.
 */

enum { CREDLINES_LIMIT = 131072 };

enum credlines_form {
	CREDLINES_ENV,		 /**< export NAME='VALUE': sh, bash, zsh, dash */
	CREDLINES_ENV_NO_EXPORT, /**< NAME='VALUE' */
	CREDLINES_FISH,		 /**< set -gx NAME 'VALUE' */
	CREDLINES_POWERSHELL,	 /**< $Env:NAME='VALUE' */
	/**
	 * set "NAME=VALUE": cmd.exe, in a batch file and behind `for /f`. What it would read in a
	 * value (" % ! and control characters) cannot be written for both, and is refused.
	 */
	CREDLINES_WINDOWS_CMD,
	/**
	 * NAME=VALUE, in quotes only where a loader would read more than a value: docker's
	 * --env-file takes quotes for a part of it. Control characters are refused.
	 */
	CREDLINES_DOTENV
};

/**
 * AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION,
 * AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCOUNT_ID, which `exec` sets too, and CREDVAULT_PROFILE,
 * whose value `mark` is ("" for none, NULL: no such line).
 */
MUST bool credlines_variables(const struct credentials *credentials, enum credlines_form form,
			      const char *mark, struct buf *out, struct error *err);

/**
 * A section [PROFILE] of a credentials file, as botocore and the SDKs for JavaScript read it. USAGE
 * for a name that one of them takes for another kind of section; a value with a blank or a control
 * character is refused.
 */
MUST bool credlines_section(const struct credentials *credentials, const char *profile,
			    struct buf *out, struct error *err);

#endif
