/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_SOURCE_SESSION_H
#define CV_CREDS_SOURCE_SESSION_H

#include "vault/aws/sts.h"
#include "vault/creds/session.h"
#include "vault/seal/record/session_record.h"

/** A step that is a session of the long-term key (GetSessionToken). */

/**
 * Makes it, signed by aws->signer (the key). code is NULL where the step needs none. *out has all
 * members but `profile`; the caller clears it. `failure` tells whether the code may have reached
 * AWS.
 */
MUST bool source_session(const struct aws *aws, const struct session_steps *steps, size_t i,
			 const struct access_key *key, const char *code, struct session_record *out,
			 struct aws_failure *failure, struct error *err);

/** Fills a record from what STS answered for step i. Shared by the sources. */
MUST bool source_session_fill(const struct session_steps *steps, size_t i,
			      const struct access_key *key, const struct credentials *credentials,
			      int64_t now, struct session_record *out, struct error *err);

#endif
