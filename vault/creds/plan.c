/* SPDX-License-Identifier: MIT */
#include "vault/creds/plan.h"

#include <stdio.h>
#include <string.h>

enum { CHAINED_MAX = 3600 };

void plan_init(struct plan *plan, const char *key)
{
	memset(plan, 0, offsetof(struct plan, roles));
	plan->session = true;
	(void)snprintf(plan->key, sizeof(plan->key), "%s", key);
}

/* Copies a text member that `valid` accepts; absent and null leave out empty. */
static bool take(const json_t *object, const char *key, bool (*valid)(const char *), char *out,
		 size_t size, struct error *err)
{
	const char *text;

	if (!json_text(object, key, size - 1, &text, err))
		return false;
	if (!text)
		return true;
	if (!valid(text))
		return error_set(err, ERROR_PROTOCOL, "\"%s\" of the plan is not valid", key);
	(void)snprintf(out, size, "%s", text);
	return true;
}

bool plan_is_url_text(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p <= ' ' || *p > '~')
			return false;
	}
	return *text != '\0';
}

/* A host's name or address up to its port; NULL when it is none. */
static const char *after_host(const char *at)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t len;

	if (*at == '[') {
		len = strspn(at + 1, "0123456789abcdefABCDEF:.");
		return len > 1 && at[1 + len] == ']' ? at + 1 + len + 1 : NULL;
	}
	for (len = 0; at[len] && (strchr(letters, at[len]) || strchr(".-_", at[len]));)
		len++;
	return len > 0 ? at + len : NULL;
}

bool plan_is_proxy(const char *text)
{
	const char *at, *user;
	long port = 0;
	size_t digits;

	if (!plan_is_url_text(text))
		return false;
	if (strncmp(text, "http://", 7) == 0)
		at = text + 7;
	else if (strncmp(text, "https://", 8) == 0)
		at = text + 8;
	else
		return false;
	user = memchr(at, '@', strcspn(at, "/?#\\"));
	at = after_host(user ? user + 1 : at);
	if (!at || *at != ':')
		return false;
	digits = strspn(at + 1, "0123456789");
	for (size_t i = 1; i <= digits && i < 7; i++)
		port = port * 10 + (at[i] - '0');
	at += 1 + digits;
	return port > 0 && port < 65536 && digits < 7 && (*at == '\0' || strcmp(at, "/") == 0);
}

static bool role_from_json(const json_t *object, struct plan_role *role, struct error *err)
{
	static const char *const keys[] = {"profile",	   "role_arn",	 "external_id",
					   "session_name", "duration_s", NULL};

	memset(role, 0, sizeof(*role));
	if (!json_only(object, keys, err) ||
	    !take(object, "profile", text_is_name, role->profile, sizeof(role->profile), err) ||
	    !take(object, "role_arn", arn_is_role, role->role_arn, sizeof(role->role_arn), err) ||
	    !take(object, "external_id", arn_is_external_id, role->external_id,
		  sizeof(role->external_id), err) ||
	    !take(object, "session_name", arn_is_session_name, role->session_name,
		  sizeof(role->session_name), err) ||
	    !json_number(object, "duration_s", PLAN_DURATION_MIN, PLAN_ROLE_DURATION_MAX, 0,
			 &role->duration_s, err))
		return false;
	if (!role->profile[0] || !role->role_arn[0])
		return error_set(err, ERROR_PROTOCOL, "a role of the plan lacks its name or ARN");
	return true;
}

