/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/single_flight.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum state { FLYING, ASKING, LEADERLESS, DONE, FAILED };

struct single_flight {
	struct single_flight *next;
	unsigned char step[DIGEST_BYTES];
	enum state state;
	bool listed;	   /**< in the table: other requests can join the flight or get its error */
	unsigned int term; /**< grows when the lead changes hands */
	unsigned int refs;
	unsigned int able; /**< waiters that could lead */
	int64_t forget_ms; /**< FAILED: when the error is forgotten, on the boot clock */
	struct error why;
	char place[SINGLE_FLIGHT_PLACE_BYTES]; /* its leader's */
};

struct flights {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	const struct clock *clock;
	struct single_flight *list;
};

bool flights_new(const struct clock *clock, struct flights **out, struct error *err)
{
	struct flights *flights = calloc(1, sizeof(*flights));
	pthread_condattr_t attr;

	*out = NULL;
	if (!flights)
		return error_set(err, ERROR_MEMORY, "out of memory");
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&flights->moved, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_mutex_init(&flights->lock, NULL);
	flights->clock = clock;
	*out = flights;
	return true;
}

static void flight_unlist(struct flights *flights, struct single_flight *flight)
{
	struct single_flight **link = &flights->list;

	if (!flight->listed)
		return;
	while (*link != flight)
		link = &(*link)->next;
	*link = flight->next;
	flight->listed = false;
	if (flight->refs == 0)
		free(flight);
}

static void flight_drop(struct flights *flights, struct single_flight *flight)
{
	if (--flight->refs > 0)
		return;
	/* A flight without a leader is forgotten, so that the next request begins a new one. */
	if (!flight->listed)
		free(flight);
	else if (flight->state != FAILED)
		flight_unlist(flights, flight);
}

void flights_free(struct flights *flights)
{
	if (!flights)
		return;
	while (flights->list)
		flight_unlist(flights, flights->list);
	(void)pthread_cond_destroy(&flights->moved);
	(void)pthread_mutex_destroy(&flights->lock);
	free(flights);
}

/* Forgets the failures that are to be forgotten by `now`. The lock is held. */
static void flight_forget_old(struct flights *flights, int64_t now)
{
	for (struct single_flight *f = flights->list, *next; f; f = next) {
		next = f->next;
		if (f->state == FAILED && now >= f->forget_ms)
			flight_unlist(flights, f);
	}
}

void flights_forget_failures(struct flights *flights)
{
	(void)pthread_mutex_lock(&flights->lock);
	flight_forget_old(flights, INT64_MAX);
	(void)pthread_mutex_unlock(&flights->lock);
}

static struct single_flight *flight_find(struct flights *flights, const unsigned char *step)
{
	struct single_flight *f = flights->list;

	while (f && memcmp(f->step, step, DIGEST_BYTES) != 0)
		f = f->next;
	return f;
}

static struct single_flight *flight_begin(struct flights *flights, const unsigned char *step)
{
	struct single_flight *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	memcpy(f->step, step, DIGEST_BYTES);
	f->listed = true;
	f->next = flights->list;
	flights->list = f;
	return f;
}

static enum single_flight_turn flight_lead(struct flights *flights, struct single_flight *flight,
					   const struct single_flight_party *party,
					   struct single_flight_ticket *ticket)
{
	memcpy(flight->place, party->place, sizeof(flight->place));
	flight->state = FLYING;
	flight->refs++;
	*ticket = (struct single_flight_ticket){flights, flight, ++flight->term};
	return SINGLE_FLIGHT_LEAD;
}

static struct timespec flight_deadline(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += SINGLE_FLIGHT_WAIT_MS / 1000;
	return at;
}

/*
 * Waits on a flight; the lock is held. *again: the flight failed, and this request still has its
 * own code.
 */
static enum single_flight_turn flight_wait_for(struct flights *flights, struct single_flight *f,
					       const struct single_flight_party *party,
					       const struct timespec *until,
					       struct single_flight_ticket *ticket, bool *again,
					       struct error *err)
{
	bool able = party->can_ask || party->has_code;
	enum single_flight_turn turn = SINGLE_FLIGHT_FAILED;

