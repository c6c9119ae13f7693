/* SPDX-License-Identifier: MIT */
#include "vault/aws/iam.h"

#include "vault/aws/answer_tree.h"
#include "vault/format/form.h"
#include "vault/format/time.h"

#include <stdio.h>
#include <string.h>

enum { BODY_LIMIT = 8192, PATH_BYTES = 128, MARKER_MAX = 2048, PAGE_ITEMS = 100, DAY_S = 86400 };

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define WORD	LETTERS "0123456789_"

static const char version[] = "2010-05-08";

/* Whether text is 1 to max characters out of a set. */
static bool consists_of(const char *text, const char *set, size_t max)
{
	size_t n = text ? strspn(text, set) : 0;

	return n > 0 && n <= max && text[n] == '\0';
}

bool iam_is_user_name(const char *text)
{
	return consists_of(text, WORD "+=,.@-", IAM_USER_NAME_BYTES - 1);
}

/* Copies an optional time; false when it is present but invalid. */
static bool take_time(const json_t *item, const char *name, int64_t *out)
{
	const char *text = answer_tree_text(item, name);

	*out = 0;
	return answer_tree_count(item, name) == 0 || (text && time_parse_iso(text, out));
}

/* By AWS's own clock, give or take a day: a key cannot have been made or used in the future. */
static bool is_to_come(const struct aws *aws, int64_t at)
{
	return at > call_now(aws) + DAY_S;
}

/* Copies an optional user name; false when it is present but invalid. */
static bool take_user_name(const json_t *item, char out[static IAM_USER_NAME_BYTES])
{
	const char *text = answer_tree_text(item, "UserName");

	out[0] = '\0';
	if (answer_tree_count(item, "UserName") == 0)
		return true;
	if (!iam_is_user_name(text))
		return false;
	(void)snprintf(out, IAM_USER_NAME_BYTES, "%s", text);
	return true;
}

static bool start(struct buf *body, const char *action, const char *user_name, struct error *err)
{
	if (user_name && !iam_is_user_name(user_name))
		return error_set(err, ERROR_USAGE, "not the name of an IAM user");
	return form_add(body, "Action", action, err) && form_add(body, "Version", version, err) &&
	       (!user_name || form_add(body, "UserName", user_name, err));
}

/* A list in pages: what a call is named, where its members are, and who takes one. */
struct listing {
	const char *action;
	const char *members; /* below the result: "AccessKeyMetadata/member" */
	bool (*take)(const struct aws *aws, void *out, const json_t *item, struct error *err);
	void *out;
};

static bool take_page(const struct aws *aws, const struct listing *listing, const json_t *tree,
		      struct buf *marker, bool *more, struct error *err)
{
	char path[PATH_BYTES];
	const json_t *result, *item;
	const char *truncated, *text;

	(void)snprintf(path, sizeof(path), "%sResponse/%sResult", listing->action, listing->action);
	result = answer_tree_at(tree, path);
	if (!result)
		return call_nonsense(err, listing->action, "result");
	for (size_t i = 0; (item = answer_tree_each(result, listing->members, i)) != NULL; i++) {
		if (!listing->take(aws, listing->out, item, err))
			return false;
	}
	truncated = answer_tree_text(result, "IsTruncated");
	*more = truncated && strcmp(truncated, "true") == 0;
	if (!*more)
		return true;
	text = answer_tree_text(result, "Marker");
	buf_reset(marker);
	if (!text || !*text || strlen(text) > MARKER_MAX)
		return call_nonsense(err, listing->action, "Marker");
	return buf_text_append(marker, text, err);
}

static bool list(const struct aws *aws, const struct listing *listing, const char *user_name,
		 struct aws_failure *failure, struct error *err)
{
	struct buf body = BUF_INIT(BODY_LIMIT), marker = BUF_INIT(MARKER_MAX);
	const struct call call = {.service = "iam", .action = listing->action, .body = &body};
	bool ok = false, more = true;
	int pages = 0;

	for (; more && pages < IAM_PAGES_MAX; pages++) {
		json_t *tree = NULL;

		buf_reset(&body);
		ok = start(&body, listing->action, user_name, err) &&
		     form_add_number(&body, "MaxItems", PAGE_ITEMS, err) &&
		     (marker.len == 0 || form_add(&body, "Marker", buf_text(&marker), err)) &&
		     call_send(aws, &call, &tree, failure, err) &&
		     take_page(aws, listing, tree, &marker, &more, err);
		json_decref(tree);
		if (!ok)
			break;
	}
	if (ok && more)
		ok = call_nonsense(err, listing->action, "end");
	buf_clear(&marker);
	buf_clear(&body);
	return ok;
}

static bool is_listed(const struct iam_access_keys *keys, const char *access_key_id)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (strcmp(keys->items[i].access_key_id, access_key_id) == 0)
			return true;
	}
	return false;
}

