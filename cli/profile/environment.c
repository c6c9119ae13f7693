/* SPDX-License-Identifier: MIT */
#include "cli/profile/environment.h"

#include "vault/base/alloc.h"
#include "vault/base/text.h"

#include <string.h>

enum { OWN = 9 };

/* A trailing '*' matches every name with this prefix. */
static const char *const taken_away[] = {
    /* set from the credentials */
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
    "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCOUNT_ID", "AWS_VAULT",
    /* variables that name other credentials, or hide the child's from an SDK */
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_SCOPE",
    "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_*",
    "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "SECRET_ACCESS_KEY", "AMAZON_*", "_AWS_CLI_PROFILE_CHAIN",
    /* credvault's own variables, and the folder that may hold a key file */
    "CREDVAULT_*", "CREDENTIALS_DIRECTORY"};

/* The same for a child that reads a file: the variables that name files. */
static const char *const files_taken_away[] = {"AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE",
					       "AWS_SDK_LOAD_CONFIG"};

static bool names_one(const char *variable, const char *const names[], size_t count)
{
	size_t len = strcspn(variable, "=");

	for (size_t i = 0; i < count; i++) {
		const char *name = names[i];
		size_t n = strlen(name);
		bool begins = name[n - 1] == '*';

		n -= begins;
		if (begins ? len > n && memcmp(variable, name, n) == 0
			   : len == n && memcmp(variable, name, n) == 0)
			return true;
	}
	return false;
}

bool environment_takes_away(const char *variable)
{
	return names_one(variable, taken_away, sizeof(taken_away) / sizeof(taken_away[0]));
}

/* Appends "NAME=VALUE" to the list; nothing for an empty value. The list has room. */
static bool put(struct environment *environment, size_t *count, const char *name, const void *value,
		size_t len, struct error *err)
{
	size_t n = strlen(name);
	char *text;

	if (len == 0)
		return true;
	text = alloc_wiping_malloc(n + 1 + len + 1);
	if (!text)
		return error_set(err, ERROR_MEMORY, "out of memory");
	memcpy(text, name, n);
	text[n] = '=';
	memcpy(text + n + 1, value, len);
	text[n + 1 + len] = '\0';
	environment->list[(*count)++] = text;
	return true;
}

static bool put_text(struct environment *environment, size_t *count, const char *name,
		     const char *value, struct error *err)
{
	return put(environment, count, name, value, strlen(value), err);
}

static bool put_own(struct environment *out, size_t *count, const struct credentials *c,
		    const char *profile, struct error *err)
{
	char expires[TEXT_TIME_BYTES] = "";

	if (c->expires_at)
		text_format_time(c->expires_at, expires);
	return put_text(out, count, "AWS_ACCESS_KEY_ID", c->access_key_id, err) &&
	       put(out, count, "AWS_SECRET_ACCESS_KEY", c->secret_access_key.data,
		   c->secret_access_key.len, err) &&
	       put(out, count, "AWS_SESSION_TOKEN", c->session_token.data, c->session_token.len,
		   err) &&
	       put_text(out, count, "AWS_CREDENTIAL_EXPIRATION", expires, err) &&
	       put_text(out, count, "AWS_REGION", c->region, err) &&
	       put_text(out, count, "AWS_DEFAULT_REGION", c->region, err) &&
	       put_text(out, count, "AWS_ACCOUNT_ID", c->account_id, err) &&
	       put_text(out, count, "CREDVAULT_PROFILE", profile, err) &&
	       put_text(out, count, "AWS_VAULT", profile, err);
}

static bool put_file(struct environment *out, size_t *count, const struct credentials *c,
		     const char *profile, const char *file, struct error *err)
{
	return put_text(out, count, "AWS_SHARED_CREDENTIALS_FILE", file, err) &&
	       put_text(out, count, "AWS_CONFIG_FILE", "/dev/null", err) &&
	       put_text(out, count, "AWS_SDK_LOAD_CONFIG", "1", err) &&
	       put_text(out, count, "AWS_PROFILE", profile, err) &&
	       put_text(out, count, "AWS_REGION", c->region, err) &&
	       put_text(out, count, "AWS_DEFAULT_REGION", c->region, err) &&
	       put_text(out, count, "CREDVAULT_PROFILE", profile, err) &&
	       put_text(out, count, "AWS_VAULT", profile, err);
}

bool environment_make(char *const from[], const struct credentials *credentials,
		      const char *profile, struct environment *out, struct error *err)
{
	return environment_make_file(from, credentials, profile, NULL, out, err);
}

bool environment_make_file(char *const from[], const struct credentials *credentials,
			   const char *profile, const char *file, struct environment *out,
			   struct error *err)
{
	const size_t files = sizeof(files_taken_away) / sizeof(files_taken_away[0]);
	size_t total = 0, count = 0;
	bool ok = true;

	*out = ENVIRONMENT_EMPTY;
	while (from[total])
		total++;
	out->list = alloc_wiping_calloc(total + OWN + 1, sizeof(*out->list));
	if (!out->list)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; ok && i < total; i++) {
		if (environment_takes_away(from[i]) || !from[i][0] ||
		    (file && names_one(from[i], files_taken_away, files)))
			continue;
		out->list[count] = alloc_wiping_strdup(from[i]);
		ok = out->list[count++] || error_set(err, ERROR_MEMORY, "out of memory");
	}
	ok = ok && (file ? put_file(out, &count, credentials, profile, file, err)
			 : put_own(out, &count, credentials, profile, err));
	if (!ok)
		environment_clear(out);
	return ok;
}

void environment_clear(struct environment *environment)
{
	for (size_t i = 0; environment->list && environment->list[i]; i++)
		alloc_wiping_free(environment->list[i]);
	alloc_wiping_free(environment->list);
	*environment = ENVIRONMENT_EMPTY;
}
