/* SPDX-License-Identifier: MIT */
#ifndef CV_AWS_PACE_H
#define CV_AWS_PACE_H

#include "vault/base/clock.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * How fast many callers may ask one endpoint together. IAM limits requests by account and does not
 * tell its limit: nobody waits until an answer says "Throttling"; then everybody does, and from
 * there on they go one after the other, slower by a third than what AWS had answered (or than
 * before), and a little faster with every answer that is none. One refusal slows all down once,
 * however many were under way. A minute without calls forgets it. Thread-safe.
 */

enum {
	PACE_PAUSE_MS = 1000,	  /**< everybody waits after a throttled answer, or what AWS says */
	PACE_PAUSE_MAX_MS = 6000, /**< and no longer: the SDKs go 5 s beyond their own delay */
	PACE_RATE_MIN = 500,	  /**< calls in 1000 s */
	PACE_RATE_FREE = 100000,  /**< from here on nobody waits */
	PACE_RATE_STEP = 100,	  /**< faster by so much with an answer */
	PACE_FORGET_MS = 60000,
	PACE_TRIES = 12, /**< of one call that is throttled again and again */
	PACE_TELL_MS = 1000,
	PACES_MAX = 16 /**< endpoints */
};

struct pace;

/** Of whoever waits. Functions may be NULL. */
struct pace_watch {
	void *ctx;
	bool (*gone)(void *ctx);		     /**< nobody wants the call any more */
	void (*waiting)(void *ctx, int64_t wait_ms); /**< there will be a wait of about that */
};

/**
 * Waits for the caller's turn, in short pieces, first come first served. *sent_ms is the moment (of
 * clock_boot_ms()) at which it has come; pass it to pace_throttled(). False with INTERRUPTED when
 * watch->gone() says so; `watch` may be NULL. A NULL pace never waits.
 */
MUST bool pace_wait(struct pace *pace, const struct clock *clock, const struct pace_watch *watch,
		    int64_t *sent_ms, struct error *err);

/** An answer, whatever it said, that did not say "too many". Accepts NULL. */
void pace_answered(struct pace *pace, const struct clock *clock);

/**
 * "Too many" to the call of that moment. retry_after_ms is AWS's word, -1 for none. Accepts NULL.
 */
void pace_throttled(struct pace *pace, const struct clock *clock, int64_t sent_ms,
		    int64_t retry_after_ms);

/** The paces of several endpoints. */
struct paces;

MUST bool paces_new(struct paces **out, struct error *err);

/** The one of a host, NULL when there are too many. Valid as long as paces. */
struct pace *paces_of(struct paces *paces, const char *host);

/** Nobody may wait. Accepts NULL. */
void paces_free(struct paces *paces);

#endif