static bool take_key(const struct aws *aws, void *out, const json_t *item, struct error *err)
{
	static const char action[] = "ListAccessKeys";
	struct iam_access_keys *keys = out;
	const char *id = answer_tree_text(item, "AccessKeyId"),
		   *status = answer_tree_text(item, "Status");
	struct iam_access_key *key;

	if (keys->count == IAM_KEYS_MAX)
		return call_nonsense(err, action, "number of keys");
	key = &keys->items[keys->count];
	if (!id || !arn_is_access_key_id(id) || is_listed(keys, id))
		return call_nonsense(err, action, "AccessKeyId");
	/* A status that IAM invents later is passed on, not refused. */
	if (!consists_of(status, LETTERS, IAM_STATUS_BYTES - 1))
		return call_nonsense(err, action, "Status");
	if (!take_user_name(item, key->user_name))
		return call_nonsense(err, action, "UserName");
	if (!take_time(item, "CreateDate", &key->created_at))
		return call_nonsense(err, action, "CreateDate");
	if (is_to_come(aws, key->created_at))
		key->created_at = 0;
	(void)snprintf(key->access_key_id, sizeof(key->access_key_id), "%s", id);
	(void)snprintf(key->status, sizeof(key->status), "%s", status);
	keys->count++;
	return true;
}

bool iam_list_access_keys(const struct aws *aws, const char *user_name, struct iam_access_keys *out,
			  struct aws_failure *failure, struct error *err)
{
	const struct listing listing = {.action = "ListAccessKeys",
					.members = "AccessKeyMetadata/member",
					.take = take_key,
					.out = out};

	out->count = 0;
	if (list(aws, &listing, user_name, failure, err))
		return true;
	out->count = 0;
	return false;
}

static bool take_device(const struct aws *aws, void *out, const json_t *item, struct error *err)
{
	static const char action[] = "ListMFADevices";
	struct iam_mfa_devices *devices = out;
	const char *serial = answer_tree_text(item, "SerialNumber");
	struct iam_mfa_device *device;

	(void)aws;
	if (devices->count == IAM_MFA_DEVICES_MAX)
		return call_nonsense(err, action, "number of devices");
	device = &devices->items[devices->count];
	/* No lower bound here: the makers of hardware devices choose their serials. */
	if (!consists_of(serial, WORD "+=/:,.@-", ARN_MFA_SERIAL_MAX))
		return call_nonsense(err, action, "SerialNumber");
	if (!take_user_name(item, device->user_name))
		return call_nonsense(err, action, "UserName");
	if (!take_time(item, "EnableDate", &device->enabled_at))
		return call_nonsense(err, action, "EnableDate");
	(void)snprintf(device->serial, sizeof(device->serial), "%s", serial);
	devices->count++;
	return true;
}

bool iam_list_mfa_devices(const struct aws *aws, const char *user_name, struct iam_mfa_devices *out,
			  struct aws_failure *failure, struct error *err)
{
	const struct listing listing = {.action = "ListMFADevices",
					.members = "MFADevices/member",
					.take = take_device,
					.out = out};

	out->count = 0;
	if (list(aws, &listing, user_name, failure, err))
		return true;
	out->count = 0;
	return false;
}

void iam_new_key_clear(struct iam_new_key *key)
{
	secret_clear(&key->secret);
	*key = (struct iam_new_key){.secret = SECRET_EMPTY};
}

static bool take_new_key(const struct aws *aws, const json_t *item, struct iam_new_key *out,
			 struct error *err)
{
	static const char action[] = "CreateAccessKey";
	const char *id = answer_tree_text(item, "AccessKeyId");
	const char *secret = answer_tree_text(item, "SecretAccessKey");

	if (!id || !arn_is_access_key_id(id) || arn_is_temporary_key_id(id))
		return call_nonsense(err, action, "AccessKeyId");
	(void)snprintf(out->access_key_id, sizeof(out->access_key_id), "%s", id);
	if (!secret || !arn_is_secret_access_key(secret, strlen(secret)))
		return call_nonsense(err, action, "SecretAccessKey");
	/* An odd date is no reason to throw away the only copy of a secret. */
	if (!take_time(item, "CreateDate", &out->created_at) || is_to_come(aws, out->created_at))
		out->created_at = 0;
	return secret_set(&out->secret, secret, strlen(secret), err);
}

bool iam_create_access_key(const struct aws *aws, const char *user_name, struct iam_new_key *out,
			   struct aws_failure *failure, struct error *err)
{
	struct buf body = BUF_INIT(BODY_LIMIT);
	const struct call call = {
	    .service = "iam", .action = "CreateAccessKey", .body = &body, .once = true};
	json_t *tree = NULL;
	bool ok, answered;

