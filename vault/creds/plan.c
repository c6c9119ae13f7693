/* SPDX-License-Identifier: MIT */
#include "vault/creds/plan.h"

#include "vault/format/fields.h"

#include <stdio.h>
#include <string.h>

void plan_init(struct plan *plan, const char *key)
{
	memset(plan, 0, offsetof(struct plan, steps));
	plan->origin.kind = PLAN_KEY;
	plan_set(&plan->origin, "name", key);
	(void)plan_insert(plan, 0, PLAN_SESSION);
}

static bool plan_is(const struct plan_step *step, const char *kind)
{
	return strcmp(step->kind, kind) == 0;
}

const char *plan_value(const struct plan_step *step, const char *name)
{
	for (size_t i = 0; i < step->fields_count; i++) {
		if (strcmp(step->fields[i].name, name) == 0)
			return step->fields[i].value;
	}
	return NULL;
}

void plan_set(struct plan_step *step, const char *name, const char *value)
{
	if (value && *value)
		step->fields[step->fields_count++] = (struct plan_field){name, value};
}

struct plan_step *plan_insert(struct plan *plan, size_t i, const char *kind)
{
	struct plan_step *step = &plan->steps[i];

	if (plan->steps_count == PLAN_STEPS_MAX)
		return NULL;
	memmove(step + 1, step, (plan->steps_count - i) * sizeof(*step));
	*step = (struct plan_step){.kind = kind};
	plan->steps_count++;
	return step;
}

void plan_leave_out(struct plan *plan, const char *kind)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->steps_count; i++) {
		if (!plan_is(&plan->steps[i], kind))
			plan->steps[kept++] = plan->steps[i];
	}
	plan->steps_count = kept;
}

size_t plan_count(const struct plan *plan, const char *kind)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->steps_count; i++)
		count += plan_is(&plan->steps[i], kind);
	return count;
}

/* Printable ASCII without space, not empty; what a URL may mean is checked where it is used. */
static bool plan_is_url_text(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p <= ' ' || *p > '~')
			return false;
	}
	return *text != '\0';
}

/* A host's name or address up to what follows it; NULL when the text is neither. */
static const char *after_host(const char *at)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	size_t len;

	if (*at == '[') {
		len = strspn(at + 1, "0123456789abcdefABCDEF:.");
		return len > 1 && at[1 + len] == ']' ? at + 1 + len + 1 : NULL;
	}
	len = strspn(at, letters);
	return len > 0 ? at + len : NULL;
}

bool plan_is_proxy(const char *text)
{
	const char *at = text, *user;
	long port = 0;
	size_t digits;

	if (!plan_is_url_text(text))
		return false;
	if (strncmp(text, "http://", 7) == 0)
		at = text + 7;
	else if (strncmp(text, "https://", 8) == 0)
		at = text + 8;
	user = memchr(at, '@', strcspn(at, "/?#\\"));
	at = after_host(user ? user + 1 : at);
	if (at && *at == ':') {
		digits = strspn(at + 1, "0123456789");
		for (size_t i = 1; i <= digits && i < 7; i++)
			port = port * 10 + (at[i] - '0');
		if (port <= 0 || port >= 65536 || digits >= 7)
			return false;
		at += 1 + digits;
	}
	return at && (*at == '\0' || strcmp(at, "/") == 0);
}

static bool is_no_proxy(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p < ' ' || *p > '~')
			return false;
	}
	return true;
}

bool plan_proxy_from_json(const json_t *object, struct http_proxy *proxy, struct error *err)
{
	if (!json_text(object, "proxy", PLAN_URL_MAX, &proxy->url, err) ||
	    !json_text(object, "no_proxy", PLAN_NO_PROXY_MAX, &proxy->except, err))
		return false;
	if (proxy->url && !plan_is_proxy(proxy->url))
		return error_set(err, ERROR_PROTOCOL, "\"proxy\" is not valid");
	if (proxy->except && !is_no_proxy(proxy->except))
		return error_set(err, ERROR_PROTOCOL, "\"no_proxy\" is not valid");
	return true;
}

/* A step, or the origin; its source knows its fields. */
static bool step_from_json(const json_t *object, struct plan_step *step, struct error *err)
{
	const char *name;
	json_t *value;

	*step = (struct plan_step){.kind = NULL};
	if (!json_need_text(object, "kind", PLAN_KIND_MAX, &step->kind, err) ||
	    !json_text(object, "profile", TEXT_NAME_MAX, &step->profile, err) ||
	    !json_number(object, "duration_s", PLAN_DURATION_MIN, PLAN_DURATION_MAX, 0,
			 &step->duration_s, err))
		return false;
	if (step->profile && !text_is_name(step->profile))
		return error_set(err, ERROR_PROTOCOL, "a step of the plan is of no profile");
	json_object_foreach((json_t *)object, name, value)
	{
		const char *text;

		if (strcmp(name, "kind") == 0 || strcmp(name, "profile") == 0 ||
		    strcmp(name, "duration_s") == 0 || json_is_null(value))
			continue;
		if (step->fields_count == PLAN_FIELDS_MAX)
			return error_set(err, ERROR_PROTOCOL,
					 "a step of the plan has too many members");
		if (!json_need_text(object, name, PLAN_VALUE_MAX, &text, err))
			return false;
		plan_set(step, name, text);
	}
	return true;
}

/* A plan on the wire: the sources check its steps. */
struct plan_message {
	struct field_raw origin, steps;
	struct plan plan;
};