bool plan_from_json(const json_t *object, struct plan *plan, struct error *err)
{
	static const char *const keys[] = {"key",    "mfa_serial", "session", "duration_s", "roles",
					   "region", "endpoint",   "proxy",   NULL};
	const json_t *roles = json_object_get(object, "roles");

	memset(plan, 0, offsetof(struct plan, roles));
	if (!json_only(object, keys, err) ||
	    !take(object, "key", text_is_name, plan->key, sizeof(plan->key), err) ||
	    !take(object, "mfa_serial", arn_is_mfa_serial, plan->mfa_serial,
		  sizeof(plan->mfa_serial), err) ||
	    !json_flag(object, "session", &plan->session, err) ||
	    !json_number(object, "duration_s", PLAN_DURATION_MIN, PLAN_DURATION_MAX, 0,
			 &plan->duration_s, err) ||
	    !take(object, "region", arn_is_region, plan->region, sizeof(plan->region), err) ||
	    !take(object, "endpoint", plan_is_url_text, plan->endpoint, sizeof(plan->endpoint),
		  err) ||
	    !take(object, "proxy", plan_is_proxy, plan->proxy, sizeof(plan->proxy), err))
		return false;
	if (!plan->key[0])
		return error_set(err, ERROR_PROTOCOL, "the plan names no key");
	if (roles && (!json_is_array(roles) || json_array_size(roles) > PLAN_ROLES_MAX))
		return error_set(err, ERROR_PROTOCOL,
				 "the plan's roles are not a list of at most %d", PLAN_ROLES_MAX);
	for (size_t i = 0; i < json_array_size(roles); i++) {
		if (!role_from_json(json_array_get(roles, i), &plan->roles[i], err))
			return false;
		plan->roles_count = i + 1;
	}
	return plan_check(plan, err);
}

static bool put_optional(json_t *object, const char *key, const char *text, struct error *err)
{
	return json_put_text(object, key, text[0] ? text : NULL, err);
}

static bool put_duration(json_t *object, int64_t duration_s, struct error *err)
{
	return json_put(object, "duration_s", duration_s ? json_integer(duration_s) : json_null(),
			err);
}

static json_t *role_to_json(const struct plan_role *role, struct error *err)
{
	json_t *object = json_object();

	if (json_put_text(object, "profile", role->profile, err) &&
	    json_put_text(object, "role_arn", role->role_arn, err) &&
	    put_optional(object, "external_id", role->external_id, err) &&
	    put_optional(object, "session_name", role->session_name, err) &&
	    put_duration(object, role->duration_s, err))
		return object;
	json_decref(object);
	return NULL;
}

bool plan_to_json(const struct plan *plan, json_t **object, struct error *err)
{
	json_t *out = json_object(), *roles = json_array();
	bool ok = false;

	*object = NULL;
	for (size_t i = 0; i < plan->roles_count; i++) {
		json_t *role = role_to_json(&plan->roles[i], err);

		if (!role)
			goto out;
		if (json_array_append_new(roles, role) != 0) {
			error_set(err, ERROR_MEMORY, "out of memory");
			goto out;
		}
	}
	ok = json_put_text(out, "key", plan->key, err) &&
	     put_optional(out, "mfa_serial", plan->mfa_serial, err) &&
	     json_put(out, "session", json_boolean(plan->session), err) &&
	     put_duration(out, plan->duration_s, err) &&
	     json_put(out, "roles", json_incref(roles), err) &&
	     put_optional(out, "region", plan->region, err) &&
	     put_optional(out, "endpoint", plan->endpoint, err) &&
	     put_optional(out, "proxy", plan->proxy, err);
out:
	json_decref(roles);
	if (ok)
		*object = out;
	else
		json_decref(out);
	return ok;
}

bool plan_check(const struct plan *plan, struct error *err)
{
	if (!plan->session && plan->roles_count == 0) {
		error_set(err, ERROR_USAGE,
			  "without a session and without a role only the long-term key is left");
		error_detail(err, "Long-term keys do not leave the vault this way.");
		error_hint(err, "leave out --no-session, or name a profile with role_arn");
		return error_profile(err, plan->key);
	}
	if (plan->roles_count == 0)
		return true;
	if (plan->duration_s > PLAN_ROLE_DURATION_MAX) {
		error_set(err, ERROR_USAGE, "a role's credentials last 12 hours at the most");
		return error_profile(err, plan->roles[plan->roles_count - 1].profile);
	}
	/* A role assumed from a role: AWS refuses more than one hour, it does not clamp. */
	for (size_t i = 1; i < plan->roles_count; i++) {
		int64_t asked = plan->roles[i].duration_s;

		if (i + 1 == plan->roles_count && plan->duration_s)
			asked = plan->duration_s;
		if (asked <= CHAINED_MAX)
			continue;
		error_set(
		    err, ERROR_USAGE,
		    "a role assumed from another role lasts 1 hour at the most (AWS's limit)");
		error_hint(err, "-d 1h, or duration_seconds = 3600 in the profile");
		return error_profile(err, plan->roles[i].profile);
	}
	return true;
}
