/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_SESSION_H
#define CV_CREDS_SESSION_H

#include "vault/aws/endpoint.h"
#include "vault/base/error.h"
#include "vault/creds/plan.h"
#include "vault/format/arn.h"
#include "vault/format/digest.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/record/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A plan and the key it starts from, worked out into the steps that ask STS: perhaps a session,
 * then the roles. Each step has a digest of everything that shapes what comes out of it, its
 * parent's included; that digest is the session cache's key, so that editing a role, or the key,
 * never yields what was made before.
 */

enum {
	SESSION_MFA_S = 28800,	      /**< a session made with MFA: 8 h, as feed or as target */
	SESSION_PLAIN_S = 3600,	      /**< without */
	SESSION_ROLE_S = 3600,	      /**< a role, where nobody said otherwise */
	SESSION_CHAINED_MAX_S = 3600, /**< a role assumed with a role: AWS refuses more */
	SESSION_FRESH_S = 1200, /**< what is handed out has more than this left (CONTRACTS §1.1) */
	SESSION_FEED_S = 60,	/**< what only makes the next step needs this much */
	SESSION_STEPS_MAX = PLAN_ROLES_MAX + 1
};

enum session_kind { SESSION_TOKEN, SESSION_ROLE };

/** One call of STS. */
struct session_step {
	enum session_kind kind;
	int64_t duration_s;
	bool needs_code;	      /**< the MFA code goes with this call */
	bool mfa;		      /**< what comes out of it was made with MFA */
	const struct plan_role *role; /**< SESSION_ROLE: borrowed from the plan */
	unsigned char digest[DIGEST_BYTES];
};

/** Borrows from the plan; holds no secret. */
struct session_steps {
	struct session_step at[SESSION_STEPS_MAX];
	size_t count;				 /**< at least 1 */
	char mfa_serial[ARN_MFA_SERIAL_MAX + 1]; /**< the plan's, else the key's; may be empty */
	struct endpoint endpoint;		 /**< of STS, allowed for this key */
};

/**
 * Works the steps out. USAGE for an endpoint or region that is none; FAILED, with nothing signed,
 * where the key is sealed for another kind of endpoint; MFA_NEEDED where the key requires MFA and
 * no device is known. `row` is the key's row: any change of the record changes every digest. The
 * plan must outlive *out.
 */
MUST bool session_steps(const struct plan *plan, const struct access_key *key,
			const struct record_id *row, struct session_steps *out, struct error *err);

/**
 * How many seconds a session must have left to be handed out again: SESSION_FRESH_S, or half of a
 * duration that is too short for that. Else one of 15 minutes would be made, and a code asked for,
 * at each use.
 */
int64_t session_fresh_s(const struct plan *plan);

/**
 * The digest of a request as it was asked (plan and profile), for finding what it led to without
 * the key's record, which is sealed off while the records are locked.
 */
MUST bool session_request_digest(const struct plan *plan, const char *profile,
				 unsigned char out[static DIGEST_BYTES], struct error *err);

/** The region that is handed on: the plan's, else the key's, else us-east-1. Borrowed. */
const char *session_region(const struct plan *plan, const struct access_key *key);

/** Whether the key may sign for the endpoint; FAILED with the reason otherwise. */
MUST bool session_check_endpoint(const struct access_key *key, const struct endpoint *endpoint,
				 struct error *err);

#endif
