/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_LOCK_STATE_H
#define CV_AGENT_CORE_LOCK_STATE_H

#include "vault/agent/core/denials.h"
#include "vault/base/error.h"
#include "vault/wire/tables/msg_status.h"

/**
 * The state file beside the socket (0600, replaced whole): what `status` can say of a locked vault.
 *
 *	{"locked_since":T|null,"locked_why":"…"|null,"refused":[{"profile","count","last_at","code"}…]}
 *
 * The agent writes it while it lives, the command line counts refusals in it afterwards.
 */

/** Writes it. `why` NULL: unlocked. `denials` may be NULL. */
MUST bool lock_state_write(const char *socket, const char *why, int64_t now,
			   struct denials *denials, struct error *err);

/** The refused requests, as status and the state file show them. */
struct refusals {
	size_t count;
	struct denial list[DENIALS_MAX];
	struct msg_refused said[DENIALS_MAX]; /**< borrows from list */
};

/** The caller's (free()). `denials` may be NULL. NULL without memory. */
struct refusals *lock_state_refusals(struct denials *denials);

/** As messages list them; borrowed. */
struct field_list refusals_list(struct refusals *refusals);

#endif
