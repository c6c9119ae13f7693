/* SPDX-License-Identifier: MIT */
#include "vault/store/txn.h"

#include "vault/store/internal.h"

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

static void lead(struct store *store)
{
	struct waiter *batch[BATCH_MAX];
	size_t count = take_batch(store, batch);

	(void)pthread_mutex_unlock(&store->queue_lock);
	(void)pthread_mutex_lock(&store->lock);
	batch_run(store, batch, count);
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
	struct error own = ERROR_INIT;
	struct waiter self = {.fn = fn, .arg = arg, .err = &own, .wake = PTHREAD_COND_INITIALIZER};

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
