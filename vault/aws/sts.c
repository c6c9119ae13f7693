/* SPDX-License-Identifier: MIT */
#include "vault/aws/sts.h"

#include "vault/aws/answer_tree.h"
#include "vault/format/form.h"
#include "vault/format/session_tags.h"
#include "vault/format/time.h"

#include <stdio.h>
#include <string.h>

enum { BODY_LIMIT = 131072, POLICY_MAX = 2048, PATH_BYTES = 128, CODE_DIGITS = 6 };

static const char version[] = "2011-06-15";

static bool start(struct buf *body, const char *action, struct error *err)
{
	return form_add(body, "Action", action, err) && form_add(body, "Version", version, err);
}

/* The text of a field of the result; NULL where it is missing or its check says no. */
static const char *field(const json_t *tree, const char *action, const char *name)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%sResponse/%sResult/%s", action, action, name);
	return answer_tree_text(tree, path);
}

static bool is_user_id(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				"_:+=,.@-");

	return n > 0 && n < STS_USER_ID_BYTES && text[n] == '\0';
}

bool sts_get_caller_identity(const struct aws *aws, struct sts_identity *out,
			     struct aws_failure *failure, struct error *err)
{
	static const char action[] = "GetCallerIdentity";
	struct buf body = BUF_INIT(BODY_LIMIT);
	const struct call call = {.service = "sts", .action = action, .body = &body};
	json_t *tree = NULL;
	const char *account, *name, *user_id;
	struct arn arn;
	bool ok = false;

	*out = (struct sts_identity){.account_id = ""};
	if (!start(&body, action, err) || !call_send(aws, &call, &tree, failure, err))
		goto out;
	account = field(tree, action, "Account");
	name = field(tree, action, "Arn");
	user_id = field(tree, action, "UserId");
	if (!account || !arn_is_account_id(account)) {
		call_nonsense(err, action, "Account");
	} else if (!name || !arn_parse(name, &arn) || strcmp(arn.account, account) != 0) {
		call_nonsense(err, action, "Arn");
	} else if (!user_id || !is_user_id(user_id)) {
		call_nonsense(err, action, "UserId");
	} else {
		(void)snprintf(out->account_id, sizeof(out->account_id), "%s", account);
		(void)snprintf(out->arn, sizeof(out->arn), "%s", name);
		(void)snprintf(out->user_id, sizeof(out->user_id), "%s", user_id);
		ok = true;
	}
out:
	json_decref(tree);
	buf_clear(&body);
	return ok;
}

static bool add_mfa(struct buf *body, const struct sts_mfa *mfa, struct error *err)
{
	if (!mfa || (!mfa->serial && !mfa->code))
		return true;
	if (!mfa->serial || !arn_is_mfa_serial(mfa->serial))
		return error_set(err, ERROR_USAGE, "the MFA device's serial is malformed");
	if (!mfa->code || strlen(mfa->code) != CODE_DIGITS ||
	    strspn(mfa->code, "0123456789") != CODE_DIGITS)
		return error_set(err, ERROR_USAGE, "an MFA code is six digits");
	return form_add(body, "SerialNumber", mfa->serial, err) &&
	       form_add(body, "TokenCode", mfa->code, err);
}

static bool has_mfa(const struct sts_mfa *mfa)
{
	return mfa && mfa->code;
}

static bool check_duration(int64_t seconds, int64_t most, struct error *err)
{
	if (seconds >= STS_SESSION_MIN_S && seconds <= most)
		return true;
	return error_set(err, ERROR_USAGE, "a session lasts from %d to %lld seconds, not %lld",
			 STS_SESSION_MIN_S, (long long)most, (long long)seconds);
}

/* AWS's documents show tokens broken over lines; white space is no part of one. */
static bool squeeze(const char *text, struct buf *out, struct error *err)
{
	while (*text) {
		size_t n = strcspn(text, " \t\r\n");

		if (n > 0 && !buf_append(out, text, n, err))
			return false;
		text += n;
		text += strspn(text, " \t\r\n");
	}
	return true;
}

