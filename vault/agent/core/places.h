/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_PLACES_H
#define CV_AGENT_CORE_PLACES_H

#include "vault/base/error.h"

#include <stdatomic.h>
#include <stdbool.h>

/**
 * How many requests may stay long at the same time. Each connection has a thread of its own, and a
 * program of the same user can open hundreds of requests that last: questions left open, calls of
 * AWS, answers that it does not read. Such a request takes a place of its kind, or is refused, so
 * that PLACES_RESERVED threads remain for what is short: `lock`, `status`, `list`, credentials that
 * are there already. A connection that is silent, or stops within a frame or a handshake, needs no
 * place: it is hung up for others (idle_connections.h). Thread-safe.
 */

enum {
	PLACES_WAITING = 192,  /**< for AWS, for another request, or for a client that reads late */
	PLACES_QUESTIONS = 32, /**< whose client was asked something */
	PLACES_FOLLOWERS = 16, /**< that follow the log */
	PLACES_RESERVED = 48,
	PLACES_ALL = PLACES_WAITING + PLACES_QUESTIONS + PLACES_FOLLOWERS + PLACES_RESERVED
};

enum place { PLACE_WAITING, PLACE_QUESTION, PLACE_FOLLOWER, PLACE_KINDS };

/** All zero: nobody has a place. */
struct places {
	atomic_uint taken[PLACE_KINDS];
};

/** Takes a place of that kind; FAILED where all are taken. */
MUST bool places_take(struct places *places, enum place kind, struct error *err);

void places_give_back(struct places *places, enum place kind);

#endif
