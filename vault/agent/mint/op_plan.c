/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/creds/session.h"
#include "vault/wire/tables/msg_credentials.h"

_Static_assert(SESSION_STEPS_MAX + 1 <= MSG_PLAN_STEPS_MAX, "all steps are shown");

/* One element: the origin (step NULL), or a step that makes a session. */
static struct msg_plan_step plan_element(struct agent *agent, const struct plan_step *asked,
					 const struct session_steps *steps,
					 const struct session_step *step)
{
	const struct source *source = sources_find(agent->sources, asked->kind);
	struct msg_plan_step element = {.kind = asked->kind, .is_made = step};

	if (source->fields[0].name)
		element.what = plan_value(asked, source->fields[0].name);
	if (!step)
		return element;
	if (!element.what && step->needs_code)
		element.what = steps->mfa_serial;
	element.mfa = step->needs_code;
	element.duration_s = step->duration_s;
	element.session_name = plan_value(asked, "session_name");
	element.external_id = plan_value(asked, "external_id");
	element.session_tags = plan_value(asked, "session_tags");
	element.transitive_session_tags = plan_value(asked, "transitive_session_tags");
	element.source_identity = plan_value(asked, "source_identity");
	element.cached_until = cache_until(agent->cache, step->digest,
					   skews_now(agent->skews, agent->clock));
	return element;
}

static void plan_show(struct agent *agent, const struct plan *plan,
		      const struct session_steps *steps, struct msg_plan_steps *out)
{
	/* An origin that makes a session is a step as well. */
	if (steps->at[0].asked != &plan->origin)
		out->steps[out->count++] = plan_element(agent, &plan->origin, steps, NULL);
	for (size_t i = 0; i < steps->count; i++)
		out->steps[out->count++] = plan_element(agent, steps->at[i].asked, steps,
							&steps->at[i]);
}

bool op_plan(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	struct msg_credentials args = {.profile = NULL};
	struct msg_plan_steps answer = {.count = 0};
	struct origin origin;
	struct session_steps steps;
	struct plan plan;

	if (!fields_read(&msg_plan, request->args, &args, err) ||
	    !plan_from_json(args.plan.value, &plan, err) ||
	    !session_open(agent->store, agent->sources, &plan, &origin, &steps, err))
		return false;
	answer.profile = args.profile;
	answer.endpoint = steps.endpoint.url;
	answer.region = session_region(&plan, &origin);
	plan_show(agent, &plan, &steps, &answer);
	return request_answer(request, MESSAGE(msg_plan_steps, &answer), err);
}
