/* SPDX-License-Identifier: MIT */
#include "vault/creds/cache.h"

#include "vault/seal/shield.h"
#include "vault/store/rows/rows.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256, SEALED_MAX = RECORD_PLAIN_MAX + 1 + SHIELD_EXTRA_BYTES };

/*
 * A session stays sealed: in the clear its secret would take a block of the locked arena for hours.
 */
struct entry {
	struct entry *next;
	unsigned char step[DIGEST_BYTES];
	char profile[TEXT_NAME_MAX + 1];
	char key_name[TEXT_NAME_MAX + 1]; /* empty: the origin is not a key */
	int64_t expires_at;
	int64_t minted_at;
	bool mfa;
	bool role;
	struct buf sealed;
};

struct path {
	struct path *next;
	unsigned char request[DIGEST_BYTES];
	struct cache_route route; /* the answer is empty */
	struct buf sealed;
};

struct cache {
	pthread_mutex_t lock;
	struct entry *entries[BUCKETS];
	struct path *paths[BUCKETS];
	size_t entries_count;
	size_t paths_count;
	struct cache_coming *coming;
	struct shield shield;
};

bool cache_new(struct cache **out, struct error *err)
{
	struct cache *cache = calloc(1, sizeof(*cache));

	*out = NULL;
	if (!cache)
		return error_set(err, ERROR_MEMORY, "out of memory");
	(void)pthread_mutex_init(&cache->lock, NULL);
	*out = cache;
	return true;
}

static void entry_free(struct entry *entry)
{
	buf_clear(&entry->sealed);
	free(entry);
}

static void path_free(struct path *path)
{
	buf_clear(&path->sealed);
	free(path);
}

void cache_free(struct cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct entry *e = cache->entries[i], *next; e; e = next) {
			next = e->next;
			entry_free(e);
		}
		for (struct path *p = cache->paths[i], *next; p; p = next) {
			next = p->next;
			path_free(p);
		}
	}
	shield_clear(&cache->shield);
	(void)pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static struct entry *lookup(struct cache *cache, const unsigned char *step)
{
	struct entry *e = cache->entries[step[0]];

	while (e && memcmp(e->step, step, DIGEST_BYTES) != 0)
		e = e->next;
	return e;
}

static struct path *lookup_path(struct cache *cache, const unsigned char *request)
{
	struct path *p = cache->paths[request[0]];

	while (p && memcmp(p->request, request, DIGEST_BYTES) != 0)
		p = p->next;
	return p;
}

static bool leads_to(const struct path *path, const void *step)
{
	return memcmp(path->route.step, step, DIGEST_BYTES) == 0;
}

static bool is_request(const struct path *path, const void *request)
{
	return memcmp(path->request, request, DIGEST_BYTES) == 0;
}

static bool ends_by(const struct path *path, const void *when)
{
	return path->route.expires_at <= *(const int64_t *)when;
}

static void remove_paths(struct cache *cache, bool (*which)(const struct path *, const void *),
			 const void *arg)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct path **link = &cache->paths[i];

		while (*link) {
			struct path *p = *link;

			if (!which(p, arg)) {
				link = &p->next;
				continue;
			}
			*link = p->next;
			cache->paths_count--;
			path_free(p);
		}
	}
}

static void remove_entry(struct cache *cache, struct entry *entry)
{
	struct entry **link = &cache->entries[entry->step[0]];

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	cache->entries_count--;
	remove_paths(cache, leads_to, entry->step);
	entry_free(entry);
}

/*
 * Removes the session that expires first; it stays sealed in the vault and comes back with the next
 * unlock.
 */
static void make_room(struct cache *cache)
{
	struct entry *first = NULL;

	if (cache->entries_count < CACHE_SESSIONS_MAX)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct entry *e = cache->entries[i]; e; e = e->next) {
			if (!first || e->expires_at < first->expires_at)
				first = e;
		}
	}
	remove_entry(cache, first);
}

