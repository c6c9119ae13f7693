/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/creds/session.h"
#include "vault/creds/source_key.h"
#include "vault/format/json.h"

#include <stdio.h>

static json_t *show_step(struct agent *agent, const struct session_steps *steps, size_t i,
			 struct error *err)
{
	const struct session_step *step = &steps->at[i];
	int64_t until = cache_until(agent->cache, step->digest, clock_real_s(agent->clock));
	json_t *object = json_object();

	if (json_put_text(object, "kind", step->role ? "role" : "session", err) &&
	    json_put_text(object, "what",
			  step->role	     ? step->role->role_arn
			  : step->needs_code ? steps->mfa_serial
					     : NULL,
			  err) &&
	    json_put(object, "mfa", json_boolean(step->needs_code), err) &&
	    json_put(object, "duration_s", json_integer(step->duration_s), err) &&
	    json_put_time(object, "cached_until", until, err))
		return object;
	json_decref(object);
	return NULL;
}

static bool show(struct agent *agent, const char *profile, const struct access_key *key,
		 const struct session_steps *steps, json_t *ok, struct error *err)
{
	json_t *array = json_array(), *first = json_object();

	if (!json_put_text(ok, "profile", profile, err) || !json_put(ok, "steps", array, err))
		return false;
	if (!json_put_text(first, "kind", "key", err) ||
	    !json_put_text(first, "what", key->name, err) ||
	    !json_put(first, "cached_until", json_null(), err)) {
		json_decref(first);
		return false;
	}
	if (json_array_append_new(array, first) != 0)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < steps->count; i++) {
		json_t *step = show_step(agent, steps, i, err);

		if (!step || json_array_append_new(array, step) != 0)
			return error_set(err, ERROR_MEMORY, "out of memory");
	}
	return true;
}

bool op_plan(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"profile", "plan", NULL};
	struct access_key key;
	struct record_id row;
	struct session_steps steps;
	struct plan plan;
	const char *profile;
	bool done;

	access_key_init(&key);
	done = json_only(request->args, keys, err) &&
	       json_need_text(request->args, "profile", TEXT_NAME_MAX, &profile, err) &&
	       text_check_name("profile", profile, err) &&
	       plan_from_json(json_object_get(request->args, "plan"), &plan, err) &&
	       source_key(request->agent->store, plan.key, &key, &row, err) &&
	       session_steps(&plan, &key, &row, &steps, err);
	if (done) {
		*ok = json_object();
		done = show(request->agent, profile, &key, &steps, *ok, err);
	}
	access_key_clear(&key);
	return done;
}
