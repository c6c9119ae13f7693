/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_MINT_MINT_H
#define CV_AGENT_MINT_MINT_H

#include "vault/agent/core/request.h"
#include "vault/creds/plan.h"
#include "vault/creds/session.h"
#include "vault/seal/record/session_record.h"

/**
 * From a plan to a session: step by step from the cache or from STS, with one request of all that
 * wait asking, and everything sealed and on record before it is used.
 */
struct mint {
	struct request *request;
	const struct plan *plan;
	const char *code; /**< that came with the request; NULL for none */
	bool can_ask;
};

/** What came of it, beside the session: the key without its secret. */
struct mint_result {
	struct session_record session;
	struct access_key key;
	struct record_id row;
	const struct skew *skew; /**< of the endpoint that was asked; may be NULL */
};

void mint_result_init(struct mint_result *result);
void mint_result_clear(struct mint_result *result);

/**
 * The session at the plan's end, fresh if it can be had; where making one fails, what is left of
 * the last one. LOCKED while the keys to records are gone.
 */
MUST bool mint_run(const struct mint *mint, struct mint_result *result, struct error *err);

#endif
