/* SPDX-License-Identifier: MIT */
#include "cli/setup/setup_plan.h"

#include "cli/profile/aws_config.h"
#include "cli/setup/process_line.h"
#include "cli/vault/paths.h"
#include "vault/creds/profile.h"
#include "vault/format/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The lines that make an SDK take another way than the profile's process. */
static const char *const role_keys[] = {"role_arn",	    "source_profile",
					"external_id",	    "role_session_name",
					"duration_seconds", "mfa_serial",
					"mfa_process",	    "source_identity",
					"session_tags",	    "transitive_session_tags"};

bool setup_plan_is_role_key(const char *key)
{
	for (size_t i = 0; i < sizeof(role_keys) / sizeof(role_keys[0]); i++) {
		if (strcmp(role_keys[i], key) == 0)
			return true;
	}
	return false;
}

bool setup_plan_is_token(const char *key)
{
	return strcmp(key, "aws_session_token") == 0 || strcmp(key, "aws_security_token") == 0;
}

bool setup_plan_is_key(const char *key, bool *id)
{
	*id = strcmp(key, "aws_access_key_id") == 0;
	return *id || strcmp(key, "aws_secret_access_key") == 0;
}

struct profile_files setup_plan_files(const struct setup_plan *plan)
{
	return (struct profile_files){.config = &plan->config.ini,
				      .credentials = &plan->credentials.ini,
				      .config_path = plan->config.given,
				      .credentials_path = plan->credentials.given};
}

bool setup_plan_open(struct setup_plan *plan, bool to_write, struct error *err)
{
	char path[PATH_MAX];
	struct aws_config both;

	if (!paths_aws_config(path, err) ||
	    !setup_file_open(&plan->config, path, INI_CONFIG, to_write, err) ||
	    !paths_aws_credentials(path, err) ||
	    !setup_file_open(&plan->credentials, path, INI_CREDENTIALS, to_write, err))
		return false;
	if (plan->config.swap.there && plan->credentials.swap.there &&
	    strcmp(plan->config.swap.path, plan->credentials.swap.path) == 0)
		return error_set(err, ERROR_USAGE,
				 "the config file and the credentials file are the same file");
	/* The names are borrowed from the plan's files; nothing of `both` is its own. */
	both.ini = plan->config.ini;
	both.credentials = plan->credentials.ini;
	if (!aws_config_names(&both, &plan->names, &plan->names_count, err))
		return false;
	plan->count = plan->names_count;
	plan->profiles = calloc(plan->count + 1, sizeof(*plan->profiles));
	if (!plan->profiles)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < plan->count; i++)
		plan->profiles[i].name = plan->names[i];
	return true;
}

static int compare_profiles(const void *a, const void *b)
{
	return strcmp(((const struct setup_profile *)a)->name,
		      ((const struct setup_profile *)b)->name);
}

bool setup_plan_choose(struct setup_plan *plan, const char *const names[], size_t count,
		       struct error *err)
{
	struct setup_profile *chosen = calloc(count + 1, sizeof(*chosen));
	size_t kept = 0;

	if (!chosen)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < count; i++) {
		bool again = false;

		for (size_t j = 0; j < kept; j++)
			again = again || strcmp(chosen[j].name, names[i]) == 0;
		/* A key of the vault may get a profile that the files do not have yet. */
		if (!again)
			chosen[kept++].name = names[i];
	}
	qsort(chosen, kept, sizeof(*chosen), compare_profiles);
	free(plan->profiles);
	plan->profiles = chosen;
	plan->count = kept;
	return true;
}

/* Says why a profile stays as it is. */
static void profile_keep(struct setup_profile *profile, const char *fmt, ...) CV_PRINTF(2, 3);
static void profile_keep(struct setup_profile *profile, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(profile->why, sizeof(profile->why), fmt, args);
	va_end(args);
	profile->will = SETUP_KEEP;
}

/* The key lines of a profile in one file; NULL: none that says something. */
struct key_lines {
	const char *id, *secret;
	bool token, many, any;
};

static void key_lines_take(struct key_lines *lines, const struct ini_entry *entry)
{
	bool id;
	const char **place = !setup_plan_is_key(entry->key, &id) ? NULL
			     : id				 ? &lines->id
								 : &lines->secret;

	lines->any = lines->any || place;
	if (entry->value[0] == '\0')
		return;
	lines->token = lines->token || setup_plan_is_token(entry->key);
	if (!place)
		return;
	lines->many = lines->many || (*place && strcmp(*place, entry->value) != 0);
	*place = entry->value;
}

static struct key_lines key_lines_read(const struct ini *ini, const char *name)
{
	static const enum ini_kind kinds[] = {INI_DEFAULT, INI_PROFILE, INI_SPACED};
	struct key_lines lines = {.id = NULL};

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		size_t count;
		struct ini_section *const *sections = ini_find(ini, kinds[k], name, &count);

