/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_UNLOCK_LAUNCH_H
#define CV_AGENT_UNLOCK_LAUNCH_H

#include "vault/agent/core/request.h"
#include "vault/wire/tables/msg_launch.h"

/**
 * What `create` and `unlock` share: their arguments, and the steps by which an agent begins to
 * serve.
 */
struct launch {
	struct msg_launch said;
	char how[32]; /**< of what was said, fit for a terminal */
	struct keys keys;
	struct keys fresh; /**< those that another header is for; empty: the same */
};

/**
 * Reads the arguments, as the table says; the caller clears *launch, also on failure. A header is
 * as the command line made it, MAC and all: bytes that the agent stores and cannot make. PROTOCOL.
 */
MUST bool launch_read(struct request *request, const struct fields *fields, struct launch *launch,
		      struct error *err);
void launch_clear(struct launch *launch);

/** Opens the vault, unless it is open, with its witness (vault/store/change/witnessed.h). */
MUST bool launch_open(struct agent *agent, struct error *err);

/**
 * What `rekey` and `set_header` have in common: unlocks with the keys that were said, puts the
 * header in the place of the old one, under the fresh keys where there are some, together with the
 * entry that says so, and serves. Whoever brings the keys over the socketpair has proved to know
 * the way in.
 */
MUST bool launch_change(struct request *request, struct launch *launch, struct error *err);

/**
 * With the store unlocked: limits, sessions, the named socket, the record, then threads, and the
 * answer. A failure leaves the agent as locked as it was.
 */
MUST bool launch_serve(struct request *request, struct launch *launch, enum audit_op op,
		       struct error *err);

#endif
