/* SPDX-License-Identifier: MIT */
#include "cli/profile/profile_list.h"

#include "cli/vault/agent_call.h"
#include "cli/profile/aws_config.h"
#include "cli/profile/credentials_request.h"
#include "vault/base/text.h"
#include "vault/format/arn.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_credentials.h"

#include <stdlib.h>
#include <string.h>

enum { FROM_MAX = 4096 };

struct profile_look {
	struct cli *cli;
	struct aws_config config;
	json_t *keys; /**< name -> its row; empty where the vault is locked */
	bool locked;
};

static bool profile_see_key(void *ctx, const json_t *row, struct error *err)
{
	struct profile_look *look = ctx;
	const char *name;

	return json_need_text(row, "name", TEXT_NAME_MAX, &name, err) &&
	       json_put(look->keys, name, json_deep_copy(row), err);
}

/* Reads the keys; where the vault or its keys are locked, columns stay empty. */
static bool profile_look_agent(struct profile_look *look, struct error *err)
{
	struct agent_watch watch = {.row = profile_see_key, .ctx = look};
	json_t *ok = NULL;
	bool done = agent_call_if_there(look->cli, "list", NULL, &watch, &look->locked, &ok, err);

	json_decref(ok);
	if (!done && err->code == ERROR_LOCKED) {
		*err = ERROR_INIT;
		look->locked = true;
		return true;
	}
	return done;
}

/* "prod > MFA > role 444455556666:terraform" */
static bool profile_describe(const struct profile_look *look, const struct plan *plan,
			     struct buf *out, struct error *err)
{
	const char *name = plan_value(&plan->origin, "name");
	const json_t *key = json_object_get(look->keys, name);
	const char *user = json_string_value(json_object_get(key, "user_name"));
	bool mfa = plan->mfa_serial[0] || json_is_string(json_object_get(key, "mfa_serial"));

	if (!buf_text_append(out, name, err) ||
	    (user &&
	     (!buf_text_append(out, " > user ", err) || !buf_text_append(out, user, err))) ||
	    (plan_count(plan, PLAN_SESSION) && mfa && !buf_text_append(out, " > MFA", err)) ||
	    (!look->locked && !key && !buf_text_append(out, " (not in the vault)", err)))
		return false;
	for (size_t i = 0; i < plan->steps_count; i++) {
		const char *role = plan_value(&plan->steps[i], "role_arn");
		const char *slash;
		struct arn arn;

		if (!role)
			continue;
		if (!arn_parse(role, &arn))
			return false;
		slash = strrchr(arn.resource, '/');
		if (!buf_printf(out, err, " > role %s:%s", arn.account,
				slash ? slash + 1 : arn.resource))
			return false;
	}
	return true;
}

/* The expiry of the plan's last session, where it exists already; else NULL. The caller's. */
static json_t *profile_made_until(struct profile_look *look, const char *profile,
				  const struct plan *plan)
{
	json_t *object = NULL, *ok = NULL, *until = NULL;
	const json_t *steps;
	struct error why;
	bool absent = false;

	if (look->locked || !plan_to_json(plan, &object, &why))
		return NULL;
	if (agent_call_if_there(look->cli, "plan",
				MESSAGE(msg_plan, (&(struct msg_credentials){
						      .profile = profile, .plan.value = object})),
				NULL, &absent, &ok, &why) &&
	    ok) {
		steps = json_object_get(ok, "steps");
		until = json_incref(json_object_get(
		    json_array_get(steps, json_array_size(steps) - 1), "cached_until"));
	}
	json_decref(ok);
	json_decref(object);
	return until;
}

