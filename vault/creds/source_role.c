/* SPDX-License-Identifier: MIT */
#include "vault/creds/source_role.h"

#include <stdio.h>
#include <string.h>

static const char *resource_of(const char *arn)
{
	const char *colon = strrchr(arn, ':');

	return colon ? colon + 1 : arn;
}

/* Who may not assume what, signed with which session, and what that usually means. */
static bool explain(const struct session_steps *steps, size_t i, const struct access_key *key,
		    const struct session_record *parent, const struct aws_failure *failure,
		    struct error *err)
{
	const struct plan_role *role = steps->at[i].role;
	const char *user = parent && parent->role_arn[0] ? resource_of(parent->role_arn)
			   : key->arn[0]		 ? resource_of(key->arn)
							 : key->name;

	if (err->code != ERROR_AWS_REFUSED || strcmp(failure->aws_code, "AccessDenied") != 0)
		return error_profile(err, role->profile);
	error_set(err, ERROR_AWS_REFUSED, "AWS does not let %s assume %s", user,
		  resource_of(role->role_arn));
	error_detail(err, "AccessDenied on sts:AssumeRole, signed with %s of %s (%s)%s%s.",
		     !parent		   ? "the long-term key"
		     : parent->role_arn[0] ? "the role's session"
		     : parent->mfa	   ? "the MFA session"
					   : "the session",
		     key->name, parent ? parent->access_key_id : key->access_key_id,
		     failure->request_id[0] ? ", request " : "", failure->request_id);
	error_detail(err,
		     "Usual causes: the role's trust policy does not name %s; it wants an external "
		     "id; the role's name or account is mistyped.",
		     key->arn[0] ? key->arn : "the user");
	error_hint(err, "credvault emit %s --plan", role->profile);
	return error_profile(err, role->profile);
}

bool source_role(const struct aws *aws, const struct session_steps *steps, size_t i,
		 const struct access_key *key, const struct session_record *parent,
		 const char *session_name, const char *code, struct session_record *out,
		 struct aws_failure *failure, struct error *err)
{
	const struct session_step *step = &steps->at[i];
	struct credentials got = CREDENTIALS_INIT;
	struct aws_failure unused = AWS_FAILURE_INIT;
	char arn[ARN_MAX + 1];
	const struct sts_role role = {
	    .role_arn = step->role->role_arn,
	    .session_name = step->role->session_name[0] ? step->role->session_name : session_name,
	    .duration_s = step->duration_s,
	    .external_id = step->role->external_id[0] ? step->role->external_id : NULL,
	    .mfa = {.serial = code ? steps->mfa_serial : NULL, .code = code},
	};
	bool ok;

	if (!failure)
		failure = &unused;
	if (step->needs_code != (code != NULL))
		return error_set(err, ERROR_MFA_NEEDED, "an MFA code is needed");
	ok = sts_assume_role(aws, &role, &got, arn, failure, err);
	if (!ok)
		(void)explain(steps, i, key, parent, failure, err);
	ok = ok && source_session_fill(steps, i, key, &got, clock_real_s(aws->clock), out, err);
	if (ok && step->mfa)
		out->mfa_until = parent ? parent->mfa_until : out->expires_at;
	credentials_clear(&got);
	return ok;
}