#define P struct plan_message
static const struct field plan_fields[] = {
    FIELD("origin", RAW, NEEDED, P, origin),
    FIELD("steps", RAW, NULLABLE, P, steps),
    FIELD("mfa_serial", CHARS, NULLABLE, P, plan.mfa_serial, .valid = arn_is_mfa_serial),
    FIELD("duration_s", NUMBER, NULLABLE, P, plan.duration_s,
	  FIELD_RANGE(PLAN_DURATION_MIN, PLAN_DURATION_MAX)),
    FIELD("region", CHARS, NULLABLE, P, plan.region, .valid = arn_is_region),
    FIELD("endpoint", CHARS, NULLABLE, P, plan.endpoint, .valid = plan_is_url_text),
    FIELD("fips", FLAG, OPTIONAL, P, plan.variant.fips),
    FIELD("dual_stack", FLAG, OPTIONAL, P, plan.variant.dual_stack),
    FIELD("global_sts", FLAG, OPTIONAL, P, plan.variant.global),
    FIELD("proxy", TEXT, NULLABLE, P, plan.proxy.url, .max = PLAN_URL_MAX, .valid = plan_is_proxy),
    FIELD("no_proxy", TEXT, NULLABLE, P, plan.proxy.except, .max = PLAN_NO_PROXY_MAX,
	  .valid = is_no_proxy),
};
static const struct fields plan_table = FIELDS(plan_fields);

bool plan_from_json(const json_t *object, struct plan *plan, struct error *err)
{
	struct plan_message message = {.origin = {NULL}};
	const json_t *steps;

	if (!fields_read(&plan_table, object, &message, err) ||
	    !step_from_json(message.origin.value, &message.plan.origin, err))
		return false;
	steps = message.steps.value;
	*plan = message.plan;
	if (steps && (!json_is_array(steps) || json_array_size(steps) > PLAN_STEPS_MAX))
		return error_set(err, ERROR_PROTOCOL,
				 "the plan's steps are not a list of at most %d", PLAN_STEPS_MAX);
	for (size_t i = 0; i < json_array_size(steps); i++) {
		if (!step_from_json(json_array_get(steps, i), &plan->steps[i], err))
			return false;
		plan->steps_count = i + 1;
	}
	return plan_check(plan, err);
}

static json_t *step_to_json(const struct plan_step *step, struct error *err)
{
	json_t *object = json_object();
	bool ok = json_put_text(object, "kind", step->kind, err) &&
		  (!step->profile || json_put_text(object, "profile", step->profile, err));

	for (size_t i = 0; ok && i < step->fields_count; i++)
		ok = json_put_text(object, step->fields[i].name, step->fields[i].value, err);
	if (ok && (!step->duration_s ||
		   json_put(object, "duration_s", json_integer(step->duration_s), err)))
		return object;
	json_decref(object);
	return NULL;
}

bool plan_to_json(const struct plan *plan, json_t **object, struct error *err)
{
	json_t *steps = json_array(), *origin = step_to_json(&plan->origin, err);
	struct plan_message message = {.origin.value = origin, .steps.value = steps, .plan = *plan};
	bool ok = origin != NULL;

	*object = NULL;
	for (size_t i = 0; ok && i < plan->steps_count; i++) {
		json_t *step = step_to_json(&plan->steps[i], err);

		ok = step && (json_array_append_new(steps, step) == 0 ||
			      error_set(err, ERROR_MEMORY, "out of memory"));
	}
	ok = ok && fields_to_json(&plan_table, &message, object, err);
	json_decref(origin);
	json_decref(steps);
	return ok;
}

int64_t plan_duration_s(const struct plan *plan, size_t i)
{
	return i + 1 == plan->steps_count && plan->duration_s ? plan->duration_s
							      : plan->steps[i].duration_s;
}

bool plan_is_bypassed(const struct plan *plan, size_t i)
{
	return plan_is(&plan->steps[i], PLAN_SESSION) && i + 1 < plan->steps_count &&
	       plan_is(&plan->steps[i + 1], PLAN_ROLE) &&
	       plan_duration_s(plan, i + 1) > PLAN_CHAINED_DURATION_MAX;
}

bool plan_check(const struct plan *plan, struct error *err)
{
	bool role_before = false;

	if (plan_is(&plan->origin, PLAN_KEY) && plan->steps_count == 0) {
		error_set(err, ERROR_USAGE,
			  "without a session and without a role only the long-term key is left");
		error_detail(err, "Long-term keys do not leave the vault this way.");
		error_hint(err, "leave out --no-session, or name a profile with role_arn");
		return error_profile(err, plan_value(&plan->origin, "name"));
	}
	for (size_t i = 0; i < plan->steps_count; i++) {
		const struct plan_step *step = &plan->steps[i];
		int64_t asked = plan_duration_s(plan, i);

		if (!plan_is(step, PLAN_ROLE))
			continue;
		if (asked > PLAN_ROLE_DURATION_MAX) {
			error_set(err, ERROR_USAGE,
				  "a role's credentials last 12 hours at the most");
			return error_profile(err, step->profile);
		}
		/* A role assumed from a role: AWS refuses more than one hour, it does not clamp. */
		if (role_before && asked > PLAN_CHAINED_DURATION_MAX) {
			error_set(err, ERROR_USAGE,
				  "a role assumed from another role lasts 1 hour at the most "
				  "(AWS's limit)");
			error_hint(err, "-d 1h, or duration_seconds = 3600 in the profile");
			return error_profile(err, step->profile);
		}
		role_before = true;
	}
	return true;
}
