/* SPDX-License-Identifier: MIT */
#include "vault/creds/profile.h"

#include "vault/base/text.h"
#include "vault/creds/foreign_source.h"
#include "vault/format/session_tags.h"

#include <stdio.h>
#include <string.h>

/* What a key's value is made of, as AWS has it. */
static const struct {
	const char *key, *rule;
} rules[] = {
    {"role_arn", "arn:aws:iam::123456789012:role/NAME is the form"},
    {"role_session_name", "2 to 64 of A-Z a-z 0-9 and _+=,.@-"},
    {"external_id", "2 to 1224 of A-Z a-z 0-9 and _+=,.@:/-"},
    {"duration_seconds", "900 to 43200"},
    {"session_tags", "KEY=VALUE, parted by commas"},
    {"transitive_session_tags", "the keys of tags, parted by commas"},
    {"source_identity", "2 to 64 of A-Z a-z 0-9 and _+=,.@-"},
    {"mfa_serial", "arn:aws:iam::123456789012:mfa/NAME is the form, or a serial number"},
    {"region", "lower-case letters, digits and -, as us-east-1"},
};

static bool bad_value(const struct profile_line *where, const char *name, const char *key,
		      const char *value, struct error *err)
{
	const char *rule = NULL;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(rules[i].key, key) == 0)
			rule = rules[i].rule;
	}
	profile_line_tell(where, err, ERROR_USAGE, "%s is not valid%s%s", key, rule ? ": " : "",
			  rule ? rule : "");
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

static bool refuse_circle(const struct profile_line *where, const char *const *chain, size_t count,
			  const char *again, struct error *err)
{
	char text[400] = "", shown[128];

	for (size_t i = 0; i < count; i++)
		text_append(text, sizeof(text), "%s > ", chain[i]);
	text_escape_into(where->path, shown, sizeof(shown));
	error_set(err, ERROR_USAGE, "%s%s: a circle, %s:%u", text, again, shown, where->line);
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
		     {"role_session_name", "session_name", arn_is_session_name},
		     {"session_tags", "session_tags", session_tags_are_valid},
		     {"transitive_session_tags", "transitive_session_tags", session_tags_are_keys},
		     {"source_identity", "source_identity", arn_is_session_name}};
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

/*
 * Whether a later profile's own key ends the chain: its lines in a file come before its role, for
 * every tool.
 */
static bool has_own_key(const struct place *at, bool *has, struct error *err)
{
	struct profile_line id, secret;
	bool has_id = profile_value(at->files, at->name, "aws_access_key_id", &id);
	bool has_secret = profile_value(at->files, at->name, "aws_secret_access_key", &secret);

	*has = has_id && has_secret;
	if (has_id == has_secret)
		return true;
	profile_line_tell(has_id ? &id : &secret, err, ERROR_USAGE, "%s without %s",
			  has_id ? "aws_access_key_id" : "aws_secret_access_key",
			  has_id ? "aws_secret_access_key" : "aws_access_key_id");
	error_detail(err, "Tools take the key of this profile before its role_arn, so one of the "
			  "two is a mistake.");
	return error_profile(err, at->name);
}

/*
 * The profile that a role is assumed from, *source. A profile without role_arn, or a later one with
 * a key of its own, ends the chain: NULL.
 */
static bool next_source(const struct place *at, bool first, const char **source,
			struct profile_line *where, struct error *err)
{
	struct profile_line other;
	const char *role = profile_value(at->files, at->name, "role_arn", where);
	const char *from = profile_value(at->files, at->name, "source_profile", &other);
	bool ends = !role;

	*source = NULL;
	if (role && !first && !has_own_key(at, &ends, err))
		return false;
	if (role && ends)
		return true;
	if (role && from && profile_value(at->files, at->name, "credential_source", where)) {
		profile_line_tell(where, err, ERROR_USAGE,
				  "credential_source beside source_profile (line %u)", other.line);
		error_detail(err, "A role is assumed from one of them.");
		return error_profile(err, at->name);
	}
	if ((!role || !from ||
	     profile_value(at->files, at->name, "web_identity_token_file", NULL)) &&
	    !foreign_source_check(at->files, at->name, err))
		return false;
	if (!role)
		return true;
	if (!from) {
		profile_line_tell(where, err, ERROR_USAGE, "role_arn without source_profile");
		error_hint(err, "source_profile = NAME   (NAME as in: credvault list)");
		return error_profile(err, at->name);
	}
	*where = other;
	*source = from;
	return text_is_name(from) || bad_value(where, at->name, "source_profile", from, err);
}

/* Goes from the profile to the key, and puts the roles on the way into the plan. */
static bool follow(struct place *at, struct profile *out, struct error *err)
{
	const char *chain[PLAN_ROLES_MAX + 1], *source;
	struct plan *plan = &out->plan;
	struct profile_line where;
	size_t count = 0;

	for (;;) {
		const char *process = profile_value(at->files, at->name, "mfa_process", NULL);

		if (process)
			out->mfa_process = process;
		/* The code belongs to the key's user, so the value nearest to the key wins. */
		if (!profile_check_readable(at->files, at->name, err) ||
		    !copy(at, "mfa_serial", arn_is_mfa_serial, plan->mfa_serial,
			  sizeof(plan->mfa_serial), err) ||
		    (!plan->region[0] &&
		     !copy(at, "region", arn_is_region, plan->region, sizeof(plan->region), err)) ||
		    !next_source(at, count == 0, &source, &where, err))
			return false;
		if (!source)
			return true;
		if (!take_role(at, plan, err))
			return false;
		/*
		 * A profile that names itself means the key of its name; only the first of a chain
		 * may.
		 */
		if (count == 0 && strcmp(source, at->name) == 0)
			return true;
		chain[count++] = at->name;
		if (on_chain(chain, count, source))
			return refuse_circle(&where, chain, count, source, err);
		out->source = where;
		at->name = source;
	}
}

bool profile_resolve(const struct profile_files *files, const char *name, struct profile *out,
		     struct error *err)
{
	struct place at = {files, name};

	out->mfa_process = NULL;
	out->source = out->plain = (struct profile_line){NULL, 0};
	plan_init(&out->plan, name);
	if (!follow(&at, out, err))
		return false;
	out->plan.origin.fields[0].value = at.name;
	out->process = foreign_source_process(files, at.name);
	if (!profile_value(files, at.name, "aws_access_key_id", &out->plain))
		out->plain.path = NULL;
	return plan_check(&out->plan, err);
}

void profile_explain(const struct profile *profile, struct error *err)
{
	const char *name = plan_value(&profile->plan.origin, "name");

	if (err->code != ERROR_NOT_FOUND || strcmp(err->message, PLAN_NO_SUCH_KEY) != 0)
		return;
	if (profile->plain.path) {
		profile_line_tell(&profile->plain, err, ERROR_NOT_FOUND,
				  "the key of %s stands in clear there, and not in the vault",
				  name);
		error_hint(err, "credvault import");
	} else if (profile->process.path) {
		profile_line_tell(&profile->process, err, ERROR_NOT_FOUND,
				  "credvault does not take credentials from another program "
				  "(credential_process)");
		error_detail(err, "A key of the vault named %s would come before it.", name);
		error_hint(err, "credvault add %s", TEXT_WORD(name));
	} else if (profile->source.path) {
		profile_line_tell(&profile->source, err, ERROR_NOT_FOUND,
				  "source_profile = %s: " PLAN_NO_SUCH_KEY, name);
		error_hint(err, "credvault add %s", TEXT_WORD(name));
	} else {
		return;
	}
	error_profile(err, name);
}
