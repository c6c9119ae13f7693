/* SPDX-License-Identifier: MIT */
#include "vault/creds/profile.h"

#include <stdio.h>
#include <string.h>

/* In which file and under which header a profile's lines stand; the first one has precedence. */
static const struct {
	enum ini_kind kind;
	bool credentials;
} homes[] = {{INI_CREDVAULT, false}, {INI_PROFILE, true}, {INI_SPACED, true}, {INI_PROFILE, false}};

enum { HOMES = sizeof(homes) / sizeof(homes[0]) };

const char *profile_value(const struct profile_files *files, const char *name, const char *key,
			  struct profile_line *where)
{
	struct profile_line at;

	for (size_t i = 0; i < HOMES; i++) {
		const char *found = ini_get(homes[i].credentials ? files->credentials
								 : files->config,
					    homes[i].kind, name, key, &at.line);

		if (!found || !found[0])
			continue;
		at.path = homes[i].credentials ? files->credentials_path : files->config_path;
		if (where)
			*where = at;
		return found;
	}
	return NULL;
}

bool profile_check_readable(const struct profile_files *files, const char *name, struct error *err)
{
	for (size_t i = 0; i < HOMES; i++) {
		const struct ini_problem *problem = ini_problem(
		    homes[i].credentials ? files->credentials : files->config, homes[i].kind, name);

		if (!problem)
			continue;
		ini_problem_tell(
		    problem, homes[i].credentials ? files->credentials_path : files->config_path,
		    err);
		return error_profile(err, name);
	}
	return true;
}

/* What a key's value is made of, as AWS has it. */
static const struct {
	const char *key, *rule;
} rules[] = {
    {"role_arn", "arn:aws:iam::123456789012:role/NAME is the form"},
    {"role_session_name", "2 to 64 of A-Z a-z 0-9 and _+=,.@-"},
    {"external_id", "2 to 1224 of A-Z a-z 0-9 and _+=,.@:/-"},
    {"duration_seconds", "900 to 43200"},
    {"mfa_serial", "arn:aws:iam::123456789012:mfa/NAME is the form, or a serial number"},
    {"region", "lower-case letters, digits and -, as us-east-1"},
};

static bool bad_value(const struct profile_line *where, const char *name, const char *key,
		      const char *value, struct error *err)
{
	const char *rule = NULL;
	char shown[128];

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(rules[i].key, key) == 0)
			rule = rules[i].rule;
	}
	text_escape_into(where->path, shown, sizeof(shown));
	error_set(err, ERROR_USAGE, "%s:%u: %s is not valid%s%s", shown, where->line, key,
		  rule ? ": " : "", rule ? rule : "");
	if (value && (value[0] == '"' || value[0] == '\''))
		error_detail(err, "The quotes are part of the value there: take them off.");
	return error_profile(err, name);
}

/* Where a profile is looked for. */
struct place {
	const struct profile_files *files;
	const char *name;
};

/* A checked value; *out is NULL where it is absent. Borrowed. */
static bool take(const struct place *at, const char *key, bool (*valid)(const char *),
		 const char **out, struct error *err)
{
	struct profile_line where;

	*out = profile_value(at->files, at->name, key, &where);
	return !*out || valid(*out) || bad_value(&where, at->name, key, *out, err);
}

/* Copies a checked value, where the config file has it. */
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

static bool take_duration(const struct place *at, int64_t *out, struct error *err)
{
	struct profile_line where;
	const char *text = profile_value(at->files, at->name, "duration_seconds", &where);
	uint64_t seconds;

	if (!text)
		return true;
	if (!text_parse_u64("duration_seconds", text, PLAN_DURATION_MIN, PLAN_ROLE_DURATION_MAX,
			    &seconds, err))
		return bad_value(&where, at->name, "duration_seconds", text, err);
	*out = (int64_t)seconds;
	return true;
}

/* Sources of credentials that other tools support and credvault does not. */
static bool refuse_foreign_source(const struct place *at, struct error *err)
{
	static const char *const keys[] = {"credential_source", "web_identity_token_file",
					   "sso_session", "sso_start_url", "login_session"};
	struct profile_line where;
	char shown[128];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!profile_value(at->files, at->name, keys[i], &where))
			continue;
		text_escape_into(where.path, shown, sizeof(shown));
		error_set(err, ERROR_USAGE, "%s:%u: credvault does not take credentials from %s",
			  shown, where.line, keys[i]);
		error_detail(err,
			     "It goes from a key in the vault over role_arn and source_profile.");
		return error_profile(err, at->name);
	}
	return true;
}

static bool refuse_circle(const struct profile_line *where, const char *const *chain, size_t count,
			  const char *again, struct error *err)
{
	char text[400] = "", shown[128];
	size_t used = 0;

	for (size_t i = 0; i < count && used < sizeof(text) - 1; i++) {
		int n = snprintf(text + used, sizeof(text) - used, "%s > ", chain[i]);

		used += n > 0 ? (size_t)n : 0;
	}
	text_escape_into(where->path, shown, sizeof(shown));
	error_set(err, ERROR_USAGE, "%s%s: a circle, %s:%u", used < sizeof(text) ? text : "", again,
		  shown, where->line);
	return error_profile(err, chain[0]);
}

/*
 * The role that a profile names, inserted before the roles found so far, which are assumed after
 * it.
 */
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
	return take_duration(at, &role->duration_s, err);
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
static bool next_source(const struct place *at, const char **source, struct profile_line *where,
			struct error *err)
{
	char shown[128];

	*source = NULL;
	if (!refuse_foreign_source(at, err))
		return false;
	if (!profile_value(at->files, at->name, "role_arn", where))
		return true;
	*source = profile_value(at->files, at->name, "source_profile", where);
	if (!*source) {
		text_escape_into(where->path, shown, sizeof(shown));
		error_set(err, ERROR_USAGE, "%s:%u: role_arn without source_profile", shown,
			  where->line);
		error_hint(err, "source_profile = NAME   (NAME as in: credvault list)");
		return error_profile(err, at->name);
	}
	return text_is_name(*source) || bad_value(where, at->name, "source_profile", *source, err);
}

bool profile_resolve(const struct profile_files *files, const char *name, struct profile *out,
		     struct error *err)
{
	const char *chain[PLAN_ROLES_MAX + 1];
	struct place at = {files, name};
	struct profile_line where;
	const char *source;
	size_t count = 0;

	out->mfa_process = NULL;
	plan_init(&out->plan, name);
	if (!profile_check_readable(files, name, err) ||
	    !copy(&at, "region", arn_is_region, out->plan.region, sizeof(out->plan.region), err))
		return false;
	for (;;) {
		const char *process = profile_value(files, at.name, "mfa_process", NULL);

		if (process)
			out->mfa_process = process;
		/* The code belongs to the key's user, so the value nearest to the key wins. */
		if (!copy(&at, "mfa_serial", arn_is_mfa_serial, out->plan.mfa_serial,
			  sizeof(out->plan.mfa_serial), err) ||
		    !next_source(&at, &source, &where, err))
			return false;
		if (!source)
			break;
		if (!take_role(&at, &out->plan, err))
			return false;
		/*
		 * A profile that names itself means the key of its name; only the first of a chain
		 * may.
		 */
		if (count == 0 && strcmp(source, at.name) == 0)
			break;
		chain[count++] = at.name;
		if (on_chain(chain, count, source))
			return refuse_circle(&where, chain, count, source, err);
		at.name = source;
		if (!profile_check_readable(files, source, err))
			return false;
	}
	out->plan.origin.fields[0].value = at.name;
	return plan_check(&out->plan, err);
}
