/* SPDX-License-Identifier: MIT */
#include "vault/creds/source_session.h"

#include <stdio.h>
#include <string.h>

bool source_session_fill(const struct session_steps *steps, size_t i, const struct access_key *key,
			 const struct credentials *credentials, int64_t now,
			 struct session_record *out, struct error *err)
{
	const struct session_step *step = &steps->at[i];

	session_record_clear(out);
	session_record_init(out);
	memcpy(out->step, step->digest, sizeof(out->step));
	session_record_name(step->digest, out->name);
	(void)snprintf(out->key_name, sizeof(out->key_name), "%s", key->name);
	(void)snprintf(out->access_key_id, sizeof(out->access_key_id), "%s",
		       credentials->access_key_id);
	(void)snprintf(out->account_id, sizeof(out->account_id), "%s",
		       credentials->account_id[0] ? credentials->account_id : key->account_id);
	if (step->role)
		(void)snprintf(out->role_arn, sizeof(out->role_arn), "%.1024s",
			       step->role->role_arn);
	out->expires_at = credentials->expires_at;
	out->minted_at = now;
	out->mfa = step->mfa;
	out->token.limit = SESSION_TOKEN_MAX;
	if (secret_set(&out->secret, credentials->secret_access_key.data,
		       credentials->secret_access_key.len, err) &&
	    buf_append(&out->token, credentials->session_token.data, credentials->session_token.len,
		       err))
		return true;
	session_record_clear(out);
	return false;
}

bool source_session(const struct aws *aws, const struct session_steps *steps, size_t i,
		    const struct access_key *key, const char *code, struct session_record *out,
		    struct aws_failure *failure, struct error *err)
{
	const struct session_step *step = &steps->at[i];
	struct credentials got = CREDENTIALS_INIT;
	const struct sts_mfa mfa = {.serial = code ? steps->mfa_serial : NULL, .code = code};
	bool ok;

	if (step->needs_code != (code != NULL))
		return error_set(err, ERROR_MFA_NEEDED, "an MFA code is needed");
	ok = sts_get_session_token(aws, step->duration_s, &mfa, &got, failure, err) &&
	     source_session_fill(steps, i, key, &got, clock_real_s(aws->clock), out, err);
	if (ok && step->mfa)
		out->mfa_until = out->expires_at;
	credentials_clear(&got);
	return ok;
}
