/* SPDX-License-Identifier: MIT */
#ifndef CV_AWS_PACE_H
#define CV_AWS_PACE_H

#include "vault/base/clock.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * How fast many callers may ask one endpoint together. IAM limits requests by account and does not
 * tell its limit: no call waits until an answer says "Throttling". Then all calls pause, and from
 * there on they go one after the other, at a rate a third below that of AWS's answers (or below the
 * rate before), and a little faster with every answer that is not throttled. Several throttled
 * answers to calls that were under way together slow the rate down only once. A minute without
 * calls resets the pace. Thread-safe.
 */

enum {
	PACE_PAUSE_MS = 1000,	  /**< shortest pause of all calls after a throttled answer */
	PACE_PAUSE_MAX_MS = 6000, /**< longest pause: the SDKs go 5 s beyond their own delay */
	PACE_RATE_MIN = 500,	  /**< calls in 1000 s */
	PACE_RATE_FREE = 100000,  /**< from this rate on no call waits */
	PACE_RATE_STEP = 100,	  /**< the rate grows by this with each answer */
	PACE_FORGET_MS = 60000,
	PACE_TRIES = 12, /**< attempts of one call that is always throttled */
	PACE_TELL_MS = 1000,
	PACES_MAX = 16 /**< endpoints */
};

struct pace;

/** Callbacks of a waiting caller. Functions may be NULL. */
struct pace_watch {
	void *ctx;
	bool (*gone)(void *ctx);		     /**< the call is no longer wanted */
	void (*waiting)(void *ctx, int64_t wait_ms); /**< a wait of about wait_ms is ahead */
};

/**
 * Waits for the caller's turn, in short pieces, first come first served. *sent_ms is the moment (of
 * clock_boot_ms()) at which the turn came; pass it to pace_throttled(). False with INTERRUPTED when
 * watch->gone() says so; `watch` may be NULL. A NULL pace never waits.
 */
MUST bool pace_wait(struct pace *pace, const struct clock *clock, const struct pace_watch *watch,
		    int64_t *sent_ms, struct error *err);

/** Records an answer, of any content, that was not throttled. Accepts NULL. */
void pace_answered(struct pace *pace, const struct clock *clock);

/**
 * Records a throttled answer to the call sent at sent_ms. retry_after_ms comes from AWS, -1 for
 * none. Accepts NULL.
 */
void pace_throttled(struct pace *pace, const struct clock *clock, int64_t sent_ms,
		    int64_t retry_after_ms);

/** The paces of several endpoints. */
struct paces;

MUST bool paces_new(struct paces **out, struct error *err);

/** The pace of a host, NULL when there are too many hosts. Valid as long as paces. */
struct pace *paces_of(struct paces *paces, const char *host);

/** No caller may be waiting. Accepts NULL. */
void paces_free(struct paces *paces);

#endif