	answered = start(&body, call.action, user_name, err) &&
		   call_send(aws, &call, &tree, failure, err);
	ok = answered &&
	     take_new_key(
		 aws,
		 answer_tree_at(tree, "CreateAccessKeyResponse/CreateAccessKeyResult/AccessKey"),
		 out, err);
	if (answered && !ok && failure)
		failure->maybe_sent = true;
	if (!ok)
		iam_new_key_clear(out);
	json_decref(tree);
	buf_clear(&body);
	return ok;
}

/* A call about one key, whose answer only confirms it. */
static bool change(const struct aws *aws, const char *action, const char *user_name,
		   const char *access_key_id, const char *status, struct aws_failure *failure,
		   struct error *err)
{
	struct buf body = BUF_INIT(BODY_LIMIT);
	const struct call call = {.service = "iam", .action = action, .body = &body};
	json_t *tree = NULL;
	bool ok;

	if (!arn_is_access_key_id(access_key_id))
		return error_set(err, ERROR_USAGE, "that is no access key id");
	ok = start(&body, action, user_name, err) &&
	     form_add(&body, "AccessKeyId", access_key_id, err) &&
	     (!status || form_add(&body, "Status", status, err)) &&
	     call_send(aws, &call, &tree, failure, err);
	json_decref(tree);
	buf_clear(&body);
	return ok;
}

bool iam_update_access_key(const struct aws *aws, const char *user_name, const char *access_key_id,
			   bool active, struct aws_failure *failure, struct error *err)
{
	return change(aws, "UpdateAccessKey", user_name, access_key_id,
		      active ? "Active" : "Inactive", failure, err);
}

bool iam_delete_access_key(const struct aws *aws, const char *user_name, const char *access_key_id,
			   struct aws_failure *failure, struct error *err)
{
	return change(aws, "DeleteAccessKey", user_name, access_key_id, NULL, failure, err);
}

static bool take_last_used(const struct aws *aws, const json_t *item, struct iam_last_used *out,
			   struct error *err)
{
	static const char action[] = "GetAccessKeyLastUsed";
	const char *service = answer_tree_text(item, "ServiceName"),
		   *region = answer_tree_text(item, "Region");

	if (!item || !take_time(item, "LastUsedDate", &out->at) || is_to_come(aws, out->at))
		return call_nonsense(err, action, "LastUsedDate");
	if (!consists_of(service, WORD "+=,.@/-", IAM_SERVICE_BYTES - 1))
		return call_nonsense(err, action, "ServiceName");
	(void)snprintf(out->service, sizeof(out->service), "%s", service);
	if (region && arn_is_region(region))
		(void)snprintf(out->region, sizeof(out->region), "%s", region);
	return true;
}

bool iam_get_access_key_last_used(const struct aws *aws, const char *access_key_id,
				  struct iam_last_used *out, struct aws_failure *failure,
				  struct error *err)
{
	struct buf body = BUF_INIT(BODY_LIMIT);
	const struct call call = {
	    .service = "iam", .action = "GetAccessKeyLastUsed", .body = &body};
	json_t *tree = NULL;
	bool ok;

	*out = (struct iam_last_used){.at = 0};
	if (!arn_is_access_key_id(access_key_id))
		return error_set(err, ERROR_USAGE, "that is no access key id");
	ok = start(&body, call.action, NULL, err) &&
	     form_add(&body, "AccessKeyId", access_key_id, err) &&
	     call_send(aws, &call, &tree, failure, err) &&
	     take_last_used(
		 aws,
		 answer_tree_at(tree, "GetAccessKeyLastUsedResponse/GetAccessKeyLastUsedResult/"
				      "AccessKeyLastUsed"),
		 out, err);
	if (!ok)
		*out = (struct iam_last_used){.at = 0};
	json_decref(tree);
	buf_clear(&body);
	return ok;
}

bool iam_simulate(const struct aws *aws, const char *user_arn, const char *action, bool *allowed,
		  struct aws_failure *failure, struct error *err)
{
	static const char path[] = "SimulatePrincipalPolicyResponse/SimulatePrincipalPolicyResult/"
				   "EvaluationResults/member/EvalDecision";
	struct buf body = BUF_INIT(BODY_LIMIT);
	const struct call call = {
	    .service = "iam", .action = "SimulatePrincipalPolicy", .body = &body};
	const char *decision;
	json_t *tree = NULL;
	bool ok;

	*allowed = false;
	ok = start(&body, call.action, NULL, err) &&
	     form_add(&body, "PolicySourceArn", user_arn, err) &&
	     form_add(&body, "ActionNames.member.1", action, err) &&
	     call_send(aws, &call, &tree, failure, err);
	decision = ok ? answer_tree_text(tree, path) : NULL;
	if (ok && !consists_of(decision, LETTERS, IAM_STATUS_BYTES - 1))
		ok = call_nonsense(err, call.action, "EvalDecision");
	*allowed = ok && strcmp(decision, "allowed") == 0;
	json_decref(tree);
	buf_clear(&body);
	return ok;
}