	f->refs++;
	f->able += able;
	for (;;) {
		if (f->state == DONE) {
			turn = SINGLE_FLIGHT_LANDED;
		} else if (f->state == FAILED) {
			*again = party->has_code;
			*err = f->why;
		} else if (able &&
			   (f->state == LEADERLESS || (f->state == ASKING && party->has_code))) {
			turn = flight_lead(flights, f, party, ticket);
			(void)pthread_cond_broadcast(&flights->moved);
		} else if (!able && (f->state == ASKING || f->state == LEADERLESS)) {
			turn = SINGLE_FLIGHT_NO_CODE;
		} else if (pthread_cond_timedwait(&flights->moved, &flights->lock, until) ==
			   ETIMEDOUT) {
			error_set(err, ERROR_AWS_UNREACHABLE,
				  "another request for the same credentials did not end in time");
		} else {
			continue;
		}
		break;
	}
	f->able -= able;
	flight_drop(flights, f);
	return turn;
}

enum single_flight_turn single_flight_join(struct flights *flights,
					   const unsigned char step[static DIGEST_BYTES],
					   const struct single_flight_party *party,
					   struct single_flight_ticket *ticket, struct error *err)
{
	const struct timespec until = flight_deadline();
	enum single_flight_turn turn;
	bool again;

	(void)pthread_mutex_lock(&flights->lock);
	do {
		struct single_flight *f;

		again = false;
		flight_forget_old(flights, clock_boot_ms(flights->clock));
		f = flight_find(flights, step);
		if (f && f->state == FAILED) {
			if (!party->has_code && strcmp(party->place, f->place) == 0) {
				*err = f->why;
				turn = SINGLE_FLIGHT_FAILED;
				break;
			}
			flight_unlist(flights, f);
			f = NULL;
		}
		if (f) {
			turn = flight_wait_for(flights, f, party, &until, ticket, &again, err);
			continue;
		}
		f = flight_begin(flights, step);
		if (f) {
			turn = flight_lead(flights, f, party, ticket);
		} else {
			turn = SINGLE_FLIGHT_FAILED;
			error_set(err, ERROR_MEMORY, "out of memory");
		}
	} while (again);
	(void)pthread_mutex_unlock(&flights->lock);
	return turn;
}

/* Whether the ticket's holder leads; the lock is held. */
static bool flight_leads(const struct single_flight_ticket *ticket)
{
	const struct single_flight *f = ticket->flight;

	return f->term == ticket->term && (f->state == FLYING || f->state == ASKING);
}

bool single_flight_asking(struct single_flight_ticket *ticket, bool asking)
{
	bool held;

	(void)pthread_mutex_lock(&ticket->flights->lock);
	held = flight_leads(ticket);
	if (held) {
		ticket->flight->state = asking ? ASKING : FLYING;
		(void)pthread_cond_broadcast(&ticket->flights->moved);
	}
	(void)pthread_mutex_unlock(&ticket->flights->lock);
	return held;
}

void single_flight_land(struct single_flight_ticket *ticket, enum single_flight_landing landing,
			const struct error *why)
{
	struct flights *flights = ticket->flights;
	struct single_flight *f = ticket->flight;

	(void)pthread_mutex_lock(&flights->lock);
	if (flight_leads(ticket)) {
		if (landing == SINGLE_FLIGHT_HANDED && f->able > 0) {
			f->state = LEADERLESS;
		} else {
			f->state = landing == SINGLE_FLIGHT_DONE || landing == SINGLE_FLIGHT_ANEW
				       ? DONE
				       : FAILED;
			if (f->state == FAILED)
				f->why = *why;
			f->forget_ms = clock_boot_ms(flights->clock) + SINGLE_FLIGHT_REMEMBERED_MS;
			if (landing != SINGLE_FLIGHT_REFUSED)
				flight_unlist(flights, f);
		}
		(void)pthread_cond_broadcast(&flights->moved);
	}
	flight_drop(flights, f);
	(void)pthread_mutex_unlock(&flights->lock);
	ticket->flight = NULL;
}