		for (size_t i = 0; i < count; i++) {
			for (size_t j = 0; !sections[i]->unread && j < sections[i]->count; j++)
				key_lines_take(&lines, &sections[i]->entries[j]);
		}
	}
	return lines;
}

/* The key lines of both files as one: a line of the credentials file comes before the other's. */
static struct key_lines key_lines_both(const struct setup_plan *plan, const char *name)
{
	const struct key_lines first = key_lines_read(&plan->credentials.ini, name);
	const struct key_lines then = key_lines_read(&plan->config.ini, name);
	struct key_lines both = first;

	both.any = first.any || then.any;
	both.token = first.token || then.token;
	both.many = first.many || then.many ||
		    (first.id && then.id && strcmp(first.id, then.id) != 0) ||
		    (first.secret && then.secret && strcmp(first.secret, then.secret) != 0);
	if (!both.id)
		both.id = then.id;
	if (!both.secret)
		both.secret = then.secret;
	return both;
}

/*
 * A profile with a key and a role that is the source of another one: the AWS CLI goes on from the
 * key, other tools from the role, and without the key's lines nobody could tell. *of is the other.
 */
static bool is_disputed_source(const struct setup_plan *plan, const char *name, const char **of)
{
	const struct profile_files files = setup_plan_files(plan);
	const struct key_lines lines = key_lines_both(plan, name);

	if (!lines.id || !profile_value(&files, name, "role_arn", NULL))
		return false;
	for (size_t i = 0; i < plan->names_count; i++) {
		const char *source = profile_value(&files, plan->names[i], "source_profile", NULL);

		*of = plan->names[i];
		if (source && strcmp(source, name) == 0 && strcmp(*of, name) != 0)
			return true;
	}
	return false;
}

/* Judges the key lines of a profile; false where they keep it as it is. */
static bool judge_key(const struct setup_plan *plan, struct setup_profile *profile)
{
	const struct key_lines lines = key_lines_both(plan, profile->name);
	const char *held = json_string_value(json_object_get(plan->keys, profile->name)), *other;

	profile->has_key = lines.any;
	if (!lines.any && !lines.token)
		return true;
	if (lines.token || (lines.id && arn_is_temporary_key_id(lines.id)))
		profile_keep(profile, "a temporary key: the vault keeps none");
	else if (lines.many)
		profile_keep(profile, "it has several different access keys");
	else if (!lines.id && !lines.secret)
		profile_keep(profile, "its access key is empty");
	else if (!lines.id || !lines.secret)
		profile_keep(profile, "%s is missing",
			     lines.id ? "aws_secret_access_key" : "aws_access_key_id");
	else if (!arn_is_access_key_id(lines.id))
		profile_keep(profile, "its access key id cannot be one");
	else if (held && strcmp(held, lines.id) != 0)
		profile_keep(profile, "the vault's %s is another key (credvault import --replace)",
			     profile->name);
	else if (is_disputed_source(plan, profile->name, &other))
		profile_keep(profile, "a key and a role, and %s begins at it: tools disagree",
			     other);
	else if (!held && plan->keys_are_final && !profile->refused)
		profile_keep(profile, "its key is not in the vault");
	else if (!profile->refused)
		profile->will = held ? SETUP_REWRITE : SETUP_IMPORT;
	if (profile->will != SETUP_KEEP)
		(void)snprintf(profile->id, sizeof(profile->id), "%s", lines.id);
	return profile->will != SETUP_KEEP;
}

struct setup_profile *setup_plan_find(const struct setup_plan *plan, const char *name)
{
	const struct setup_profile wanted = {.name = name};

	return plan->count
		   ? bsearch(&wanted, plan->profiles, plan->count, sizeof(wanted), compare_profiles)
		   : NULL;
}

/* Whether the vault has this key, or will have it before files are changed. */
static bool key_will_be_there(const struct setup_plan *plan, const char *name)
{
	const struct setup_profile *profile = setup_plan_find(plan, name);

	return json_object_get(plan->keys, name) || (profile && profile->will == SETUP_IMPORT);
}

