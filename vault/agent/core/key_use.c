/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/key_use.h"

#include "vault/base/text.h"
#include "vault/seal/record/usage.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct one {
	struct one *next;
	unsigned char key_row[SEAL_ID_BYTES];
	int64_t last_at;
	int64_t written_at;
};

struct key_use {
	pthread_mutex_t lock;
	struct one *list;
};

bool key_use_new(struct key_use **out, struct error *err)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return error_set(err, ERROR_MEMORY, "out of memory");
	(void)pthread_mutex_init(&(*out)->lock, NULL);
	return true;
}

void key_use_free(struct key_use *usages)
{
	if (!usages)
		return;
	for (struct one *one = usages->list, *next; one; one = next) {
		next = one->next;
		free(one);
	}
	(void)pthread_mutex_destroy(&usages->lock);
	free(usages);
}

static struct one *key_use_find(struct key_use *usages, const unsigned char *key_row)
{
	struct one *one = usages->list;

	while (one && memcmp(one->key_row, key_row, SEAL_ID_BYTES) != 0)
		one = one->next;
	return one;
}

bool key_use_note(struct key_use *usages, const unsigned char key_row[static SEAL_ID_BYTES],
		  int64_t now)
{
	struct one *one;
	bool write = true;

	(void)pthread_mutex_lock(&usages->lock);
	one = key_use_find(usages, key_row);
	if (!one) {
		one = calloc(1, sizeof(*one));
		if (one) {
			memcpy(one->key_row, key_row, SEAL_ID_BYTES);
			one->next = usages->list;
			usages->list = one;
		}
	}
	if (one) {
		/* The row is written too where the wall clock was set back. */
		write = now - one->written_at >= KEY_USE_EVERY_S || now < one->written_at;
		one->last_at = now;
		if (write)
			one->written_at = now;
	}
	(void)pthread_mutex_unlock(&usages->lock);
	return write;
}

bool key_use_put(struct txn *txn, const unsigned char key_row[static SEAL_ID_BYTES], int64_t at,
		 struct error *err)
{
	struct usage usage = {.last_emitted_at = at}, before;
	struct buf plain = ROW_BUF;
	bool ok;

	usage_name(key_row, usage.name);
	/* A row that a newer program wrote is kept as it is. */
	ok = row_read(txn, TABLE_USAGE, usage.name, NULL, &plain, err)
		 ? usage_decode(plain.data, plain.len, &before, err)
		 : err->code == ERROR_NOT_FOUND;
	buf_reset(&plain);
	ok = ok && usage_encode(&usage, &plain, err) &&
	     row_put(txn, TABLE_USAGE, usage.name, &plain, NULL, err);
	buf_clear(&plain);
	return ok;
}

bool key_use_last(struct key_use *usages, struct store *store,
		  const unsigned char key_row[static SEAL_ID_BYTES], int64_t *at, struct error *err)
{
	struct usage usage = {.last_emitted_at = 0};
	struct buf plain = ROW_BUF;
	const struct one *one;
	bool ok;

	(void)pthread_mutex_lock(&usages->lock);
	one = key_use_find(usages, key_row);
	*at = one ? one->last_at : 0;
	(void)pthread_mutex_unlock(&usages->lock);
	if (*at)
		return true;
	usage_name(key_row, usage.name);
	ok = row_get(store, TABLE_USAGE, usage.name, NULL, &plain, err) &&
	     usage_decode(plain.data, plain.len, &usage, err);
	buf_clear(&plain);
	*at = usage.last_emitted_at;
	return ok || err->code == ERROR_NOT_FOUND;
}

static bool key_use_add(struct key_use_all *all, const unsigned char *key_row, int64_t at,
			struct error *err)
{
	if (all->count == all->room) {
		size_t room = all->room ? 2 * all->room : 16;
		struct key_use_at *list = realloc(all->list, room * sizeof(*list));

		if (!list)
			return error_set(err, ERROR_MEMORY, "out of memory");
		all->list = list;
		all->room = room;
	}
	memcpy(all->list[all->count].key_row, key_row, SEAL_ID_BYTES);
	all->list[all->count++].at = at;
	return true;
}

static bool key_use_add_row(void *arg, const struct record_id *id, const struct buf *plain,
			    struct error *err)
{
	unsigned char key_row[SEAL_ID_BYTES];
	struct usage usage;

	(void)id;
	if (!usage_decode(plain->data, plain->len, &usage, err))
		return false;
	if (!text_unhex(usage.name, key_row, sizeof(key_row)))
		return error_set(err, ERROR_TAMPERED, "a record of a key's use names no key");
	return key_use_add(arg, key_row, usage.last_emitted_at, err);
}

static int key_use_compare(const void *a, const void *b)
{
	const struct key_use_at *one = a, *other = b;
	int order = memcmp(one->key_row, other->key_row, SEAL_ID_BYTES);

	return order ? order : (one->at > other->at) - (one->at < other->at);
}

bool key_use_read_all(struct key_use *usages, struct store *store, struct key_use_all *out,
		      struct error *err)
{
	bool ok;

	*out = (struct key_use_all){.list = NULL};
	ok = row_each(store, TABLE_USAGE, key_use_add_row, out, err);
	(void)pthread_mutex_lock(&usages->lock);
	for (const struct one *one = usages->list; ok && one; one = one->next)
		ok = key_use_add(out, one->key_row, one->last_at, err);
	(void)pthread_mutex_unlock(&usages->lock);
	if (ok && out->count)
		qsort(out->list, out->count, sizeof(*out->list), key_use_compare);
	return ok;
}

void key_use_all_clear(struct key_use_all *all)
{
	free(all->list);
	*all = (struct key_use_all){.list = NULL};
}

int64_t key_use_all_last(const struct key_use_all *all,
			 const unsigned char key_row[static SEAL_ID_BYTES])
{
	struct key_use_at wanted = {.at = INT64_MAX};
	size_t low = 0, high = all->count;

	memcpy(wanted.key_row, key_row, SEAL_ID_BYTES);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (key_use_compare(&all->list[middle], &wanted) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	/* The last row of this key, if the key has any. */
	if (low == 0 || memcmp(all->list[low - 1].key_row, key_row, SEAL_ID_BYTES) != 0)
		return 0;
	return all->list[low - 1].at;
}

void key_use_forget(struct key_use *usages, const unsigned char key_row[static SEAL_ID_BYTES])
{
	(void)pthread_mutex_lock(&usages->lock);
	for (struct one **at = &usages->list; *at; at = &(*at)->next) {
		struct one *gone = *at;

		if (memcmp(gone->key_row, key_row, SEAL_ID_BYTES) == 0) {
			*at = gone->next;
			free(gone);
			break;
		}
	}
	(void)pthread_mutex_unlock(&usages->lock);
}

static bool key_use_put_all(struct txn *txn, void *arg, struct error *err)
{
	const struct key_use *usages = arg;

	for (const struct one *one = usages->list; one; one = one->next) {
		if (one->last_at > one->written_at &&
		    !key_use_put(txn, one->key_row, one->last_at, err))
			return false;
	}
	return true;
}

void key_use_flush(struct key_use *usages, struct store *store)
{
	struct error err = ERROR_INIT;
	bool due = false;

	(void)pthread_mutex_lock(&usages->lock);
	for (const struct one *one = usages->list; one; one = one->next)
		due = due || one->last_at > one->written_at;
	if (due)
		(void)!store_commit(store, key_use_put_all, usages, &err);
	(void)pthread_mutex_unlock(&usages->lock);
}
