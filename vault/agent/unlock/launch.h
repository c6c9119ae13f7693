/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_UNLOCK_LAUNCH_H
#define CV_AGENT_UNLOCK_LAUNCH_H

#include "vault/agent/core/request.h"

/**
 * What `create` and `unlock` have in common: what they are told, and how the agent comes to serve.
 */
struct launch {
	struct keys keys;
	char how[32];
	int64_t idle_s;	 /**< 0: the vault's setting */
	int64_t total_s; /**< 0: the vault's setting */
	bool resident;
};

/** Reads the arguments; the caller clears launch->keys. PROTOCOL. */
MUST bool launch_read(const json_t *args, struct launch *launch, struct error *err);

/** Opens the vault, unless it is open, with its witness (vault/store/change/witnessed.h). */
MUST bool launch_open(struct agent *agent, struct error *err);

enum { LAUNCH_WHAT_MAX = 200 };

/**
 * A header as the command line made it, MAC and all: bytes that the agent stores and cannot make.
 */
MUST bool launch_read_header(const json_t *args, struct buf *out, struct error *err);

/**
 * What `rekey` and `set_header` have in common: unlocks with the keys in the arguments, puts the
 * header in the place of the old one, under `fresh` keys where they are not NULL (taken over),
 * together with the entry that says so, and serves. Whoever brings the keys over the socketpair has
 * proved to know the way in.
 */
MUST bool launch_change(struct request *request, struct keys *fresh, json_t **ok,
			struct error *err);

/**
 * With the store unlocked: limits, sessions, the named socket, the record, then threads. *ok is the
 * answer. A failure leaves the agent as locked as it was.
 */
MUST bool launch_serve(struct request *request, struct launch *launch, enum audit_op op,
		       json_t **ok, struct error *err);

#endif
