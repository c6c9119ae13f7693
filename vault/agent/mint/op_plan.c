/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/creds/session.h"
#include "vault/format/json.h"

#include <stdio.h>

/* One element: the origin (step NULL), or a step that makes a session. */
static json_t *plan_element(struct agent *agent, const struct plan_step *asked,
			    const struct session_steps *steps, const struct session_step *step,
			    struct error *err)
{
	const struct source *source = sources_find(agent->sources, asked->kind);
	const char *what = source->fields[0].name ? plan_value(asked, source->fields[0].name)
						  : NULL;
	json_t *object = json_object();
	int64_t until = 0;
	bool ok;

	if (step) {
		until = cache_until(agent->cache, step->digest, clock_real_s(agent->clock));
		if (!what && step->needs_code)
			what = steps->mfa_serial;
	}
	ok = json_put_text(object, "kind", asked->kind, err) &&
	     json_put_text(object, "what", what, err) &&
	     (!step || (json_put(object, "mfa", json_boolean(step->needs_code), err) &&
			json_put(object, "duration_s", json_integer(step->duration_s), err))) &&
	     json_put_time(object, "cached_until", until, err);
	if (ok)
		return object;
	json_decref(object);
	return NULL;
}

static bool plan_show(struct agent *agent, const struct plan *plan,
		      const struct session_steps *steps, json_t *list, struct error *err)
{
	/* An origin that makes a session is a step as well. */
	bool both = steps->at[0].asked == &plan->origin;
	json_t *element = both ? NULL : plan_element(agent, &plan->origin, steps, NULL, err);

	if (!both && (!element || json_array_append_new(list, element) != 0))
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < steps->count; i++) {
		element = plan_element(agent, steps->at[i].asked, steps, &steps->at[i], err);
		if (!element || json_array_append_new(list, element) != 0)
			return error_set(err, ERROR_MEMORY, "out of memory");
	}
	return true;
}

bool op_plan(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"profile", "plan", NULL};
	struct agent *agent = request->agent;
	struct origin origin;
	struct session_steps steps;
	struct plan plan;
	const char *profile;
	json_t *list;

	if (!json_only(request->args, keys, err) ||
	    !json_need_text(request->args, "profile", TEXT_NAME_MAX, &profile, err) ||
	    !text_check_name("profile", profile, err) ||
	    !plan_from_json(json_object_get(request->args, "plan"), &plan, err) ||
	    !session_open(agent->store, agent->sources, &plan, &origin, &steps, err))
		return false;
	*ok = json_object();
	list = json_array();
	return json_put_text(*ok, "profile", profile, err) && json_put(*ok, "steps", list, err) &&
	       plan_show(agent, &plan, &steps, list, err);
}