static bool profile_put_plan(struct profile_look *look, const char *name, const struct plan *plan,
			     json_t *entry, struct error *err)
{
	struct buf from = BUF_INIT(FROM_MAX);
	json_t *roles = json_array(), *until = profile_made_until(look, name, plan);
	bool ok = roles != NULL;

	for (size_t i = 0; ok && i < plan->steps_count; i++) {
		const char *role = plan_value(&plan->steps[i], "role_arn");

		ok = !role || json_array_append_new(roles, json_string(role)) == 0;
	}
	ok = (ok || error_set(err, ERROR_MEMORY, "out of memory")) &&
	     profile_describe(look, plan, &from, err) &&
	     json_put_text(entry, "key", plan_value(&plan->origin, "name"), err) &&
	     json_put(entry, "roles", json_incref(roles), err) &&
	     json_put_text(entry, "from", buf_text(&from), err) &&
	     json_put(entry, "session_expires_at", until ? json_incref(until) : json_null(), err) &&
	     json_put_text(entry, "problem", NULL, err);
	json_decref(roles);
	json_decref(until);
	buf_clear(&from);
	return ok;
}

static bool profile_add(struct profile_look *look, const char *name, json_t *list,
			struct error *err)
{
	json_t *entry = json_object();
	struct profile profile;
	struct error why = ERROR_INIT;
	bool ok = json_put_text(entry, "profile", name, err);

	if (ok && credentials_request_profile(look->cli, &look->config, name, &profile, &why)) {
		ok = profile_put_plan(look, name, &profile.plan, entry, err);
		/* A profile that only other tools use has neither a role nor a key of the vault. */
		if (ok && plan_count(&profile.plan, PLAN_ROLE) == 0 &&
		    !json_object_get(look->keys, plan_value(&profile.plan.origin, "name"))) {
			json_decref(entry);
			return true;
		}
	} else if (ok) {
		ok = json_put_text(entry, "key", NULL, err) &&
		     json_put(entry, "roles", json_array(), err) &&
		     json_put_text(entry, "from", why.message, err) &&
		     json_put(entry, "session_expires_at", json_null(), err) &&
		     json_put_text(entry, "problem", why.message, err);
	}
	if (ok && json_array_append_new(list, json_incref(entry)) != 0)
		ok = error_set(err, ERROR_MEMORY, "out of memory");
	json_decref(entry);
	return ok;
}

static bool problem_put(const struct ini_problem *problem, const char *path, json_t *list,
			struct error *err)
{
	struct error why;

	ini_problem_tell(problem, path, &why);
	return json_array_append_new(list, json_string(why.message)) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

/* Collects the problems of a file that belong to no profile. */
static bool problems_gather(const struct ini *file, const char *path, json_t *list,
			    struct error *err)
{
	if (file->stray.what && !problem_put(&file->stray, path, list, err))
		return false;
	for (size_t i = 0; i < file->count; i++) {
		const struct ini_section *section = &file->sections[i];

		if (section->problem.what &&
		    (section->kind == INI_OTHER || section->kind == INI_SERVICES ||
		     section->kind == INI_SSO_SESSION) &&
		    !problem_put(&section->problem, path, list, err))
			return false;
	}
	return true;
}

bool profile_list_read(struct cli *cli, json_t **out, json_t **problems, struct error *err)
{
	struct profile_look look = {.cli = cli, .config = AWS_CONFIG_EMPTY, .keys = json_object()};
	const struct aws_config *config = &look.config;
	const char **names = NULL;
	size_t count = 0;
	bool ok;

	*out = json_array();
	*problems = json_array();
	ok = aws_config_read(&look.config, err) && profile_look_agent(&look, err) &&
	     aws_config_names(config, &names, &count, err) &&
	     problems_gather(&config->ini, config->path, *problems, err) &&
	     problems_gather(&config->credentials, config->credentials_path, *problems, err);
	for (size_t i = 0; ok && i < count; i++)
		ok = profile_add(&look, names[i], *out, err);
	free(names);
	json_decref(look.keys);
	aws_config_clear(&look.config);
	if (!ok) {
		json_decref(*out);
		json_decref(*problems);
		*out = *problems = NULL;
	}
	return ok;
}
