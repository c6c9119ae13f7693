/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_MINT_MINT_H
#define CV_AGENT_MINT_MINT_H

#include "vault/agent/core/request.h"
#include "vault/creds/plan.h"
#include "vault/creds/session.h"
#include "vault/creds/source.h"
#include "vault/seal/record/session_record.h"

/**
 * From a plan to a session: forward from the last step that is in the cache, each step made by its
 * source. Where several requests wait for one session, one of them asks AWS for all. A session is
 * sealed and on record before it is used.
 */
struct mint {
	struct request *request;
	const struct sources *sources;
	const struct plan *plan;
	const char *code; /**< that came with the request; NULL for none */
	bool can_ask;	  /**< the client can be asked for a code */
};

/** What came of it, beside the session: what it began with. */
struct mint_result {
	struct session_record session;
	struct origin origin;
	const struct skew *skew; /**< of the endpoint that was asked; may be NULL */
	bool made;		 /**< a session was made for it just now, here */
};

void mint_result_init(struct mint_result *result);
void mint_result_clear(struct mint_result *result);

/**
 * The session at the plan's end, fresh if it can be had; where making one fails, what is left of
 * the last one. LOCKED while the keys to records are gone.
 */
MUST bool mint_run(const struct mint *mint, struct mint_result *result, struct error *err);

#endif
