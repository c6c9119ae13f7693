/* SPDX-License-Identifier: MIT */
#include "vault/store/change/commit.h"

#include "vault/store/change/batch.h"
#include "vault/store/handle.h"
#include "vault/store/change/reserve.h"
#include "vault/store/change/segment_roll.h"

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
	return count;
}

/* Those the disk was too full for and for whom room was kept: out of *again. */
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

	/* While the room is not there in full, nobody who has no right to it gets what is left. */
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

static void lead(struct store *store)
{
	struct waiter *batch[BATCH_MAX];
	size_t count = take_batch(store, batch);

	(void)pthread_mutex_unlock(&store->queue_lock);
	(void)pthread_mutex_lock(&store->lock);
	segment_roll(store);
	run(store, batch, count);
	(void)pthread_mutex_unlock(&store->lock);
	(void)pthread_mutex_lock(&store->queue_lock);
	for (size_t i = 0; i < count; i++) {
		batch[i]->done = true;
		(void)pthread_cond_signal(&batch[i]->wake);
	}
	/* Whoever came meanwhile leads on; nobody works for others for ever. */
	store->led = store->first != NULL;
	if (store->first) {
		store->first->leads = true;
		(void)pthread_cond_signal(&store->first->wake);
	}
}

bool store_commit(struct store *store, txn_fn *fn, void *arg, struct error *err)
{
	return store_commit_with_room(store, STORE_ROOM_NONE, fn, arg, err);
}

bool store_commit_with_room(struct store *store, enum store_room room, txn_fn *fn, void *arg,
			    struct error *err)
{
	struct error own = ERROR_INIT;
	struct waiter self = {
	    .fn = fn, .arg = arg, .err = &own, .room = room, .wake = PTHREAD_COND_INITIALIZER};

	(void)pthread_mutex_lock(&store->queue_lock);
	if (store->last)
		store->last->next = &self;
	else
		store->first = &self;
	store->last = &self;
	if (!store->led) {
		store->led = true;
		self.leads = true;
	}
	while (!self.leads && !self.done)
		(void)pthread_cond_wait(&self.wake, &store->queue_lock);
	if (!self.done)
		lead(store);
	(void)pthread_mutex_unlock(&store->queue_lock);
	(void)pthread_cond_destroy(&self.wake);
	if (!self.ok)
		*err = own;
	return self.ok;
}
