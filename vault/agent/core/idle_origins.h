/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_IDLE_ORIGINS_H
#define CV_AGENT_CORE_IDLE_ORIGINS_H

#include "vault/base/error.h"
#include "vault/creds/cache.h"
#include "vault/creds/plan.h"
#include "vault/creds/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The keys whose sessions live on behind the idle limit: what a plan needs to find those sessions,
 * and no secret. They are read just before the keys to the records are wiped; from then on nobody
 * can change a key, so that they stay true. Used within the gate.
 */
struct idle_origins {
	struct origin *at;
	size_t count;
};

/** Frees. Accepts empty. */
void idle_origins_clear(struct idle_origins *origins);

/** Reads the keys of the sessions that last beyond `now`; one that cannot be read is left out. */
void idle_origins_gather(struct idle_origins *origins, struct store *store,
			 const struct sources *sources, struct cache *cache, int64_t now);

/** The origin of a plan, for session_steps(); false where it is not among them. */
bool idle_origins_find(const struct idle_origins *origins, const struct plan *plan,
		       struct origin *out);

#endif
