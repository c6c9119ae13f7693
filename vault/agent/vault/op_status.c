/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/core/lock_state.h"
#include "vault/agent/view/key_view.h"
#include "vault/format/json.h"
#include "vault/rotate/journal.h"
#include "vault/store/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two lists of the longest names fit into an answer. */
enum { NAMES_MAX = 3500 };

struct sessions {
	json_t *array;
	bool ok;
};

static void add_session(void *arg, const struct cache_view *view)
{
	struct sessions *sessions = arg;
	struct error err = ERROR_INIT;
	json_t *one = json_object();

	if (json_put_text(one, "profile", view->profile, &err) &&
	    json_put_time(one, "expires_at", view->expires_at, &err) &&
	    json_put(one, "mfa", json_boolean(view->mfa), &err) &&
	    json_array_append_new(sessions->array, one) == 0)
		return;
	sessions->ok = false;
}

static json_t *agent_object(struct agent *agent)
{
	struct error err = ERROR_INIT;
	json_t *object = json_object();
	int64_t idle_at, lock_at;

	(void)pthread_mutex_lock(&agent->lock);
	idle_at = limits_idle_at(&agent->limits, agent->clock);
	lock_at = limits_total_at(&agent->limits, agent->clock);
	(void)pthread_mutex_unlock(&agent->lock);
	if (json_put(object, "pid", json_integer(getpid()), &err) &&
	    json_put_time(object, "idle_at", idle_at, &err) &&
	    json_put_time(object, "lock_at", lock_at, &err) &&
	    json_put(object, "lock_on_sleep", json_boolean(!agent_settings(agent).through_sleep),
		     &err) &&
	    json_put_time(object, "unlocked_at", agent->unlocked_at, &err) &&
	    json_put_text(object, "how", agent->how, &err))
		return object;
	json_decref(object);
	return NULL;
}

/* Names, to be put in order. */
struct name_index {
	char **at;
	size_t count, room;
};

struct rotation_sum {
	int64_t now;
	struct settings settings;
	size_t keys;
	struct name_index due, overdue;
};

static bool add_name(struct name_index *names, const char *name, struct error *err)
{
	char *copy = strdup(name);

	if (copy && names->count == names->room) {
		size_t room = names->room ? 2 * names->room : 16;
		char **at = realloc(names->at, room * sizeof(*at));

		if (at) {
			names->at = at;
			names->room = room;
		}
	}
	if (!copy || names->count == names->room) {
		free(copy);
		return error_set(err, ERROR_MEMORY, "out of memory");
	}
	names->at[names->count++] = copy;
	return true;
}

static void names_free(struct name_index *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->at[i]);
	free(names->at);
}

static bool count_key(void *arg, const struct access_key *key, const struct record_id *row,
		      struct error *err)
{
	struct rotation_sum *tally = arg;
	struct view_age age = view_age(key, &tally->settings, tally->now);

	(void)row;
	tally->keys++;
	return (!age.due && !age.overdue) ||
	       add_name(age.overdue ? &tally->overdue : &tally->due, key->name, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* As many as an answer holds; `list` has all. */
static bool put_names(json_t *object, const char *member, struct name_index *names,
		      struct error *err)
{
	json_t *array = json_array();

	if (names->count)
		qsort(names->at, names->count, sizeof(*names->at), by_name);
	for (size_t i = 0; i < names->count && i < NAMES_MAX; i++)
		(void)json_array_append_new(array, json_string(names->at[i]));
	return json_put(object, member, array, err);
}

static bool add_rotation(void *arg, const struct rotation_record *rotation, struct error *err)
{
	return json_array_append_new(arg, json_string(rotation->key_name)) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

static bool put_rotating(struct agent *agent, json_t *object, struct error *err)
{
	json_t *names = json_array();
	bool ok = journal_each(agent->store, add_rotation, names, err) &&
		  json_put(object, "rotating", json_incref(names), err);

	json_decref(names);
	return ok;
}

/* Counts and names, or null for each while the records are locked. */
static bool put_keys(struct agent *agent, json_t *object, bool locked, struct error *err)
{
	struct rotation_sum tally = {.now = clock_real_s(agent->clock),
				     .settings = agent_settings(agent)};
	bool ok;

	if (locked)
		return json_put(object, "keys", json_null(), err) &&
		       json_put(object, "due", json_null(), err) &&
		       json_put(object, "overdue", json_null(), err) &&
		       json_put(object, "rotating", json_null(), err);
	ok = view_each_key(agent, count_key, &tally, err) &&
	     json_put(object, "keys", json_integer((json_int_t)tally.keys), err) &&
	     put_names(object, "due", &tally.due, err) &&
	     put_names(object, "overdue", &tally.overdue, err) && put_rotating(agent, object, err);
	names_free(&tally.due);
	names_free(&tally.overdue);
	return ok;
}

static bool fill(struct agent *agent, json_t *object, struct error *err)
{
	bool locked = !store_has_record_keys(agent->store);
	char id[2 * SEAL_ID_BYTES + 1];
	struct sessions sessions = {.array = json_array(), .ok = true};
	struct store_state state;

	cache_each(agent->cache, clock_real_s(agent->clock), add_session, &sessions);
	if (!sessions.array || !sessions.ok) {
		json_decref(sessions.array);
		return error_set(err, ERROR_MEMORY, "out of memory");
	}
	text_hex(agent->vault_id, sizeof(agent->vault_id), id);
	if (!json_put(object, "sessions", sessions.array, err) ||
	    !store_state(agent->store, &state, err))
		return false;
	return json_put_text(object, "vault", agent->vault, err) &&
	       json_put_text(object, "vault_id", id, err) &&
	       json_put(object, "locked", json_false(), err) &&
	       json_put(object, "keys_locked", json_boolean(locked), err) &&
	       json_put(object, "locked_since", json_null(), err) &&
	       json_put(object, "locked_why", json_null(), err) &&
	       json_put(object, "agent", agent_object(agent), err) &&
	       json_put(object, "generation", json_integer((json_int_t)state.generation), err) &&
	       json_put(object, "log_entries", json_integer((json_int_t)state.log_count), err) &&
	       put_keys(agent, object, locked, err) &&
	       json_put(object, "refused", lock_state_refused(agent->denials), err);
}

bool op_status(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {NULL};

	if (!request->foreign && !json_only(request->args, keys, err))
		return false;
	*ok = json_object();
	return json_put(*ok, "pid", json_integer(getpid()), err) &&
	       json_put_text(*ok, "version", CV_VERSION, err) &&
	       (request->foreign || fill(request->agent, *ok, err));
}
