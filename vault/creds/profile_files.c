/* SPDX-License-Identifier: MIT */
#include "vault/creds/profile_files.h"

#include "vault/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* In which file and under which header a profile's lines stand; the first one has precedence. */
static const struct {
	enum ini_kind kind;
	bool credentials;
} homes[] = {{INI_CREDVAULT, false}, {INI_PROFILE, true}, {INI_SPACED, true}, {INI_PROFILE, false}};

enum { HOMES = sizeof(homes) / sizeof(homes[0]) };

/* What [credvault NAME] may hold. */
static const char *const credvault_keys[] = {
    "role_arn",
    "source_profile",
    "include_profile",
    "external_id",
    "role_session_name",
    "duration_seconds",
    "session_tags",
    "transitive_session_tags",
    "source_identity",
    "mfa_serial",
    "mfa_process",
    "region",
    "endpoint_url",
    "services",
    "ignore_configured_endpoint_urls",
    "sts_regional_endpoints",
    "use_fips_endpoint",
    "use_dualstack_endpoint",
    "ca_bundle",
    "credential_source",
    "credential_process",
    "web_identity_token_file",
    "web_identity_token_process",
    "login_session",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    "sso_registration_scopes",
};

/* Words in the names of settings whose values are secrets. */
static const char *const secret_words[] = {"secret",	 "password",	"passphrase", "token",
					   "access_key", "private_key", "seed"};

bool profile_line_tell(const struct profile_line *where, struct error *err, enum error_code code,
		       const char *fmt, ...)
{
	char shown[256], text[sizeof(err->message)];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	text_escape_into(where->path, shown, sizeof(shown));
	return error_set(err, code, "%s:%u: %s", shown, where->line, text);
}

/* The value in the sections of this profile itself. */
static const char *own_value(const struct profile_files *files, const char *name, const char *key,
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

/* A key of the file, and what makes its credentials, are of the profile alone that holds them. */
static bool is_inherited(const char *key)
{
	return strncmp(key, "aws_", 4) != 0 && strcmp(key, "credential_process") != 0;
}

const char *profile_value(const struct profile_files *files, const char *name, const char *key,
			  struct profile_line *where)
{
	for (int i = 0; name && i <= PROFILE_INCLUDES_MAX; i++) {
		const char *found = own_value(files, name, key, where);

		if (found || !is_inherited(key))
			return found;
		name = own_value(files, name, "include_profile", NULL);
	}
	return NULL;
}

static bool has_section(const struct ini *ini, enum ini_kind kind, const char *name)
{
	size_t count;

	(void)ini_find(ini, kind, name, &count);
	return count > 0;
}

/* Whether any section is this profile's. */
static bool is_there(const struct profile_files *files, const char *name)
{
	for (size_t i = 0; i < HOMES; i++) {
		const struct ini *ini = homes[i].credentials ? files->credentials : files->config;

		if (has_section(ini, homes[i].kind, name) ||
		    (homes[i].kind == INI_PROFILE && has_section(ini, INI_DEFAULT, name)))
			return true;
	}
	return false;
}

static bool is_known(const char *key)
{
	for (size_t i = 0; i < sizeof(credvault_keys) / sizeof(credvault_keys[0]); i++) {
		if (strcmp(credvault_keys[i], key) == 0)
			return true;
	}
	return false;
}

static bool is_secret(const char *key)
{
	for (size_t i = 0; i < sizeof(secret_words) / sizeof(secret_words[0]); i++) {
		if (strstr(key, secret_words[i]))
			return true;
	}
	return false;
}

/* A line of [credvault NAME] that has no business there. Its value is never shown. */
static bool refuse_entry(const struct profile_files *files, const char *name,
			 const struct ini_entry *entry, struct error *err)
{
	const struct profile_line where = {files->config_path, entry->line};
	char shown[80];

	text_escape_into(entry->key, shown, sizeof(shown));
	if (is_secret(entry->key)) {
		profile_line_tell(&where, err, ERROR_FAILED,
				  "[credvault %s] holds %s, and that section is made to be shared",
				  name, shown);
		error_detail(err, "Take the line out. Where others have seen the file, rotate the "
				  "key, too.");
		error_hint(err, "credvault add %s", TEXT_WORD(name));
	} else {
		profile_line_tell(&where, err, ERROR_FAILED,
				  "[credvault %s]: no setting is called %s", name, shown);
		error_detail(err,
			     "No other tool reads that section. Settings of theirs belong "
			     "below [profile %s].",
			     name);
	}
	return error_profile(err, name);
}

static bool check_credvault(const struct profile_files *files, const char *name, struct error *err)
{
	size_t count;
	struct ini_section *const *sections = ini_find(files->config, INI_CREDVAULT, name, &count);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < sections[i]->count; j++) {
			if (!is_known(sections[i]->entries[j].key))
				return refuse_entry(files, name, &sections[i]->entries[j], err);
		}
	}
	return true;
}

static bool check_own(const struct profile_files *files, const char *name, struct error *err)
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
	return check_credvault(files, name, err);
}

bool profile_check_readable(const struct profile_files *files, const char *name, struct error *err)
{
	const char *asked = name, *seen[PROFILE_INCLUDES_MAX + 1];
	size_t count = 0;

	while (check_own(files, name, err)) {
		struct profile_line where;
		const char *next = own_value(files, name, "include_profile", &where);
		char shown[80];

		if (!next)
			return true;
		seen[count++] = name;
		text_escape_into(next, shown, sizeof(shown));
		for (size_t i = 0; i < count; i++) {
			if (strcmp(seen[i], next) != 0)
				continue;
			profile_line_tell(&where, err, ERROR_FAILED,
					  "include_profile = %s: a circle", shown);
			return error_profile(err, asked);
		}
		if (count > PROFILE_INCLUDES_MAX) {
			profile_line_tell(&where, err, ERROR_FAILED,
					  "more than %d profiles include one another",
					  PROFILE_INCLUDES_MAX);
			return error_profile(err, asked);
		}
		if (!is_there(files, next)) {
			profile_line_tell(&where, err, ERROR_FAILED,
					  "include_profile = %s: there is no such profile", shown);
			return error_profile(err, asked);
		}
		name = next;
	}
	return false;
}
