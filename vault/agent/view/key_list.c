/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/key_list.h"

#include "vault/agent/view/key_view.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* From how many keys on freed memory is worth a system call. */
enum { CHUNK_BYTES = 256 * 1024, MANY = 1024 };

struct key_chunk {
	struct key_chunk *next;
	size_t used, size;
	char bytes[];
};

/* The sessions of all keys, ordered by the key's name. */
struct sessions {
	struct session {
		char key_name[TEXT_NAME_MAX + 1];
		int64_t at;
	} * list;
	size_t count, room;
	bool failed;
};

static void key_list_add_session(void *arg, const struct cache_view *view)
{
	struct sessions *sessions = arg;
	struct session *one;

	if (view->role || sessions->failed)
		return;
	if (sessions->count == sessions->room) {
		size_t room = sessions->room ? 2 * sessions->room : 8;
		struct session *list = realloc(sessions->list, room * sizeof(*list));

		if (!list) {
			sessions->failed = true;
			return;
		}
		sessions->list = list;
		sessions->room = room;
	}
	one = &sessions->list[sessions->count++];
	(void)snprintf(one->key_name, sizeof(one->key_name), "%s", view->key_name);
	one->at = view->expires_at;
}

static int key_list_by_key(const void *a, const void *b)
{
	const struct session *one = a, *other = b;
	int order = strcmp(one->key_name, other->key_name);

	return order ? order : (one->at > other->at) - (one->at < other->at);
}

/* When the last session of a key ends; 0 for a key without one. */
static int64_t key_list_session_of(const struct sessions *sessions, const char *key_name)
{
	size_t low = 0, high = sessions->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(sessions->list[middle].key_name, key_name) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || strcmp(sessions->list[low - 1].key_name, key_name) != 0)
		return 0;
	return sessions->list[low - 1].at;
}

/* A copy that lives as long as the list; NULL without memory. */
static const char *keep(struct key_list *list, const char *text, size_t len)
{
	struct key_chunk *chunk = list->chunks;
	char *at;

	if (!chunk || chunk->size - chunk->used < len + 1) {
		size_t size = len + 1 > CHUNK_BYTES ? len + 1 : CHUNK_BYTES;

		chunk = malloc(sizeof(*chunk) + size);
		if (!chunk)
			return NULL;
		*chunk = (struct key_chunk){.next = list->chunks, .size = size};
		list->chunks = chunk;
	}
	at = chunk->bytes + chunk->used;
	memcpy(at, text, len);
	at[len] = '\0';
	chunk->used += len + 1;
	return at;
}

struct reading {
	struct key_list *list;
	struct view_at at;
	struct sessions sessions;
	struct key_use_all usages;
	struct view_rotations rotations;
	struct buf text;
};

static bool key_list_add_key(void *arg, const struct access_key *key, const struct record_id *row,
			     struct error *err)
{
	struct reading *reading = arg;
	struct key_list *list = reading->list;
	struct key_line line;
	struct msg_key view;

	reading->at.used_at = key_use_all_last(&reading->usages, row->id);
	reading->at.session_at = key_list_session_of(&reading->sessions, key->name);
	reading->at.rotating = view_rotation_step(&reading->rotations, key);
	view = view_key(key, &reading->at);
	reading->text.len = 0;
	if (!fields_write(&msg_key, &view, &reading->text, err))
		return false;
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct key_line *at = realloc(list->at, room * sizeof(*at));

		if (!at)
			return error_set(err, ERROR_MEMORY, "out of memory");
		list->at = at;
		list->room = room;
	}
	line.name = keep(list, key->name, strlen(key->name));
	line.text = keep(list, reading->text.data, reading->text.len);
	if (!line.name || !line.text)
		return error_set(err, ERROR_MEMORY, "out of memory");
	list->at[list->count++] = line;
	return true;
}

static int key_list_by_name(const void *a, const void *b)
{
	return strcmp(((const struct key_line *)a)->name, ((const struct key_line *)b)->name);
}

bool key_list_read(struct agent *agent, struct key_list *out, struct error *err)
{
	struct reading reading = {.list = out, .text = BUF_INIT(VIEW_TEXT_MAX)};
	bool ok;

	*out = (struct key_list){.at = NULL};
	reading.at.now = clock_real_s(agent->clock);
	reading.at.settings = agent_settings(agent);
	cache_each(agent->cache, skews_now(agent->skews, agent->clock), key_list_add_session,
		   &reading.sessions);
	ok = !reading.sessions.failed || error_set(err, ERROR_MEMORY, "out of memory");
	if (reading.sessions.count)
		qsort(reading.sessions.list, reading.sessions.count, sizeof(*reading.sessions.list),
		      key_list_by_key);
	/* The store is asked before the walk, which holds its lock. */
	ok = ok && key_use_read_all(agent->usages, agent->store, &reading.usages, err) &&
	     view_rotations_read(agent, &reading.rotations, err) &&
	     view_each_key(agent, key_list_add_key, &reading, err);
	if (ok && out->count)
		qsort(out->at, out->count, sizeof(*out->at), key_list_by_name);
	buf_clear(&reading.text);
	key_use_all_clear(&reading.usages);
	view_rotations_clear(&reading.rotations);
	free(reading.sessions.list);
	return ok;
}

void key_list_clear(struct key_list *list)
{
	bool many = list->count >= MANY;

	while (list->chunks) {
		struct key_chunk *next = list->chunks->next;

		free(list->chunks);
		list->chunks = next;
	}
	free(list->at);
	*list = (struct key_list){.at = NULL};
	if (many)
		(void)malloc_trim(0);
}