static void make_room_for_path(struct cache *cache)
{
	const struct path *first = NULL;
	unsigned char request[DIGEST_BYTES];

	if (cache->paths_count < CACHE_ROUTES_MAX)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct path *p = cache->paths[i]; p; p = p->next) {
			if (!first || p->route.expires_at < first->route.expires_at)
				first = p;
		}
	}
	memcpy(request, first->request, sizeof(request));
	remove_paths(cache, is_request, request);
}

/* The lock is held. */
static bool insert(struct cache *cache, const struct session_record *session,
		   const struct buf *plain, struct error *err)
{
	struct buf sealed = BUF_INIT(SEALED_MAX);
	struct entry *e;

	if (!shield_put(&cache->shield, plain->data, plain->len, &sealed, err))
		return false;
	e = lookup(cache, session->step);
	if (e)
		remove_entry(cache, e);
	make_room(cache);
	e = calloc(1, sizeof(*e));
	if (!e) {
		buf_clear(&sealed);
		return error_set(err, ERROR_MEMORY, "out of memory");
	}
	memcpy(e->step, session->step, sizeof(e->step));
	(void)snprintf(e->profile, sizeof(e->profile), "%s", session->profile);
	if (!session->origin_kind[0])
		(void)snprintf(e->key_name, sizeof(e->key_name), "%s", session->origin_name);
	e->expires_at = session->expires_at;
	e->minted_at = session->minted_at;
	e->mfa = session->mfa;
	e->role = session->role_arn[0] != '\0';
	e->sealed = sealed;
	e->next = cache->entries[e->step[0]];
	cache->entries[e->step[0]] = e;
	cache->entries_count++;
	return true;
}

void cache_expect(struct cache *cache, struct cache_coming *coming,
		  const struct session_record *session)
{
	(void)pthread_mutex_lock(&cache->lock);
	*coming = (struct cache_coming){.next = cache->coming, .session = session};
	cache->coming = coming;
	(void)pthread_mutex_unlock(&cache->lock);
}

bool cache_receive(struct cache *cache, struct cache_coming *coming, bool stored, struct error *err)
{
	struct buf plain = BUF_INIT(RECORD_PLAIN_MAX + 1);
	bool ok = !stored || session_record_encode(coming->session, &plain, err);

	(void)pthread_mutex_lock(&cache->lock);
	for (struct cache_coming **at = &cache->coming; *at; at = &(*at)->next) {
		if (*at == coming) {
			*at = coming->next;
			break;
		}
	}
	if (ok && stored && coming->dropped)
		ok = error_set(err, ERROR_NOT_FOUND, "the session was dropped as it was made");
	else if (ok && stored)
		ok = insert(cache, coming->session, &plain, err);
	(void)pthread_mutex_unlock(&cache->lock);
	buf_clear(&plain);
	return ok;
}

struct load {
	struct cache *cache;
	int64_t now;
};

static bool load_row(void *arg, const struct record_id *id, const struct buf *row,
		     struct error *err)
{
	struct load *load = arg;
	struct session_record session;
	bool ok;

	(void)id;
	session_record_init(&session);
	ok = session_record_decode(row->data, row->len, &session, err);
	/* An expired session stays listed until the next purge takes its row away. */
	if (ok && load->cache->entries_count < CACHE_SESSIONS_MAX)
		ok = insert(load->cache, &session, row, err);
	session_record_clear(&session);
	return ok;
}

bool cache_load(struct cache *cache, struct store *store, int64_t now, struct error *err)
{
	struct load load = {.cache = cache, .now = now};
	bool ok;

	(void)pthread_mutex_lock(&cache->lock);
	ok = row_each(store, TABLE_SESSION, load_row, &load, err);
	(void)pthread_mutex_unlock(&cache->lock);
	return ok;
}

bool cache_find(struct cache *cache, const unsigned char step[static DIGEST_BYTES], int64_t now,
		int64_t left_s, struct session_record *out, bool *found, struct error *err)
{
	struct buf plain = BUF_INIT(RECORD_PLAIN_MAX + 1);
	const struct entry *e;
	bool ok = true;

	*found = false;
	(void)pthread_mutex_lock(&cache->lock);
	e = lookup(cache, step);
	if (e && e->expires_at - now > left_s) {
		session_record_clear(out);
		ok = shield_get(&cache->shield, &e->sealed, &plain, err) &&
		     session_record_decode(plain.data, plain.len, out, err);
		*found = ok;
	}
	(void)pthread_mutex_unlock(&cache->lock);
	buf_clear(&plain);
	return ok;
}

