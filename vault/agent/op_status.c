/* SPDX-License-Identifier: MIT */
#include "vault/agent/ops.h"
#include "vault/agent/state.h"
#include "vault/agent/views.h"
#include "vault/format/json.h"
#include "vault/rotate/journal.h"

#include <unistd.h>

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
	    json_put_time(object, "unlocked_at", agent->unlocked_at, &err) &&
	    json_put_text(object, "how", agent->how, &err))
		return object;
	json_decref(object);
	return NULL;
}

static bool add_rotation(void *arg, const struct rotation *rotation, struct error *err)
{
	(void)err;
	(void)json_array_append_new(arg, json_string(rotation->key_name));
	return true;
}

/* Counts and names, or null for each while the records are locked. */
static bool put_keys(struct agent *agent, json_t *object, bool locked, struct error *err)
{
	struct view_keys keys = {.at = NULL};
	json_t *due = json_array(), *overdue = json_array(), *rotating = json_array();
	int64_t now = clock_real_s(agent->clock);
	bool ok = locked || (view_keys_read(agent, &keys, err) &&
			     journal_each(agent->store, add_rotation, rotating, err));

	for (size_t i = 0; ok && i < keys.count; i++) {
		const struct access_key *key = &keys.at[i].key;
		struct view_age age = view_age(key, agent->settings.max_age_s, now);

		if (age.overdue)
			(void)json_array_append_new(overdue, json_string(key->name));
		else if (age.due)
			(void)json_array_append_new(due, json_string(key->name));
	}
	ok = ok &&
	     json_put(object, "keys", locked ? json_null() : json_integer((json_int_t)keys.count),
		      err) &&
	     json_put(object, "due", locked ? json_null() : json_incref(due), err) &&
	     json_put(object, "overdue", locked ? json_null() : json_incref(overdue), err) &&
	     json_put(object, "rotating", locked ? json_null() : json_incref(rotating), err);
	json_decref(due);
	json_decref(overdue);
	json_decref(rotating);
	view_keys_clear(&keys);
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
	       json_put(object, "refused", state_refused(agent->denials), err);
}

bool op_status(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {NULL};

	if (!json_only(request->args, keys, err))
		return false;
	*ok = json_object();
	return fill(request->agent, *ok, err);
}
