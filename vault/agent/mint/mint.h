/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_MINT_MINT_H
#define CV_AGENT_MINT_MINT_H

#include "vault/agent/core/request.h"
#include "vault/creds/plan.h"
#include "vault/creds/session.h"
#include "vault/creds/source.h"
#include "vault/seal/record/session_record.h"

/**
 * Makes the session of a plan: starts at the last step whose session is in the cache, and makes
 * each later session by its step's source. Where several requests wait for one session, one of them
 * asks AWS for all. A session is sealed and on record before it is used.
 */
struct mint {
	struct request *request;
	const struct sources *sources;
	const struct plan *plan;
	const char *code; /**< the request's MFA code; NULL for none */
	bool can_ask;	  /**< the client can be asked for a code */
};

/** The result of mint_run(): the session, and the origin that the session began with. */
struct mint_result {
	struct session_record session;
	struct origin origin;
	const struct skew *skew; /**< the clock skew of the endpoint that was asked; may be NULL */
	bool made;		 /**< this request made a session just now */
};

void mint_result_init(struct mint_result *result);
void mint_result_clear(struct mint_result *result);

/**
 * The session at the plan's end, fresh if possible; where making a fresh one fails, the last
 * session if it is still valid. LOCKED while the keys to the records are wiped.
 */
MUST bool mint_run(const struct mint *mint, struct mint_result *result, struct error *err);

#endif
