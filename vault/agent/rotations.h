/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_ROTATIONS_H
#define CV_AGENT_ROTATIONS_H

#include "vault/base/error.h"
#include "vault/seal/access_key.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Who is rotating which key now. One client at a time; where that client has gone, whoever comes
 * next waits until the call at hand is over. Thread-safe.
 */
struct rotations;

CV_MUST_USE
bool rotations_new(struct rotations **out, struct error *err);

/** Nobody may hold any. Accepts NULL. */
void rotations_free(struct rotations *rotations);

/** One client's hold, in its own memory until it is released. */
struct rotations_hold {
	char access_key_id[ACCESS_KEY_ID_MAX + 1]; /**< the old key's */
	int fd;					   /**< the client's connection */
	uint32_t pid;
	int64_t since;
	const char *step; /**< static text */
	struct rotations_hold *next;
};

/**
 * Takes the key. False with ROTATION_HELD where another client holds it and lives; where that one
 * has gone, waits for it. Outside of the gate.
 */
CV_MUST_USE
bool rotations_take(struct rotations *rotations, struct rotations_hold *hold, struct error *err);

/** Says at which step the holder is. */
void rotations_note(struct rotations *rotations, struct rotations_hold *hold, const char *step);

/** Accepts a hold that was not taken (an empty id). */
void rotations_release(struct rotations *rotations, struct rotations_hold *hold);

/** The pid of the client that holds the key; false where nobody does. */
bool rotations_holder(struct rotations *rotations, const char *access_key_id, uint32_t *pid);

#endif
