/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_LAUNCH_H
#define CV_AGENT_LAUNCH_H

#include "vault/agent/request.h"

/** What `create` and `unlock` have in common: what they are told, and how the agent comes to serve. */
struct launch {
	struct keys keys;
	char how[32];
	int64_t idle_s;	 /**< 0: the vault's setting */
	int64_t total_s; /**< 0: the vault's setting */
	bool resident;
};

/** Reads the arguments; the caller clears launch->keys. PROTOCOL. */
CV_MUST_USE
bool launch_read(const json_t *args, struct launch *launch, struct error *err);

/** Opens the vault, unless it is open, with its witness (vault/store/witnessed.h). */
CV_MUST_USE
bool launch_open(struct agent *agent, struct error *err);

/**
 * With the store unlocked: limits, sessions, the named socket, the record, then threads. *ok is the
 * answer. A failure leaves the agent as locked as it was.
 */
CV_MUST_USE
bool launch_serve(struct request *request, struct launch *launch, enum audit_op op, json_t **ok,
		  struct error *err);

#endif