/* Judges how the profile comes to its credentials, once all keys are judged. */
static void judge_way(const struct setup_plan *plan, struct setup_profile *profile)
{
	const struct profile_files files = setup_plan_files(plan);
	const char *process = profile_value(&files, profile->name, "credential_process", NULL);
	const char *source = profile_value(&files, profile->name, "source_profile", NULL);
	struct profile way;
	const char *origin, *other;
	struct error why = ERROR_INIT;

	if (process && !process_line_is_ours(process)) {
		profile_keep(profile, "another program gives its credentials");
		return;
	}
	if (is_disputed_source(plan, profile->name, &other)) {
		profile_keep(profile, "a key and a role, and %s begins at it: tools disagree",
			     other);
		return;
	}
	if (source && strcmp(source, profile->name) != 0 &&
	    is_disputed_source(plan, source, &other)) {
		profile_keep(profile, "its source %s has a key and a role: tools disagree", source);
		return;
	}
	if (!profile_resolve(&files, profile->name, &way, &why)) {
		profile_keep(profile, "%s", why.message);
		return;
	}
	origin = plan_value(&way.plan.origin, "name");
	if (!origin || !key_will_be_there(plan, origin)) {
		if (plan_count(&way.plan, PLAN_ROLE))
			profile_keep(profile,
				     "its roles begin at %s, which the vault does not have",
				     origin ? origin : "?");
		else
			profile_keep(profile, "it has no access key here, and none in the vault");
		profile->is_bare = !plan_count(&way.plan, PLAN_ROLE);
		return;
	}
	if (profile->will == SETUP_KEEP)
		profile->will = SETUP_REWRITE;
	profile->moves_role =
	    plan_count(&way.plan, PLAN_ROLE) &&
	    (ini_get(&plan->config.ini, INI_PROFILE, profile->name, "role_arn", NULL) ||
	     ini_get(&plan->config.ini, INI_DEFAULT, profile->name, "role_arn", NULL) ||
	     ini_get(&plan->credentials.ini, INI_PROFILE, profile->name, "role_arn", NULL) ||
	     ini_get(&plan->credentials.ini, INI_DEFAULT, profile->name, "role_arn", NULL) ||
	     ini_get(&plan->credentials.ini, INI_SPACED, profile->name, "role_arn", NULL));
	(void)snprintf(profile->why, sizeof(profile->why), "%s",
		       profile->moves_role && profile->id[0]
			   ? "key and role lines make room for a credential_process line"
		       : profile->moves_role ? "role lines move to a section of credvault's"
		       : profile->id[0]	     ? "key lines become a credential_process line"
					     : "it gets a credential_process line");
}

bool setup_plan_judge(struct setup_plan *plan, struct error *err)
{
	const struct profile_files files = setup_plan_files(plan);
	bool *fine = calloc(plan->count + 1, sizeof(*fine));
	struct error why;

	if (!fine)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < plan->count; i++) {
		struct setup_profile *profile = &plan->profiles[i];

		profile->will = SETUP_KEEP;
		profile->moves_role = profile->has_key = profile->is_bare = false;
		profile->id[0] = '\0';
		if (!profile->refused)
			profile->why[0] = '\0';
		fine[i] = profile_check_readable(&files, profile->name, &why);
		if (!fine[i])
			profile_keep(profile, "%s", why.message);
		else
			fine[i] = judge_key(plan, profile);
	}
	/* Twice: a key that stays out the first time takes the roles that begin at it with it. */
	for (size_t i = 0; i < 2 * plan->count; i++) {
		struct setup_profile *profile = &plan->profiles[i % plan->count];

		if (fine[i % plan->count] && (i < plan->count || profile->will != SETUP_KEEP))
			judge_way(plan, profile);
	}
	free(fine);
	return true;
}

bool setup_plan_key(const struct setup_plan *plan, const struct setup_profile *profile,
		    const char **secret)
{
	if (profile->will == SETUP_KEEP || !profile->has_key)
		return false;
	*secret = key_lines_both(plan, profile->name).secret;
	return *secret != NULL;
}

void setup_plan_refuse(struct setup_profile *profile, const char *why)
{
	profile->will = SETUP_KEEP;
	profile->refused = true;
	(void)snprintf(profile->why, sizeof(profile->why), "%s", why);
}

bool setup_plan_find_keys(const struct setup_plan *plan, struct found_keys *keys, struct error *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct setup_profile *profile = &plan->profiles[i];
		const struct key_lines lines = key_lines_both(plan, profile->name);
		const struct found_text text = {.name = profile->name,
						.id = lines.id,
						.secret = lines.secret,
						.id_called = "aws_access_key_id",
						.secret_called = "aws_secret_access_key"};
		struct found_key *item;

		/* A key of the vault is none to take in; one that stays out is named. */
		if (!lines.any || profile->will == SETUP_REWRITE)
			continue;
		if (!found_keys_add(keys, &text, &item, err))
			return false;
		if (profile->will == SETUP_KEEP)
			found_keys_skip(item, "%s", profile->why);
	}
	return true;
}

const char *setup_plan_word(enum setup_will will)
{
	static const char *const words[] = {
	    [SETUP_KEEP] = "keep", [SETUP_IMPORT] = "import", [SETUP_REWRITE] = "rewrite"};

	return words[will];
}

void setup_plan_close(struct setup_plan *plan)
{
	setup_file_close(&plan->config);
	setup_file_close(&plan->credentials);
	free(plan->profiles);
	free(plan->names);
	plan->profiles = NULL;
	plan->names = NULL;
	plan->count = 0;
}