int64_t cache_until(struct cache *cache, const unsigned char step[static DIGEST_BYTES], int64_t now)
{
	const struct entry *e;
	int64_t until = 0;

	(void)pthread_mutex_lock(&cache->lock);
	e = lookup(cache, step);
	if (e && e->expires_at > now)
		until = e->expires_at;
	(void)pthread_mutex_unlock(&cache->lock);
	return until;
}

bool cache_route_find(struct cache *cache, const unsigned char request[static DIGEST_BYTES],
		      const struct clock *clock, int64_t left_s, struct cache_route *out,
		      bool *found, struct error *err)
{
	const struct path *p;
	bool ok = true;

	*found = false;
	(void)pthread_mutex_lock(&cache->lock);
	p = lookup_path(cache, request);
	if (p && p->route.expires_at - skew_now(p->route.skew, clock) > left_s) {
		struct buf answer = out->answer;

		*out = p->route;
		out->answer = answer;
		ok = shield_get(&cache->shield, &p->sealed, &out->answer, err);
		*found = ok;
	}
	(void)pthread_mutex_unlock(&cache->lock);
	return ok;
}

/* The lock is held. */
static bool insert_path(struct cache *cache, const unsigned char *request,
			const struct cache_route *route, struct error *err)
{
	const struct entry *session = lookup(cache, route->step);
	struct path *p;

	/* A request that began before its key got another name is served, and not remembered. */
	if (!session || (route->of_key && strcmp(session->key_name, route->key_name) != 0))
		return true;
	remove_paths(cache, is_request, request);
	make_room_for_path(cache);
	p = calloc(1, sizeof(*p));
	if (!p)
		return error_set(err, ERROR_MEMORY, "out of memory");
	memcpy(p->request, request, sizeof(p->request));
	p->route = *route;
	p->route.answer = BUF_INIT(0);
	p->sealed = BUF_INIT(CACHE_ANSWER_MAX + SHIELD_EXTRA_BYTES);
	if (!shield_put(&cache->shield, route->answer.data, route->answer.len, &p->sealed, err)) {
		path_free(p);
		return false;
	}
	p->next = cache->paths[request[0]];
	cache->paths[request[0]] = p;
	cache->paths_count++;
	return true;
}

bool cache_route_put(struct cache *cache, const unsigned char request[static DIGEST_BYTES],
		     const struct cache_route *route, struct error *err)
{
	bool ok;

	(void)pthread_mutex_lock(&cache->lock);
	ok = insert_path(cache, request, route, err);
	(void)pthread_mutex_unlock(&cache->lock);
	return ok;
}

bool cache_route_tell(struct cache *cache, const unsigned char request[static DIGEST_BYTES])
{
	struct path *p;
	bool first;

	(void)pthread_mutex_lock(&cache->lock);
	p = lookup_path(cache, request);
	first = p && !p->route.told;
	if (p)
		p->route.told = true;
	(void)pthread_mutex_unlock(&cache->lock);
	return first;
}

void cache_forget(struct cache *cache, const unsigned char step[static DIGEST_BYTES])
{
	struct entry *e;

	(void)pthread_mutex_lock(&cache->lock);
	e = lookup(cache, step);
	if (e)
		remove_entry(cache, e);
	(void)pthread_mutex_unlock(&cache->lock);
}

void cache_names_clear(struct cache_names *names)
{
	free(names->at);
	*names = (struct cache_names){.at = NULL};
}

static bool matches(const struct cache_filter *filter, const struct cache_view *session,
		    int64_t minted_at)
{
	return (!filter->profile || strcmp(filter->profile, session->profile) == 0) &&
	       (!filter->key_name || strcmp(filter->key_name, session->key_name) == 0) &&
	       (filter->ended_at < 0 || session->expires_at <= filter->ended_at) &&
	       (filter->minted_until == 0 || minted_at <= filter->minted_until);
}

