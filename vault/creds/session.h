/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_SESSION_H
#define CV_CREDS_SESSION_H

#include "vault/aws/endpoint.h"
#include "vault/base/error.h"
#include "vault/creds/plan.h"
#include "vault/creds/source.h"
#include "vault/format/arn.h"
#include "vault/format/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A plan and its origin, worked out into the steps that make sessions. Each step has a digest of
 * everything that changes what AWS answers, its parent's included; that digest is the session
 * cache's key, so that an edited role never yields the old role's credentials, and profiles that
 * differ in their region alone share an MFA session.
 * Steps for which plan_is_bypassed() holds are left out.
 */

enum {
	SESSION_FRESH_S =
	    1200, /**< left of a session handed out, at least: SDKs refresh with 5 to 15 min */
	SESSION_FEED_S = 60, /**< a session that only makes the next step needs this much */
	SESSION_STEPS_MAX = PLAN_STEPS_MAX + 1
};

/** Borrows from the plan; holds no secret. */
struct session_steps {
	/** The origin itself where it makes a session, then the plan's steps. */
	struct session_step at[SESSION_STEPS_MAX];
	size_t count;				 /**< at least 1 */
	char mfa_serial[ARN_MFA_SERIAL_MAX + 1]; /**< the plan's, else the key's; may be empty */
	struct endpoint endpoint;		 /**< of STS, allowed for this origin */
};

/**
 * Reads the plan's origin and works its steps out. Errors of sources_check_plan(), of the origin's
 * open(), and of session_steps(). The plan must outlive *out.
 */
MUST bool session_open(struct store *store, const struct sources *sources, const struct plan *plan,
		       struct origin *origin, struct session_steps *out, struct error *err);

/**
 * Works the steps of a checked plan out and fills origin->digest. USAGE for an invalid endpoint or
 * region; FAILED, with nothing signed, where the origin is sealed for another kind of endpoint;
 * MFA_NEEDED where it requires MFA and no device is known; USAGE where it is an account's root
 * user, and the plan has a role or asks for more than an hour, both against AWS's rules.
 */
MUST bool session_steps(const struct sources *sources, const struct plan *plan,
			struct origin *origin, struct session_steps *out, struct error *err);

/**
 * How many seconds a session must have left to be handed out again: SESSION_FRESH_S, or half of a
 * duration that is too short for that. Without that, each use of a 15-minute session would make a
 * new one and ask for a code.
 */
int64_t session_fresh_s(const struct plan *plan);

/**
 * The digest of a request as it was asked (plan and profile), for finding its session without the
 * origin's record, which is sealed off while the records are locked.
 */
MUST bool session_request_digest(const struct plan *plan, const char *profile,
				 unsigned char out[static DIGEST_BYTES], struct error *err);

/**
 * The region that is passed on with the credentials: the plan's, else the origin's, else its
 * partition's. Borrowed.
 */
const char *session_region(const struct plan *plan, const struct origin *origin);

/**
 * Whether an origin added for this place (enum access_key_place) and host may sign for the
 * endpoint; FAILED with the reason otherwise.
 */
MUST bool session_check_endpoint(uint64_t place, const char *host, const struct endpoint *endpoint,
				 struct error *err);

#endif
