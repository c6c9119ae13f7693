/* SPDX-License-Identifier: MIT */
#include "vault/aws/sts.h"
#include "vault/base/text.h"
#include "vault/creds/source.h"
#include "vault/format/session_tags.h"

#include <stdio.h>
#include <string.h>

/* A step that assumes a role: signed by a key, by its session, or by another role's session. */

static const char *after_last(const char *text, char c)
{
	const char *at = strrchr(text, c);

	return at ? at + 1 : text;
}

static const char *role_arn(const struct source_call *call)
{
	return plan_value(call->step->asked, "role_arn");
}

static void role_label(const struct source_call *call, char out[static SOURCE_LABEL_BYTES])
{
	(void)snprintf(out, SOURCE_LABEL_BYTES, "%.150s", after_last(role_arn(call), '/'));
}

/* Explains a refused role: the identity, the role, the session that signed, the usual cause. */
static bool role_explain(const struct source_call *call, struct error *err)
{
	const struct session_record *parent = call->parent;
	const struct origin *origin = call->origin;
	const char *profile = call->step->asked->profile;
	const char *user = parent && parent->role_arn[0] ? after_last(parent->role_arn, ':')
			   : origin->arn[0]		 ? after_last(origin->arn, ':')
							 : origin->name;

	if (err->code != ERROR_AWS_REFUSED || strcmp(call->failure->aws_code, "AccessDenied") != 0)
		return error_profile(err, profile);
	error_set(err, ERROR_AWS_REFUSED, "AWS does not let %s assume %s", user,
		  after_last(role_arn(call), ':'));
	aws_failure_quote(call->failure, err);
	error_detail(err, "AccessDenied on sts:AssumeRole, signed with %s of %s (%s)%s%s.",
		     !parent		   ? "the long-term key"
		     : parent->role_arn[0] ? "the role's session"
		     : parent->mfa	   ? "the MFA session"
					   : "the session",
		     origin->name, parent ? parent->access_key_id : origin->access_key_id,
		     call->failure->request_id[0] ? ", request " : "", call->failure->request_id);
	error_detail(err,
		     "Usual causes: the role's trust policy does not name %s; it wants an external "
		     "id; the role's name or account is mistyped.",
		     origin->arn[0] ? origin->arn : "the user");
	error_hint(err, "credvault export %s --plan", TEXT_WORD(profile));
	return error_profile(err, profile);
}

static bool role_make(const struct source_call *call, struct session_record *out, struct error *err)
{
	struct credentials got = CREDENTIALS_INIT;
	char arn[ARN_MAX + 1];
	const struct sts_role role = {
	    .role_arn = role_arn(call),
	    .session_name = call->session_name,
	    .duration_s = call->step->duration_s,
	    .external_id = plan_value(call->step->asked, "external_id"),
	    .session_tags = plan_value(call->step->asked, "session_tags"),
	    .transitive_tags = plan_value(call->step->asked, "transitive_session_tags"),
	    .source_identity = plan_value(call->step->asked, "source_identity"),
	    .mfa = {.serial = call->mfa_serial, .code = call->code},
	};
	bool ok = sts_assume_role(call->aws, &role, &got, arn, call->failure, err) ||
		  role_explain(call, err);

	ok = ok && source_fill(call, &got, out, err);
	if (ok)
		(void)snprintf(out->role_arn, sizeof(out->role_arn), "%.1024s", role_arn(call));
	credentials_clear(&got);
	return ok;
}

const struct source source_role = {
    .kind = PLAN_ROLE,
    .number = 1,
    .needs = SOURCE_CODE,
    .action = "AssumeRole",
    .announced = true,
    .duration_s = 3600,
    .mfa_duration_s = 3600,
    .chained_max_s = PLAN_CHAINED_DURATION_MAX,
    .fields = {{"role_arn", arn_is_role, .needed = true},
	       {"external_id", arn_is_external_id},
	       {"session_name", arn_is_session_name},
	       {"session_tags", session_tags_are_valid},
	       {"transitive_session_tags", session_tags_are_keys},
	       {"source_identity", arn_is_session_name}},
    .label = role_label,
    .make = role_make,
};
