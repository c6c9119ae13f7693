/* SPDX-License-Identifier: MIT */
#include "vault/creds/profile.h"

#include <stdio.h>
#include <string.h>

/* A profile's value: its [credvault NAME] section speaks before [profile NAME]. */
static const char *value(const struct ini *config, const char *name, const char *key,
			 unsigned int *line)
{
	const char *found = ini_get(config, INI_CREDVAULT, name, key, line);

	if (!found || !found[0])
		found = ini_get(config, INI_PROFILE, name, key, line);
	return found && found[0] ? found : NULL;
}

static bool bad_value(const char *path, unsigned int line, const char *name, const char *key,
		      struct error *err)
{
	char shown[128];

	text_escape_into(path, shown, sizeof(shown));
	error_set(err, ERROR_USAGE, "%s:%u: %s is not valid", shown, line, key);
	return error_profile(err, name);
}

/* Where a profile is looked for. */
struct place {
	const struct ini *config;
	const char *path;
	const char *name;
};

/* A checked value; *out is NULL where it is absent. Borrowed. */
static bool take(const struct place *at, const char *key, bool (*valid)(const char *),
		 const char **out, struct error *err)
{
	unsigned int line = 0;

	*out = value(at->config, at->name, key, &line);
	return !*out || valid(*out) || bad_value(at->path, line, at->name, key, err);
}

/* The same, copied, where the config file has it. */
static bool copy(const struct place *at, const char *key, bool (*valid)(const char *), char *out,
		 size_t size, struct error *err)
{
	const char *text;

	if (!take(at, key, valid, &text, err))
		return false;
	if (text)
		(void)snprintf(out, size, "%s", text);
	return true;
}

static bool take_duration(const struct ini *config, const char *path, const char *name,
			  int64_t *out, struct error *err)
{
	unsigned int line = 0;
	const char *text = value(config, name, "duration_seconds", &line);
	uint64_t seconds;

	if (!text)
		return true;
	if (!text_parse_u64("duration_seconds", text, PLAN_DURATION_MIN, PLAN_ROLE_DURATION_MAX,
			    &seconds, err))
		return bad_value(path, line, name, "duration_seconds (900 to 43200)", err);
	*out = (int64_t)seconds;
	return true;
}

/* Sources of credentials that other tools read and we do not. */
static bool refuse_foreign_source(const struct ini *config, const char *path, const char *name,
				  struct error *err)
{
	static const char *const keys[] = {"credential_source", "web_identity_token_file",
					   "sso_session", "sso_start_url", "login_session"};
	unsigned int line = 0;
	char shown[128];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!value(config, name, keys[i], &line))
			continue;
		text_escape_into(path, shown, sizeof(shown));
		error_set(err, ERROR_USAGE, "%s:%u: credvault does not take credentials from %s",
			  shown, line, keys[i]);
		error_detail(err,
			     "It goes from a key in the vault over role_arn and source_profile.");
		return error_profile(err, name);
	}
	return true;
}

static bool refuse_circle(const char *path, unsigned int line, const char *const *chain,
			  size_t count, const char *again, struct error *err)
{
	char text[400] = "", shown[128];
	size_t used = 0;

	for (size_t i = 0; i < count && used < sizeof(text) - 1; i++) {
		int n = snprintf(text + used, sizeof(text) - used, "%s > ", chain[i]);

		used += n > 0 ? (size_t)n : 0;
	}
	text_escape_into(path, shown, sizeof(shown));
	error_set(err, ERROR_USAGE, "%s%s: a circle, %s:%u", used < sizeof(text) ? text : "", again,
		  shown, line);
	return error_profile(err, chain[0]);
}

/* The role that a profile names, put before those found so far, which are assumed after it. */
static bool take_role(const struct place *at, struct plan *plan, struct error *err)
{
	static const struct {
		const char *key, *field;
		bool (*valid)(const char *);
	} texts[] = {{"role_arn", "role_arn", arn_is_role},
		     {"external_id", "external_id", arn_is_external_id},
		     {"role_session_name", "session_name", arn_is_session_name}};
	struct plan_step *role = plan_count(plan, PLAN_ROLE) < PLAN_ROLES_MAX
				     ? plan_insert(plan, plan_count(plan, PLAN_SESSION), PLAN_ROLE)
				     : NULL;

	if (!role) {
		error_set(err, ERROR_USAGE, "more than %d roles in a chain", PLAN_ROLES_MAX);
		return error_profile(err, at->name);
	}
	role->profile = at->name;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *text;

		if (!take(at, texts[i].key, texts[i].valid, &text, err))
			return false;
		plan_set(role, texts[i].field, text);
	}
	return take_duration(at->config, at->path, at->name, &role->duration_s, err);
}

/* Whether name stands on the chain already. */
static bool on_chain(const char *const *chain, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(chain[i], name) == 0)
			return true;
	}
	return false;
}

/* A section without role_arn, or with role_arn and nothing to assume it from, ends the chain. */
static bool next_source(const struct ini *config, const char *path, const char *name,
			const char **source, unsigned int *line, struct error *err)
{
	char shown[128];

	*source = NULL;
	if (!refuse_foreign_source(config, path, name, err))
		return false;
	if (!value(config, name, "role_arn", line))
		return true;
	*source = value(config, name, "source_profile", line);
	if (!*source) {
		text_escape_into(path, shown, sizeof(shown));
		error_set(err, ERROR_USAGE, "%s:%u: role_arn without source_profile", shown, *line);
		error_hint(err, "source_profile = NAME   (NAME as in: credvault list)");
		return error_profile(err, name);
	}
	if (!text_is_name(*source))
		return bad_value(path, *line, name, "source_profile", err);
	return true;
}

bool profile_resolve(const struct ini *config, const char *path, const char *name,
		     struct profile *out, struct error *err)
{
	const char *chain[PLAN_ROLES_MAX + 1];
	struct place at = {config, path, name};
	const char *source;
	size_t count = 0;
	unsigned int line = 0;

	out->mfa_process = NULL;
	plan_init(&out->plan, name);
	if (!copy(&at, "region", arn_is_region, out->plan.region, sizeof(out->plan.region), err))
		return false;
	for (;;) {
		const char *process = value(config, at.name, "mfa_process", NULL);

		if (process)
			out->mfa_process = process;
		/* The code belongs to the key's user, so what stands nearest to the key wins. */
		if (!copy(&at, "mfa_serial", arn_is_mfa_serial, out->plan.mfa_serial,
			  sizeof(out->plan.mfa_serial), err) ||
		    !next_source(config, path, at.name, &source, &line, err))
			return false;
		if (!source)
			break;
		if (!take_role(&at, &out->plan, err))
			return false;
		/* Naming itself means its own key, and only the first of a chain may do so. */
		if (count == 0 && strcmp(source, at.name) == 0)
			break;
		chain[count++] = at.name;
		if (on_chain(chain, count, source))
			return refuse_circle(path, line, chain, count, source, err);
		at.name = source;
	}
	out->plan.origin.fields[0].value = at.name;
	return plan_check(&out->plan, err);
}
