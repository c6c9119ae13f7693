/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_LOCK_STATE_H
#define CV_AGENT_CORE_LOCK_STATE_H

#include "vault/agent/core/denials.h"
#include "vault/base/error.h"

#include <jansson.h>

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

/**
 * The array of refusals as status and the state file show it; the caller's. NULL without memory.
 */
json_t *lock_state_refused(struct denials *denials);

#endif
