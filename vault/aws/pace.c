/* SPDX-License-Identifier: MIT */
#include "vault/aws/pace.h"

#include "vault/aws/endpoint.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_MS = 250, LOOK_MS = 5, SECOND_MS = 1000 };

/* A waiting caller; the struct is on that caller's stack. */
struct waiter {
	struct waiter *next;
};

struct pace {
	pthread_mutex_t lock;
	struct waiter *first; /* the caller whose turn is next */
	int64_t rate;	      /* calls in 1000 s; 0: no limit */
	int64_t next_ms;      /* no call goes before this moment */
	int64_t last_ms;      /* when the last call went */
	int64_t slowed_ms;    /* when the rate was last lowered */
	int64_t since_ms;     /* answers are counted from here on, for a second or more */
	int64_t answers;
	int64_t seen; /* the rate of answers in the second before that */
};

struct paces {
	pthread_mutex_t lock;
	size_t count;
	struct {
		char host[ENDPOINT_HOST_BYTES];
		struct pace pace;
	} at[PACES_MAX];
};

/* --- the lock is held ------------------------------------------------------------------------- */

static int64_t gap_ms(const struct pace *pace)
{
	return pace->rate ? (SECOND_MS * SECOND_MS + pace->rate - 1) / pace->rate : 0;
}

static void join(struct pace *pace, struct waiter *waiter)
{
	struct waiter **at = &pace->first;

	while (*at)
		at = &(*at)->next;
	waiter->next = NULL;
	*at = waiter;
}

static void leave(struct pace *pace, const struct waiter *waiter)
{
	struct waiter **at = &pace->first;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
}

/* Milliseconds until this waiter's turn, at the present rate; 0: the turn is now. */
static int64_t turn(struct pace *pace, const struct waiter *waiter, int64_t now)
{
	int64_t before = 0, gap, at;

	if (pace->last_ms && now - pace->last_ms >= PACE_FORGET_MS)
		pace->rate = 0;
	for (const struct waiter *other = pace->first; other != waiter; other = other->next)
		before++;
	gap = gap_ms(pace);
	at = pace->next_ms + before * gap;
	if (at > now)
		return at - now;
	/* Each waiter in front goes at its next check. */
	return before * (gap ? gap : LOOK_MS);
}

static void count_answer(struct pace *pace, int64_t now)
{
	int64_t passed = now - pace->since_ms;

	if (passed >= SECOND_MS) {
		pace->seen = passed < 2 * SECOND_MS ? pace->answers * SECOND_MS * SECOND_MS / passed
						    : 0;
		pace->since_ms = now;
		pace->answers = 0;
	}
	pace->answers++;
}

/* The recent rate of AWS's answers. */
static int64_t answered_rate(const struct pace *pace)
{
	int64_t lately = pace->answers * SECOND_MS;

	return lately > pace->seen ? lately : pace->seen;
}

/* --- what callers do -------------------------------------------------------------------------- */

static bool is_gone(const struct pace_watch *watch)
{
	return watch && watch->gone && watch->gone(watch->ctx);
}

static bool wait_for_turn(struct pace *pace, const struct clock *clock,
			  const struct pace_watch *watch, const struct waiter *waiter)
{
	int64_t told_until = 0;

	for (;;) {
		int64_t now = clock_boot_ms(clock), left;

		(void)pthread_mutex_lock(&pace->lock);
		left = turn(pace, waiter, now);
		if (left == 0) {
			leave(pace, waiter);
			pace->last_ms = now;
			pace->next_ms = now + gap_ms(pace);
		}
		(void)pthread_mutex_unlock(&pace->lock);
		if (left == 0)
			return true;
		if (is_gone(watch))
			return false;
		if (watch && watch->waiting && left >= PACE_TELL_MS / 2 && now >= told_until) {
			left = left < PACE_TELL_MS ? PACE_TELL_MS : left;
			watch->waiting(watch->ctx, left);
			told_until = now + left;
		}
		clock_sleep_ms(clock, left < PIECE_MS ? left : PIECE_MS);
	}
}

bool pace_wait(struct pace *pace, const struct clock *clock, const struct pace_watch *watch,
	       int64_t *sent_ms, struct error *err)
{
	struct waiter waiter;
	bool ok = true;

	if (pace) {
		(void)pthread_mutex_lock(&pace->lock);
		join(pace, &waiter);
		(void)pthread_mutex_unlock(&pace->lock);
		ok = wait_for_turn(pace, clock, watch, &waiter);
		if (!ok) {
			(void)pthread_mutex_lock(&pace->lock);
			leave(pace, &waiter);
			(void)pthread_mutex_unlock(&pace->lock);
			error_set(err, ERROR_INTERRUPTED, "the client has gone");
		}
	}
	*sent_ms = clock_boot_ms(clock);
	return ok;
}

void pace_answered(struct pace *pace, const struct clock *clock)
{
	if (!pace)
		return;
	(void)pthread_mutex_lock(&pace->lock);
	count_answer(pace, clock_boot_ms(clock));
	if (pace->rate && (pace->rate += PACE_RATE_STEP) >= PACE_RATE_FREE)
		pace->rate = 0;
	(void)pthread_mutex_unlock(&pace->lock);
}

void pace_throttled(struct pace *pace, const struct clock *clock, int64_t sent_ms,
		    int64_t retry_after_ms)
{
	int64_t now = clock_boot_ms(clock), pause = PACE_PAUSE_MS;

	if (!pace)
		return;
	if (retry_after_ms > pause)
		pause = retry_after_ms < PACE_PAUSE_MAX_MS ? retry_after_ms : PACE_PAUSE_MAX_MS;
	(void)pthread_mutex_lock(&pace->lock);
	/* Calls sent before the last slow-down say nothing about the new rate. */
	if (!pace->slowed_ms || sent_ms > pace->slowed_ms) {
		pace->rate = (pace->rate ? pace->rate : answered_rate(pace)) * 2 / 3;
		if (pace->rate < PACE_RATE_MIN)
			pace->rate = PACE_RATE_MIN;
		pace->slowed_ms = now;
	}
	if (now + pause > pace->next_ms)
		pace->next_ms = now + pause;
	(void)pthread_mutex_unlock(&pace->lock);
}

/* --- several endpoints ------------------------------------------------------------------------ */

bool paces_new(struct paces **out, struct error *err)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return error_set(err, ERROR_MEMORY, "out of memory");
	(void)pthread_mutex_init(&(*out)->lock, NULL);
	for (size_t i = 0; i < PACES_MAX; i++)
		(void)pthread_mutex_init(&(*out)->at[i].pace.lock, NULL);
	return true;
}

struct pace *paces_of(struct paces *paces, const char *host)
{
	struct pace *found = NULL;
	size_t i = 0;

	(void)pthread_mutex_lock(&paces->lock);
	while (i < paces->count && strcmp(paces->at[i].host, host) != 0)
		i++;
	if (i == paces->count && paces->count < PACES_MAX) {
		(void)snprintf(paces->at[i].host, sizeof(paces->at[i].host), "%s", host);
		paces->count++;
	}
	if (i < paces->count)
		found = &paces->at[i].pace;
	(void)pthread_mutex_unlock(&paces->lock);
	return found;
}

void paces_free(struct paces *paces)
{
	if (!paces)
		return;
	for (size_t i = 0; i < PACES_MAX; i++)
		(void)pthread_mutex_destroy(&paces->at[i].pace.lock);
	(void)pthread_mutex_destroy(&paces->lock);
	free(paces);
}
