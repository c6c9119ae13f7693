/* SPDX-License-Identifier: MIT */
#ifndef CV_AWS_SKEWS_H
#define CV_AWS_SKEWS_H

#include "vault/aws/call.h"

/** How far each endpoint's clock is ahead of the local clock, as last measured. Thread-safe. */
struct skews;

enum { SKEWS_MAX = 64 };

MUST bool skews_new(struct skews **out, struct error *err);

/** The skew of an endpoint's URL; endpoints beyond SKEWS_MAX share one. Valid as long as skews. */
struct skew *skews_of(struct skews *skews, const char *url);

/**
 * The time by which sessions of all endpoints count as expired: the earliest skew_now(). Lists and
 * purges use it; a session that is handed out is judged by its own endpoint's clock.
 */
int64_t skews_now(struct skews *skews, const struct clock *clock);

/** Accepts NULL. */
void skews_free(struct skews *skews);

#endif
