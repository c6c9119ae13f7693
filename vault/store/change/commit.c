/* SPDX-License-Identifier: MIT */
#include "vault/store/change/commit.h"

#include "vault/store/change/batch.h"
#include "vault/store/handle.h"
#include "vault/store/change/reserve.h"
#include "vault/store/change/segment_roll.h"

#include <errno.h>

/* The most callers in one transaction, so that the first of them does not wait for ever. */
enum { BATCH_MAX = 256 };

/* Takes the callers at the head of the queue, the leader first among them. With queue_lock held. */
static size_t take_batch(struct store *store, struct waiter **batch)
{
	size_t count = 0;

	while (store->first && count < BATCH_MAX) {
		batch[count++] = store->first;
		store->first = store->first->next;
	}
	if (!store->first)
		store->last = NULL;
	store->queued -= count;
	return count;
}

/* Fills `again` with the callers that failed for want of disk space and have reserved room. */
static size_t find_failed(struct waiter *const *batch, size_t count, struct waiter **again,
			  enum store_room *room)
{
	size_t found = 0;

	*room = STORE_ROOM_NONE;
	for (size_t i = 0; i < count; i++) {
		if (batch[i]->ok || batch[i]->err->code != ERROR_IO ||
		    batch[i]->room == STORE_ROOM_NONE)
			continue;
		if (batch[i]->room > *room)
			*room = batch[i]->room;
		again[found++] = batch[i];
	}
	return found;
}

static void run(struct store *store, struct waiter *const *batch, size_t count)
{
	struct waiter *again[BATCH_MAX];
	enum store_room room;
	struct error full;
	size_t left = 0;

	/* While the reserve is not full, only callers with a right to reserved room may commit. */
	if (reserve_fill(store, &full)) {
		batch_run(store, batch, count);
	} else {
		for (size_t i = 0; i < count; i++) {
			if (batch[i]->room != STORE_ROOM_NONE) {
				again[left++] = batch[i];
				continue;
			}
			batch[i]->ok = false;
			*batch[i]->err = full;
		}
		if (left > 0)
			batch_run(store, again, left);
	}
	left = find_failed(batch, count, again, &room);
	if (left == 0 || store->poisoned)
		return;
	reserve_release(store, room);
	batch_run(store, again, left);
}

/*
 * The leader's part. Called with queue_lock held; releases it. A follower's memory may be gone as
 * soon as the follower is woken, since it continues without any lock of the leader's.
 */
static void lead(struct store *store)
{
	struct waiter *batch[BATCH_MAX], *next;
	size_t count = take_batch(store, batch);

	(void)pthread_mutex_unlock(&store->queue_lock);
	(void)pthread_mutex_lock(&store->lock);
	segment_roll(store);
	run(store, batch, count);
	(void)pthread_mutex_unlock(&store->lock);
	(void)pthread_mutex_lock(&store->queue_lock);
	/*
	 * The first caller queued meanwhile leads the next batch, so that no caller leads for ever.
	 */
	next = store->first;
	store->led = next != NULL;
	if (next)
		next->leads = true;
	(void)pthread_mutex_unlock(&store->queue_lock);
	if (next)
		(void)sem_post(&next->woken);
	for (size_t i = 1; i < count; i++) {
		const struct commit_meanwhile *meanwhile = batch[i]->meanwhile;

		if (meanwhile)
			meanwhile->landed(meanwhile->arg, batch[i]->ok);
		(void)sem_post(&batch[i]->woken);
	}
}

/* Queues the caller, and leads or waits. The other fields of *self are filled here. */
static bool commit(struct store *store, struct waiter *self, struct error *err)
{
	const struct commit_meanwhile *meanwhile = self->meanwhile;
	struct error own = ERROR_INIT;

	self->err = &own;
	(void)sem_init(&self->woken, 0, 0);
	(void)pthread_mutex_lock(&store->queue_lock);
	/* The first caller of each batch leads it, so it must be waiting when it is woken. */
	if (!store->led || store->queued % BATCH_MAX == 0)
		self->meanwhile = meanwhile = NULL;
	store->queued++;
	if (store->last)
		store->last->next = self;
	else
		store->first = self;
	store->last = self;
	self->leads = !store->led;
	store->led = true;
	if (!self->leads) {
		(void)pthread_mutex_unlock(&store->queue_lock);
		if (meanwhile)
			meanwhile->wait(meanwhile->arg);
		while (sem_wait(&self->woken) != 0 && errno == EINTR)
			continue;
		/* The last leader set this field before it woke this caller. */
		if (self->leads)
			(void)pthread_mutex_lock(&store->queue_lock);
	}
	if (self->leads)
		lead(store);
	(void)sem_destroy(&self->woken);
	if (!self->ok)
		*err = own;
	return self->ok;
}

bool store_commit(struct store *store, txn_fn *fn, void *arg, struct error *err)
{
	struct waiter self = {.fn = fn, .arg = arg};

	return commit(store, &self, err);
}

bool store_commit_with_room(struct store *store, enum store_room room, txn_fn *fn, void *arg,
			    struct error *err)
{
	struct waiter self = {.fn = fn, .arg = arg, .room = room};

	return commit(store, &self, err);
}

bool store_commit_meanwhile(struct store *store, txn_fn *fn, void *arg,
			    const struct commit_meanwhile *meanwhile, struct error *err)
{
	struct waiter self = {.fn = fn, .arg = arg, .meanwhile = meanwhile};

	return commit(store, &self, err);
}
