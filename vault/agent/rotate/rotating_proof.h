/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_ROTATE_ROTATING_PROOF_H
#define CV_AGENT_ROTATE_ROTATING_PROOF_H

#include "vault/rotate/rotate.h"
#include "vault/seal/record/settings.h"
#include "vault/wire/tables/msg_rotate.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Which rotations want the owner's proof. The ordinary rotation of a due key, by the terms that the
 * vault holds, wants none: it runs at night, and nothing is lost by it whoever asks. Whatever
 * deletes a key earlier, takes a rotation back, or hands a key to a program is the owner's.
 */

/** How an old key is retired. */
struct rotating_terms {
	enum rotation_retire retire;
	int64_t idle_s, grace_s;
};

/** A request, and the state that it meets. */
struct rotating_asked {
	enum msg_rotate_act act;
	const struct rotate *rotate; /**< the key, its begun rotation, and the order as filled in */
	bool anew;		     /**< the begun rotation is ended, and another begins */
	struct rotating_terms stored; /**< those of the vault, or of the begun rotation */
	struct rotating_terms wanted; /**< those that the request leads to */
	struct settings settings;
	int64_t now;
};

/** Why this request wants a proof: a clause, static text. NULL: it wants none. */
const char *rotating_proof_reason(const struct rotating_asked *asked);

#endif
