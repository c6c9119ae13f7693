/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_ROTATION_HOLDS_H
#define CV_AGENT_CORE_ROTATION_HOLDS_H

#include "vault/base/error.h"
#include "vault/seal/record/access_key.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Which client is rotating which key now. One client holds a key at a time; where the holder has
 * left, the next client waits until the holder's call to AWS is over. Thread-safe.
 */
struct rotation_holds;

MUST bool rotation_holds_new(struct rotation_holds **out, struct error *err);

/** No hold may be left. Accepts NULL. */
void rotation_holds_free(struct rotation_holds *rotations);

/** One client's hold, in its own memory until it is released. */
struct rotation_holds_hold {
	char access_key_id[ACCESS_KEY_ID_MAX + 1]; /**< the old key's */
	int fd;					   /**< the client's connection */
	uint32_t pid;
	int64_t since;
	const char *step; /**< static text */
	struct rotation_holds_hold *next;
};

/**
 * Takes the key. ROTATION_HELD where another client that is still there holds it; where the holder
 * has left, waits for it to let go. Outside of the gate.
 */
MUST bool rotation_holds_take(struct rotation_holds *rotations, struct rotation_holds_hold *hold,
			      struct error *err);

/** Says at which step the holder is. */
void rotation_holds_note(struct rotation_holds *rotations, struct rotation_holds_hold *hold,
			 const char *step);

/** Accepts a hold that was not taken (an empty id). */
void rotation_holds_release(struct rotation_holds *rotations, struct rotation_holds_hold *hold);

/** The pid of the client that holds the key; false where nobody does. */
bool rotation_holds_holder(struct rotation_holds *rotations, const char *access_key_id,
			   uint32_t *pid);

#endif
