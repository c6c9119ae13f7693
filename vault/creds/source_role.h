/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_SOURCE_ROLE_H
#define CV_CREDS_SOURCE_ROLE_H

#include "vault/creds/source_session.h"

/** A step that assumes a role, with the key, with its session, or with another role's. */

/**
 * Makes it, signed by aws->signer. session_name is used unless the step's role names its own.
 * `parent` is the session that signs, NULL where the key does. code is NULL where the step needs
 * none. *out has all members but `profile`; the caller clears it.
 */
MUST bool source_role(const struct aws *aws, const struct session_steps *steps, size_t i,
		      const struct access_key *key, const struct session_record *parent,
		      const char *session_name, const char *code, struct session_record *out,
		      struct aws_failure *failure, struct error *err);

#endif