static bool take_credentials(const struct aws *aws, const json_t *tree, const char *action,
			     int64_t duration_s, struct credentials *out, struct error *err)
{
	const char *id = field(tree, action, "Credentials/AccessKeyId");
	const char *secret = field(tree, action, "Credentials/SecretAccessKey");
	const char *token = field(tree, action, "Credentials/SessionToken");
	const char *expiration = field(tree, action, "Credentials/Expiration");
	struct buf squeezed = BUF_INIT(ARN_SESSION_TOKEN_MAX);
	int64_t now = call_now(aws), expires_at;
	bool ok = false;

	if (!id || !arn_is_access_key_id(id)) {
		call_nonsense(err, action, "AccessKeyId");
	} else if (!secret || !arn_is_secret_access_key(secret, strlen(secret))) {
		call_nonsense(err, action, "SecretAccessKey");
	} else if (!token || !squeeze(token, &squeezed, err) ||
		   !arn_is_session_token(buf_text(&squeezed))) {
		call_nonsense(err, action, "SessionToken");
	} else if (!expiration || !time_parse_iso(expiration, &expires_at) || expires_at <= now ||
		   expires_at > now + duration_s + STS_EXPIRY_SLACK_S) {
		call_nonsense(err, action, "Expiration");
	} else {
		ok = credentials_set(
		    out,
		    &(struct credentials_text){.access_key_id = id,
					       .secret = secret,
					       .secret_len = strlen(secret),
					       .session_token = buf_text(&squeezed),
					       .expires_at = expires_at},
		    now, err);
	}
	buf_clear(&squeezed);
	return ok;
}

bool sts_get_session_token(const struct aws *aws, int64_t duration_s, const struct sts_mfa *mfa,
			   struct credentials *out, struct aws_failure *failure, struct error *err)
{
	static const char action[] = "GetSessionToken";
	struct buf body = BUF_INIT(BODY_LIMIT);
	const struct call call = {
	    .service = "sts", .action = action, .body = &body, .once = has_mfa(mfa)};
	json_t *tree = NULL;
	bool ok = false;

	credentials_clear(out);
	if (failure)
		*failure = AWS_FAILURE_INIT;
	if (!check_duration(duration_s, STS_SESSION_MAX_S, err) || !start(&body, action, err) ||
	    !form_add_number(&body, "DurationSeconds", duration_s, err) ||
	    !add_mfa(&body, mfa, err) || !call_send(aws, &call, &tree, failure, err))
		goto out;
	ok = take_credentials(aws, tree, action, duration_s, out, err);
out:
	json_decref(tree);
	buf_clear(&body);
	return ok;
}

/* `name.member.N` and what follows, for each tag; of keys alone without a suffix. */
static bool add_tags(struct buf *body, const char *name, const char *tags, bool with_values,
		     struct error *err)
{
	char text[4 * SESSION_TAGS_VALUE_MAX + 1];
	struct session_tag tag;
	size_t n = 0;

	while (tags && session_tags_next(&tags, &tag)) {
		(void)snprintf(text, sizeof(text), "%.*s", (int)tag.key.len, tag.key.at);
		if (!form_add_member(body, name, ++n, with_values ? ".Key" : "", text, err))
			return false;
		(void)snprintf(text, sizeof(text), "%.*s", (int)tag.value.len, tag.value.at);
		if (with_values && !form_add_member(body, name, n, ".Value", text, err))
			return false;
	}
	return true;
}

static bool check_tags(const struct sts_role *role, struct error *err)
{
	if (role->session_tags && !session_tags_are_valid(role->session_tags))
		return error_set(err, ERROR_USAGE, "the session's tags are malformed");
	if (role->transitive_tags && !session_tags_are_keys(role->transitive_tags))
		return error_set(err, ERROR_USAGE, "the transitive tags are malformed");
	if (role->source_identity && !arn_is_session_name(role->source_identity))
		return error_set(err, ERROR_USAGE, "the source identity is malformed");
	return true;
}

