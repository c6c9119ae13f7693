/* SPDX-License-Identifier: MIT */
#include "vault/creds/source.h"

#include <stdio.h>
#include <string.h>

const struct source *sources_find(const struct sources *sources, const char *kind)
{
	for (size_t i = 0; i < sources->count; i++) {
		if (strcmp(sources->rows[i]->kind, kind) == 0)
			return sources->rows[i];
	}
	return NULL;
}

static const struct source_field *field_of(const struct source *source, const char *name)
{
	const struct source_field *field = source->fields;

	while (field->name && strcmp(field->name, name) != 0)
		field++;
	return field->name ? field : NULL;
}

static bool check_step(const struct source *source, const struct plan_step *step, bool origin,
		       struct error *err)
{
	if (!source || (source->open != NULL) != origin)
		return error_set(err, ERROR_PROTOCOL, "the agent knows no such step of a plan");
	for (size_t i = 0; i < step->fields_count; i++) {
		const struct source_field *field = field_of(source, step->fields[i].name);
		const char *value = step->fields[i].value;

		if (!field)
			return error_set(err, ERROR_PROTOCOL, "%s in a plan has an unknown member",
					 source->kind);
		if (!field->valid(value))
			return error_set(err, ERROR_PROTOCOL, "\"%s\" of the plan is not valid",
					 field->name);
	}
	for (const struct source_field *field = source->fields; field->name; field++) {
		if (field->needed && !plan_value(step, field->name))
			return error_set(err, ERROR_PROTOCOL, "the plan's %s lacks its %s",
					 source->kind, field->name);
	}
	return true;
}

bool sources_check_plan(const struct sources *sources, const struct plan *plan, struct error *err)
{
	if (!check_step(sources_find(sources, plan->origin.kind), &plan->origin, true, err))
		return false;
	for (size_t i = 0; i < plan->steps_count; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (!check_step(sources_find(sources, step->kind), step, false, err))
			return false;
	}
	return true;
}

bool source_session_signer(const struct session_record *session, struct credentials *signer,
			   struct error *err)
{
	credentials_clear(signer);
	(void)snprintf(signer->access_key_id, sizeof(signer->access_key_id), "%s",
		       session->access_key_id);
	(void)snprintf(signer->account_id, sizeof(signer->account_id), "%s", session->account_id);
	signer->expires_at = session->expires_at;
	if (secret_set(&signer->secret_access_key, session->secret.data, session->secret.len,
		       err) &&
	    buf_append(&signer->session_token, session->token.data, session->token.len, err))
		return true;
	credentials_clear(signer);
	return false;
}

bool source_fill(const struct source_call *call, const struct credentials *got,
		 struct session_record *out, struct error *err)
{
	const struct origin *origin = call->origin;

	session_record_clear(out);
	memcpy(out->step, call->step->digest, sizeof(out->step));
	session_record_name(out->step, out->name);
	/* A key's kind is left out: the first sessions, all of keys, had none. */
	if (strcmp(origin->source->kind, PLAN_KEY) != 0)
		(void)snprintf(out->origin_kind, sizeof(out->origin_kind), "%s",
			       origin->source->kind);
	(void)snprintf(out->origin_name, sizeof(out->origin_name), "%s", origin->name);
	(void)snprintf(out->access_key_id, sizeof(out->access_key_id), "%s", got->access_key_id);
	(void)snprintf(out->account_id, sizeof(out->account_id), "%s",
		       got->account_id[0] ? got->account_id : origin->account_id);
	out->expires_at = got->expires_at;
	out->minted_at = clock_real_s(call->aws->clock);
	out->mfa = call->step->mfa;
	if (secret_set(&out->secret, got->secret_access_key.data, got->secret_access_key.len,
		       err) &&
	    buf_append(&out->token, got->session_token.data, got->session_token.len, err))
		return true;
	session_record_clear(out);
	return false;
}
