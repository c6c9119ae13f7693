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

bool setup_plan_is_section(const struct ini_section *section, const char *name)
{
	return !section->unread && strcmp(section->name, name) == 0 &&
	       (section->kind == INI_PROFILE || section->kind == INI_DEFAULT ||
		section->kind == INI_SPACED);
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
	if (!aws_config_names(&both, &plan->names, &plan->count, err))
		return false;
	plan->profiles = calloc(plan->count + 1, sizeof(*plan->profiles));
	if (!plan->profiles)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < plan->count; i++)
		plan->profiles[i].name = plan->names[i];
	return true;
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
	struct key_lines lines = {.id = NULL};

	for (size_t i = 0; i < ini->count; i++) {
		const struct ini_section *section = &ini->sections[i];

		for (size_t j = 0; setup_plan_is_section(section, name) && j < section->count; j++)
			key_lines_take(&lines, &section->entries[j]);
	}
	return lines;
}

/* Judges the key lines of a profile; false where they keep it as it is. */
static bool judge_key(const struct setup_plan *plan, struct setup_profile *profile)
{
	const struct key_lines in[] = {key_lines_read(&plan->config.ini, profile->name),
				       key_lines_read(&plan->credentials.ini, profile->name)};
	const char *id = in[1].id ? in[1].id : in[0].id;
	const char *held = json_string_value(json_object_get(plan->keys, profile->name));

	for (size_t i = 0; i < 2; i++) {
		if (in[i].token || (in[i].id && arn_is_temporary_key_id(in[i].id)))
			return profile_keep(profile, "a temporary key: the vault keeps none"),
			       false;
		if (in[i].many)
			return profile_keep(profile, "it has several different access keys"), false;
		if (!in[i].id != !in[i].secret)
			return profile_keep(profile, "%s is missing",
					    in[i].id ? "aws_secret_access_key"
						     : "aws_access_key_id"),
			       false;
	}
	if (in[0].id && in[1].id &&
	    (strcmp(in[0].id, in[1].id) != 0 || strcmp(in[0].secret, in[1].secret) != 0))
		return profile_keep(profile, "the two files have different access keys of it"),
		       false;
	if (!id) {
		if (!in[0].any && !in[1].any)
			return true;
		return profile_keep(profile, "its access key is empty"), false;
	}
	if (!arn_is_access_key_id(id))
		return profile_keep(profile, "its access key id cannot be one"), false;
	(void)snprintf(profile->id, sizeof(profile->id), "%s", id);
	if (held && strcmp(held, id) != 0)
		return profile_keep(profile,
				    "the vault's %s is another key (credvault import --replace)",
				    profile->name),
		       false;
	if (!held && (profile->refused || plan->keys_are_final)) {
		if (!profile->refused)
			profile_keep(profile, "its key is not in the vault");
		return false;
	}
	profile->will = held ? SETUP_REWRITE : SETUP_IMPORT;
	return true;
}

/* Whether the vault has this key, or will have it before files are changed. */
static bool key_will_be_there(const struct setup_plan *plan, const char *name)
{
	const struct setup_profile *profile;

	if (json_object_get(plan->keys, name))
		return true;
	for (size_t i = 0; i < plan->count; i++) {
		profile = &plan->profiles[i];
		if (strcmp(profile->name, name) == 0)
			return profile->will == SETUP_IMPORT;
	}
	return false;
}

/* Judges how the profile comes to its credentials, once all keys are judged. */
static void judge_way(const struct setup_plan *plan, struct setup_profile *profile)
{
	const struct profile_files files = setup_plan_files(plan);
	const char *process = profile_value(&files, profile->name, "credential_process", NULL);
	struct profile way;
	const char *origin;
	struct error why = ERROR_INIT;

	if (process && !process_line_is_ours(process)) {
		profile_keep(profile, "another program gives its credentials");
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
		profile->moves_role = false;
		profile->id[0] = '\0';
		if (!profile->refused)
			profile->why[0] = '\0';
		fine[i] = profile_check_readable(&files, profile->name, &why);
		if (!fine[i])
			profile_keep(profile, "%s", why.message);
		else
			fine[i] = judge_key(plan, profile);
	}
	for (size_t i = 0; i < plan->count; i++) {
		if (fine[i])
			judge_way(plan, &plan->profiles[i]);
	}
	free(fine);
	return true;
}

bool setup_plan_find_keys(const struct setup_plan *plan, struct found_keys *keys, struct error *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const char *name = plan->profiles[i].name;
		struct key_lines lines = key_lines_read(&plan->credentials.ini, name);
		struct found_text text = {.name = name,
					  .id_called = "aws_access_key_id",
					  .secret_called = "aws_secret_access_key"};

		if (plan->profiles[i].will != SETUP_IMPORT)
			continue;
		if (!lines.id)
			lines = key_lines_read(&plan->config.ini, name);
		text.id = lines.id;
		text.secret = lines.secret;
		if (!found_keys_add(keys, &text, NULL, err))
			return false;
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
