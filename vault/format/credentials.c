/* SPDX-License-Identifier: MIT */
#include "vault/format/credentials.h"

#include <string.h>

static const int64_t year_2101 = INT64_C(4133980800);

void credentials_init(struct credentials *credentials)
{
	*credentials = CREDENTIALS_INIT;
}

void credentials_clear(struct credentials *credentials)
{
	secret_clear(&credentials->secret_access_key);
	buf_clear(&credentials->session_token);
	*credentials = CREDENTIALS_INIT;
}

bool credentials_set(struct credentials *credentials, const struct credentials_text *text,
		     int64_t now, struct error *err)
{
	size_t n = strlen(text->access_key_id);

	credentials_clear(credentials);
	if (text->session_token && strlen(text->session_token) > ARN_SESSION_TOKEN_MAX)
		return error_set(err, ERROR_AWS_UNREACHABLE, "a session token that is too long");
	if (n >= sizeof(credentials->access_key_id) || text->secret_len == 0 ||
	    text->secret_len > ARN_SECRET_MAX)
		return error_set(err, ERROR_AWS_UNREACHABLE,
				 "an access key that cannot be one (its length)");
	memcpy(credentials->access_key_id, text->access_key_id, n + 1);
	credentials->expires_at = text->expires_at;
	if (secret_set(&credentials->secret_access_key, text->secret, text->secret_len, err) &&
	    (!text->session_token || !*text->session_token ||
	     buf_text_append(&credentials->session_token, text->session_token, err)) &&
	    credentials_validate(credentials, now, err))
		return true;
	credentials_clear(credentials);
	return false;
}

static bool credentials_refuse(const char *field, struct error *err)
{
	return error_set(err, ERROR_AWS_UNREACHABLE, "credentials whose %s makes no sense", field);
}

bool credentials_validate(const struct credentials *credentials, int64_t now, struct error *err)
{
	const struct secret *secret = &credentials->secret_access_key;
	bool session = credentials->session_token.len > 0;

	if (!arn_is_access_key_id(credentials->access_key_id))
		return credentials_refuse("AccessKeyId", err);
	if (!arn_is_secret_access_key(secret->data, secret->len))
		return credentials_refuse("SecretAccessKey", err);
	if (session &&
	    (strlen(buf_text(&credentials->session_token)) != credentials->session_token.len ||
	     !arn_is_session_token(buf_text(&credentials->session_token))))
		return credentials_refuse("SessionToken", err);
	if (session != (credentials->expires_at != 0))
		return credentials_refuse("Expiration", err);
	if (session && (credentials->expires_at <= now || credentials->expires_at >= year_2101))
		return credentials_refuse("Expiration", err);
	if (credentials->region[0] && !arn_is_region(credentials->region))
		return credentials_refuse("Region", err);
	if (credentials->account_id[0] && !arn_is_account_id(credentials->account_id))
		return credentials_refuse("AccountId", err);
	return true;
}
