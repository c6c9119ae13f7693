/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_SINGLE_FLIGHT_H
#define CV_AGENT_CORE_SINGLE_FLIGHT_H

#include "vault/aws/endpoint.h"
#include "vault/base/clock.h"
#include "vault/base/error.h"
#include "vault/format/digest.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Single flight: of all requests that need the same step at the same time one leads and asks AWS,
 * the others wait. Where the leader cannot go on (its client has left, or nobody answers its
 * question) the lead moves to a waiter that can. A failure that AWS has a part in is remembered for
 * a few seconds, because SDKs run a failing process twice.
 */

enum {
	SINGLE_FLIGHT_WAIT_MS = 120000,	    /**< how long a request waits for another one */
	SINGLE_FLIGHT_REMEMBERED_MS = 5000, /**< how long a failure is remembered */
	SINGLE_FLIGHT_PLACE_BYTES = ARN_REGION_BYTES + ENDPOINT_URL_BYTES
};

struct flights;
struct single_flight;

MUST bool flights_new(const struct clock *clock, struct flights **out, struct error *err);

/** No request may be in a flight. Accepts NULL. */
void flights_free(struct flights *flights);

/** Forgets the failures that are remembered, as what caused them may be mended. Thread-safe. */
void flights_forget_failures(struct flights *flights);

/** What a request can contribute to its flight. */
struct single_flight_party {
	bool can_ask;  /**< its client can be asked for a code */
	bool has_code; /**< its request has a code that was not sent yet */
	/**
	 * Region and URL that it would ask: the failure of one region is remembered for that region
	 * alone, while what is made there serves all.
	 */
	char place[SINGLE_FLIGHT_PLACE_BYTES];
};

enum single_flight_turn {
	SINGLE_FLIGHT_LEAD,   /**< this request makes the step, then calls single_flight_land() */
	SINGLE_FLIGHT_LANDED, /**< another request succeeded: its result is in the cache */
	SINGLE_FLIGHT_FAILED, /**< another request failed; *err is its error */
	SINGLE_FLIGHT_NO_CODE /**< a person is being asked, and this request has no code */
};

/** A leader's hold on its flight. */
struct single_flight_ticket {
	struct flights *flights;
	struct single_flight *flight;
	unsigned int term;
};

/**
 * Joins the flight of a step: leads it, or waits until it has landed. A request with a code takes
 * over a flight that is waiting for an answer to its question, and is never served an old failure.
 * FAILED with AWS_UNREACHABLE when nothing came of it in time.
 */
enum single_flight_turn single_flight_join(struct flights *flights,
					   const unsigned char step[static DIGEST_BYTES],
					   const struct single_flight_party *party,
					   struct single_flight_ticket *ticket, struct error *err);

/**
 * Notes whether the leader waits for a person. False when the request does not lead any more,
 * because another request took over or landed the flight: then land it SINGLE_FLIGHT_ANEW and join
 * again.
 */
MUST bool single_flight_asking(struct single_flight_ticket *ticket, bool asking);

enum single_flight_landing {
	SINGLE_FLIGHT_DONE,    /**< the result is in place for all requests */
	SINGLE_FLIGHT_REFUSED, /**< failed, and would again: the error is remembered */
	SINGLE_FLIGHT_BROKEN,  /**< a one-time failure: waiters get the error; not remembered */
	SINGLE_FLIGHT_HANDED,  /**< this request cannot go on, another may */
	SINGLE_FLIGHT_ANEW     /**< no result: all waiters start again */
};

/**
 * Ends the lead; `why` is ignored for SINGLE_FLIGHT_DONE and SINGLE_FLIGHT_ANEW. Where another
 * request leads the flight by now, only the ticket is released.
 */
void single_flight_land(struct single_flight_ticket *ticket, enum single_flight_landing landing,
			const struct error *why);

#endif