static bool role_form(const struct sts_role *role, struct buf *body, struct error *err)
{
	if (!role->role_arn || !arn_is_role(role->role_arn))
		return error_set(err, ERROR_USAGE, "the role's ARN is malformed");
	if (!role->session_name || !arn_is_session_name(role->session_name))
		return error_set(err, ERROR_USAGE, "the role session's name is malformed");
	if (role->external_id && !arn_is_external_id(role->external_id))
		return error_set(err, ERROR_USAGE, "the external id is malformed");
	if (role->policy && (!*role->policy || strlen(role->policy) > POLICY_MAX))
		return error_set(err, ERROR_USAGE, "a session policy has 1 to %d characters",
				 POLICY_MAX);
	if (role->policy_arn_count > STS_POLICIES_MAX)
		return error_set(err, ERROR_USAGE, "a session takes at most %d policies",
				 STS_POLICIES_MAX);
	if (!check_tags(role, err) || !check_duration(role->duration_s, STS_ROLE_MAX_S, err) ||
	    !start(body, "AssumeRole", err) || !form_add(body, "RoleArn", role->role_arn, err) ||
	    !form_add(body, "RoleSessionName", role->session_name, err) ||
	    !form_add_number(body, "DurationSeconds", role->duration_s, err) ||
	    (role->external_id && !form_add(body, "ExternalId", role->external_id, err)) ||
	    (role->policy && !form_add(body, "Policy", role->policy, err)))
		return false;
	for (size_t i = 0; i < role->policy_arn_count; i++) {
		struct arn arn;

		if (!arn_parse(role->policy_arns[i], &arn))
			return error_set(err, ERROR_USAGE, "a policy's ARN is malformed");
		if (!form_add_member(body, "PolicyArns", i + 1, ".arn", role->policy_arns[i], err))
			return false;
	}
	return add_tags(body, "Tags", role->session_tags, true, err) &&
	       add_tags(body, "TransitiveTagKeys", role->transitive_tags, false, err) &&
	       (!role->source_identity ||
		form_add(body, "SourceIdentity", role->source_identity, err)) &&
	       add_mfa(body, &role->mfa, err);
}

/* The role AWS says was assumed must be the one that was asked for. */
static bool take_role_arn(const json_t *tree, const struct sts_role *role,
			  char arn[static ARN_MAX + 1], struct credentials *out, struct error *err)
{
	static const char action[] = "AssumeRole";
	const char *text = field(tree, action, "AssumedRoleUser/Arn"), *name;
	struct arn asked, got;
	struct buf expected = BUF_INIT(ARN_MAX);
	bool ok = false;

	if (!text || !arn_parse(text, &got) || !arn_parse(role->role_arn, &asked) ||
	    strcmp(got.service, "sts") != 0 || strcmp(got.account, asked.account) != 0)
		goto out;
	name = strrchr(asked.resource, '/');
	if (!buf_printf(&expected, err, "assumed-role%s/%s", name ? name : "",
			role->session_name) ||
	    strcmp(buf_text(&expected), got.resource) != 0)
		goto out;
	(void)snprintf(arn, ARN_MAX + 1, "%s", text);
	(void)snprintf(out->account_id, sizeof(out->account_id), "%s", got.account);
	ok = true;
out:
	buf_clear(&expected);
	return ok || call_nonsense(err, action, "AssumedRoleUser");
}

bool sts_assume_role(const struct aws *aws, const struct sts_role *role, struct credentials *out,
		     char arn[static ARN_MAX + 1], struct aws_failure *failure, struct error *err)
{
	struct buf body = BUF_INIT(BODY_LIMIT);
	const struct call call = {
	    .service = "sts", .action = "AssumeRole", .body = &body, .once = has_mfa(&role->mfa)};
	json_t *tree = NULL;
	bool ok = false;

	credentials_clear(out);
	arn[0] = '\0';
	if (failure)
		*failure = AWS_FAILURE_INIT;
	if (!role_form(role, &body, err) || !call_send(aws, &call, &tree, failure, err))
		goto out;
	ok = take_credentials(aws, tree, "AssumeRole", role->duration_s, out, err) &&
	     take_role_arn(tree, role, arn, out, err);
	if (!ok)
		credentials_clear(out);
out:
	json_decref(tree);
	buf_clear(&body);
	return ok;
}