static bool entry_matches(const struct cache_filter *filter, const struct entry *e)
{
	const struct cache_view view = {
	    .profile = e->profile, .key_name = e->key_name, .expires_at = e->expires_at};

	return matches(filter, &view, e->minted_at);
}

static void drop_coming(struct cache *cache, const struct cache_filter *filter)
{
	for (struct cache_coming *at = cache->coming; at; at = at->next) {
		const struct session_record *session = at->session;
		const struct cache_view view = {
		    .profile = session->profile,
		    .key_name = session->origin_kind[0] ? "" : session->origin_name,
		    .expires_at = session->expires_at};

		at->dropped = at->dropped || matches(filter, &view, session->minted_at);
	}
}

bool cache_drop(struct cache *cache, const struct cache_filter *filter, struct cache_names *names,
		struct error *err)
{
	bool ok = true;

	cache_names_clear(names);
	(void)pthread_mutex_lock(&cache->lock);
	if (cache->entries_count) {
		names->at = calloc(cache->entries_count, sizeof(*names->at));
		ok = names->at || error_set(err, ERROR_MEMORY, "out of memory");
	}
	for (size_t i = 0; ok && i < BUCKETS; i++) {
		for (struct entry *e = cache->entries[i], *next; e; e = next) {
			next = e->next;
			if (!entry_matches(filter, e))
				continue;
			session_record_name(e->step, names->at[names->count++]);
			remove_entry(cache, e);
		}
	}
	drop_coming(cache, filter);
	if (ok && filter->ended_at >= 0)
		remove_paths(cache, ends_by, &filter->ended_at);
	(void)pthread_mutex_unlock(&cache->lock);
	return ok;
}

/* False leaves the entry as it was. The lock is held. */
static bool entry_rename(struct cache *cache, struct entry *e, const char *name,
			 const char *new_name)
{
	struct buf plain = BUF_INIT(RECORD_PLAIN_MAX + 1), sealed = BUF_INIT(SEALED_MAX);
	struct error unused = ERROR_INIT;
	struct session_record session;
	bool ok;

	session_record_init(&session);
	ok = shield_get(&cache->shield, &e->sealed, &plain, &unused) &&
	     session_record_decode(plain.data, plain.len, &session, &unused) &&
	     session_record_rename(&session, name, new_name);
	buf_reset(&plain);
	ok = ok && session_record_encode(&session, &plain, &unused) &&
	     shield_put(&cache->shield, plain.data, plain.len, &sealed, &unused);
	if (ok) {
		buf_clear(&e->sealed);
		e->sealed = sealed;
		(void)snprintf(e->key_name, sizeof(e->key_name), "%s", session.origin_name);
		(void)snprintf(e->profile, sizeof(e->profile), "%s", session.profile);
		remove_paths(cache, leads_to, e->step);
	} else {
		buf_clear(&sealed);
	}
	session_record_clear(&session);
	buf_clear(&plain);
	return ok;
}

void cache_rename(struct cache *cache, const char *key_name, const char *new_name)
{
	const struct cache_filter filter = {.key_name = key_name, .ended_at = -1};

	(void)pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct entry *e = cache->entries[i], *next; e; e = next) {
			next = e->next;
			/* Without memory it is let go of, and comes back with the next unlock. */
			if (entry_matches(&filter, e) &&
			    !entry_rename(cache, e, key_name, new_name))
				remove_entry(cache, e);
		}
	}
	drop_coming(cache, &filter);
	(void)pthread_mutex_unlock(&cache->lock);
}

void cache_each(struct cache *cache, int64_t now, cache_view_fn *fn, void *arg)
{
	(void)pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < BUCKETS; i++) {
		for (const struct entry *e = cache->entries[i]; e; e = e->next) {
			const struct cache_view view = {.profile = e->profile,
							.key_name = e->key_name,
							.expires_at = e->expires_at,
							.mfa = e->mfa,
							.role = e->role};

			if (e->expires_at > now)
				fn(arg, &view);
		}
	}
	(void)pthread_mutex_unlock(&cache->lock);
}
