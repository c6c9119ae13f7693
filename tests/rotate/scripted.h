/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_ROTATE_SCRIPTED_H
#define CV_TESTS_ROTATE_SCRIPTED_H

#include "tests/store/disk.h"
#include "tests/support/quiet_seams.h"

#include "vault/audit/entry.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/rotate/preflight.h"
#include "vault/rotate/steps.h"
#include "vault/store/change/commit.h"

/**
 * A vault with one key as `prod` and `also`, an AWS whose answers a test writes down before, and a
 * clock that notes how long it was slept on. One process, no deaths: what is tested is what is
 * decided.
 */

enum { SCRIPT_MAX = 64, SCRIPT_KEYS = 8, SCRIPT_NOW = 1795000000 };

#define SCRIPT_ARN "arn:aws:iam::111122223333:user/dev"

struct script_key {
	char id[24];
	bool exists, active;
};

static struct script {
	struct script_key keys[SCRIPT_KEYS];
	int made;
	int64_t now_ms;
	const char *region;   /**< of the order */
	const char *endpoint; /**< of the order; NULL: AWS's own */
	const char *hooks;    /**< of the order */
	const char *delete_key;
	bool keep_orphan;
	enum rotation_retire retire;
	int64_t idle_s;
	/**
	 * What STS says of a new key, a letter an answer: y(es), n(ot known), a(nother's),
	 * u(nreachable); then yes.
	 */
	char own[SCRIPT_MAX], other[SCRIPT_MAX];
	size_t own_at, other_at;
	char asked[2 * SCRIPT_MAX]; /**< 'o' own region, 'e' us-east-1, in order */
	int64_t sleeps[SCRIPT_MAX]; /**< outside of the gate, one for each time there */
	size_t sleep_count;
	int64_t slept_ms;    /**< since the gate was left */
	int64_t used_at;     /**< what IAM tells of every key's last use; 0: never */
	int64_t aws_ahead_s; /**< AWS's clock, as it was measured */
	const char *used_by; /**< the service */
	const char *denied;  /**< an action that is refused, but for an id that does not exist */
	const char *silent;  /**< an action that is not carried out and not answered */
	const char *lost;    /**< an action that is carried out and not answered */
	const char *odd;     /**< an action that is not carried out and answered with `answer` */
	const char *answer;
	const char *made_at, *made_for, *made_as; /**< of a new key: date, user and status */
	bool hooks_refuse;
	void (*on_create)(void); /**< called when a key was made, before it is answered */
	int seen[16];		 /**< calls by action, in the order of script_actions */
	/* What the last run came to. */
	bool ok, over;
	uint64_t step;
	enum foreign_use_verdict verdict;
	struct error err;
} script;

static const char *const script_actions[] = {
    "GetCallerIdentity", "ListAccessKeys",	 "CreateAccessKey",	    "UpdateAccessKey",
    "DeleteAccessKey",	 "GetAccessKeyLastUsed", "SimulatePrincipalPolicy", NULL};

static UNUSED int script_calls(const char *action)
{
	for (size_t i = 0; script_actions[i]; i++) {
		if (strcmp(script_actions[i], action) == 0)
			return script.seen[i];
	}
	return 0;
}

static struct script_key *script_key(const char *id)
{
	for (int i = 0; i < script.made; i++) {
		if (script.keys[i].exists && strcmp(script.keys[i].id, id) == 0)
			return &script.keys[i];
	}
	return NULL;
}

static struct script_key *script_add(void)
{
	struct script_key *key = &script.keys[script.made++];

	assert_true(script.made <= SCRIPT_KEYS);
	(void)snprintf(key->id, sizeof(key->id), "AKIASCRIPTED%08d", script.made);
	key->exists = key->active = true;
	return key;
}

static UNUSED int script_count(bool only_active)
{
	int n = 0;

	for (int i = 0; i < script.made; i++)
		n += script.keys[i].exists && (script.keys[i].active || !only_active);
	return n;
}

/* --- AWS -------------------------------------------------------------------------------------- */

static void script_field(const char *body, const char *name, char *out, size_t size)
{
	const char *at = strstr(body, name);

	out[0] = '\0';
	if (at)
		(void)snprintf(out, size, "%.*s", (int)strcspn(at + strlen(name), "&"),
			       at + strlen(name));
}

static bool script_tree(struct http_reply *reply, int status, const char *text, struct error *err)
{
	reply->status = status;
	reply->body = HTTP_BODY_XML;
	return json_parse(text, strlen(text), 65536, &reply->tree, err);
}

static bool script_refuse(struct http_reply *reply, int status, const char *code, struct error *err)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "{\"ErrorResponse\":[{\"Error\":[{\"Code\":[\"%s\"],\"Message\":[\"no\"]}],"
		       "\"RequestId\":[\"r\"]}]}",
		       code);
	return script_tree(reply, status, text, err);
}

static bool script_result(struct http_reply *reply, const char *action, const char *result,
			  struct error *err)
{
	char text[16384];

	(void)snprintf(text, sizeof(text),
		       "{\"%sResponse\":[{\"%sResult\":[%s],\"ResponseMetadata\":[{\"RequestId\":["
		       "\"r\"]}]}]}",
		       action, action, result);
	return script_tree(reply, 200, text, err);
}

static bool script_identity(struct http_reply *reply, char letter, struct error *err)
{
	char text[256];

	if (letter == 'u')
		return error_set(err, ERROR_AWS_UNREACHABLE, "no answer");
	if (letter == 'n')
		return script_refuse(reply, 403, "InvalidClientTokenId", err);
	(void)snprintf(
	    text, sizeof(text),
	    "{\"Arn\":[\"%s\"],\"UserId\":[\"AIDASCRIPT\"],\"Account\":[\"111122223333\"]}",
	    letter == 'a' ? "arn:aws:iam::111122223333:user/other" : SCRIPT_ARN);
	return script_result(reply, "GetCallerIdentity", text, err);
}

static size_t script_describe(const struct script_key *key, bool secret, char *out, size_t size)
{
	const char *status = key->active ? "Active" : "Inactive";
	char more[80] = "";

	if (secret)
		(void)snprintf(more, sizeof(more),
			       ",\"SecretAccessKey\":[\"secretOfTheScript/Number+%015d\"]",
			       script.made);
	return (size_t)snprintf(
	    out, size,
	    "{\"UserName\":[\"%s\"],\"AccessKeyId\":[\"%s\"],\"Status\":[\"%s\"],"
	    "\"CreateDate\":[\"%s\"]%s}",
	    secret && script.made_for ? script.made_for : "dev", key->id,
	    secret && script.made_as ? script.made_as : status,
	    secret && script.made_at ? script.made_at : "2026-10-01T00:00:00Z", more);
}

static void script_close(char *text, size_t size, const char *end)
{
	size_t n = strlen(text);

	(void)snprintf(text + n, size - n, "%s", end);
}

static bool script_list(struct http_reply *reply, struct error *err)
{
	char text[1024] = "{\"AccessKeyMetadata\":[{\"member\":[";
	bool first = true;

	for (int i = 0; i < script.made; i++) {
		size_t n = strlen(text);

		if (!script.keys[i].exists)
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", first ? "" : ",");
		(void)script_describe(&script.keys[i], false, text + n, sizeof(text) - n);
		first = false;
	}
	script_close(text, sizeof(text), "]}],\"IsTruncated\":[\"false\"]}");
	return script_result(reply, "ListAccessKeys", text, err);
}

static bool script_create(struct http_reply *reply, struct error *err)
{
	char text[512] = "{\"AccessKey\":[";
	size_t n = strlen(text);

	if (script_count(false) >= 2)
		return script_refuse(reply, 409, "LimitExceeded", err);
	(void)script_describe(script_add(), true, text + n, sizeof(text) - n);
	if (script.on_create)
		script.on_create();
	script_close(text, sizeof(text), "]}");
	return script_result(reply, "CreateAccessKey", text, err);
}

static bool script_last_used(struct http_reply *reply, struct error *err)
{
	char text[256], when[TEXT_TIME_BYTES], date[64] = "";

	text_format_time(script.used_at, when);
	if (script.used_at)
		(void)snprintf(date, sizeof(date), "\"LastUsedDate\":[\"%s\"],", when);
	(void)snprintf(text, sizeof(text),
		       "{\"AccessKeyLastUsed\":[{%s\"ServiceName\":[\"%s\"],\"Region\":[\"%s\"]}]}",
		       date, script.used_at ? script.used_by : "N/A",
		       script.used_at ? "eu-west-1" : "N/A");
	return script_result(reply, "GetAccessKeyLastUsed", text, err);
}

static bool script_change(const char *action, const char *body, struct http_reply *reply,
			  struct error *err)
{
	char id[64], status[16];
	struct script_key *key;

	script_field(body, "AccessKeyId=", id, sizeof(id));
	script_field(body, "Status=", status, sizeof(status));
	key = script_key(id);
	if (!key)
		return script_refuse(reply, 404, "NoSuchEntity", err);
	if (script.denied && strcmp(script.denied, action) == 0)
		return script_refuse(reply, 403, "AccessDenied", err);
	if (strcmp(action, "DeleteAccessKey") == 0)
		key->exists = key->active = false;
	else
		key->active = strcmp(status, "Active") == 0;
	return script_result(reply, action, "\"\"", err);
}

static bool script_carry_out(const char *action, const char *signer, bool elsewhere,
			     const char *body, struct http_reply *reply, struct error *err)
{
	const struct script_key *by = script_key(signer);
	size_t asked = strlen(script.asked);
	char letter = 'y';

	if (!by || !by->active)
		return script_refuse(reply, 403, "InvalidClientTokenId", err);
	if (script.odd && strcmp(script.odd, action) == 0)
		return script_result(reply, action, script.answer, err);
	if (strcmp(action, "GetCallerIdentity") == 0) {
		if (by == &script.keys[0])
			return script_identity(reply, letter, err);
		if (asked + 1 < sizeof(script.asked))
			script.asked[asked] = elsewhere ? 'e' : 'o';
		if (elsewhere && script.other[script.other_at])
			letter = script.other[script.other_at++];
		else if (!elsewhere && script.own[script.own_at])
			letter = script.own[script.own_at++];
		return script_identity(reply, letter, err);
	}
	if (strcmp(action, "ListAccessKeys") == 0)
		return script_list(reply, err);
	if (strcmp(action, "CreateAccessKey") == 0)
		return script_create(reply, err);
	if (strcmp(action, "GetAccessKeyLastUsed") == 0)
		return script_last_used(reply, err);
	if (strcmp(action, "SimulatePrincipalPolicy") == 0)
		return script_result(
		    reply, action,
		    "{\"EvaluationResults\":[{\"member\":[{\"EvalDecision\":[\"allowed\"]}]}]}",
		    err);
	return script_change(action, body, reply, err);
}

static bool script_send(void *ctx, const struct http_request *request, struct http_reply *reply,
			struct error *err)
{
	const char *body = buf_text(&request->body);
	char action[32], signer[64] = "";
	bool ok;

	(void)ctx;
	script_field(body, "Action=", action, sizeof(action));
	for (size_t i = 0; i < request->header_count; i++) {
		if (strstr(request->headers[i].value, "Credential="))
			script_field(request->headers[i].value, "Credential=", signer,
				     sizeof(signer));
	}
	signer[strcspn(signer, "/")] = '\0';
	for (size_t i = 0; script_actions[i]; i++)
		script.seen[i] += strcmp(script_actions[i], action) == 0;
	reply->maybe_sent = true;
	reply->date = script.now_ms / 1000 + script.aws_ahead_s;
	if (script.silent && strcmp(script.silent, action) == 0)
		return error_set(err, ERROR_AWS_UNREACHABLE, "no answer");
	ok = script_carry_out(action, signer, strstr(request->url, "us-east-1") != NULL, body,
			      reply, err);
	if (ok && script.lost && strcmp(script.lost, action) == 0) {
		json_decref(reply->tree);
		reply->tree = NULL;
		return error_set(err, ERROR_AWS_UNREACHABLE, "no answer");
	}
	return ok;
}

/* --- the other seams -------------------------------------------------------------------------- */

static int64_t script_time(void *ctx, enum clock_kind kind)
{
	(void)ctx;
	(void)kind;
	return script.now_ms * 1000000;
}

static void script_sleep(void *ctx, int64_t ms)
{
	(void)ctx;
	script.slept_ms += ms;
	script.now_ms += ms;
}

static const struct clock script_clock = {.now_ns = script_time, .sleep_ms = script_sleep};

static struct skew *script_skew(void *ctx, const char *url)
{
	static struct skew skew;

	(void)ctx;
	(void)url;
	skew.measured_s = script.aws_ahead_s;
	return &skew;
}

static struct audit_entry script_entry(void *ctx)
{
	(void)ctx;
	return audit_entry_at(AUDIT_OP_ROTATE, &script_clock);
}

static void script_leave(void *ctx)
{
	(void)ctx;
	script.slept_ms = 0;
}

static void script_enter(void *ctx)
{
	(void)ctx;
	if (script.slept_ms > 0 && script.sleep_count < SCRIPT_MAX)
		script.sleeps[script.sleep_count++] = script.slept_ms;
}

static bool script_hook(void *ctx, const struct rotate *rotate, const char *command,
			const struct access_key *fresh, struct error *err)
{
	(void)ctx;
	(void)rotate;
	(void)command;
	(void)fresh;
	return !script.hooks_refuse || error_set(err, ERROR_FAILED, "a hook did not take it");
}

/** All seams; a test replaces those that it looks at. */
static struct rotate_seams script_seams(struct vault *vault, const struct http *http)
{
	struct rotate_seams seams = quiet_seams();

	seams.store = vault->store;
	seams.http = http;
	seams.clock = &script_clock;
	seams.skew = script_skew;
	seams.leave = script_leave;
	seams.enter = script_enter;
	seams.hook = script_hook;
	seams.entry = script_entry;
	return seams;
}

/* --- runs ------------------------------------------------------------------------------------- */

static bool script_act(struct rotate *rotate, const char *act, struct error *err)
{
	enum steps_verdict verdict;

	if (strcmp(act, "undo") == 0 && !steps_undo(rotate, err))
		return false;
	if (strcmp(act, "abort") == 0 && !steps_abort(rotate, err))
		return false;
	if (rotate->over)
		return true;
	if (!rotate->row.step && !(preflight_look(rotate, err) && preflight_judge(rotate, err) &&
				   steps_intend(rotate, err)))
		return false;
	if (strcmp(act, "one") == 0)
		return steps_next(rotate, &verdict, err);
	return steps_run(rotate, &verdict, err);
}

/**
 * "rotate", "undo", "abort"; "one": one step and no more; "intend": none; "look": not even that.
 */
static UNUSED void script_rotate(struct vault *vault, const char *act)
{
	const struct http http = {.send = script_send};
	const struct rotate_seams seams = script_seams(vault, &http);
	const struct rotate_order order = {.name = "prod",
					   .retire = script.retire ? script.retire
								   : ROTATION_DEACTIVATE,
					   .idle_s = script.idle_s,
					   .grace_s = ROTATION_GRACE_S,
					   .hooks = script.hooks,
					   .region = script.region,
					   .endpoint = script.endpoint,
					   .delete_key = script.delete_key,
					   .keep_orphan = script.keep_orphan};
	struct rotate rotate;

	script.err = ERROR_INIT;
	script.sleep_count = 0;
	memset(script.asked, 0, sizeof(script.asked));
	memset(script.seen, 0, sizeof(script.seen));
	script.ok = rotate_open(&rotate, &seams, &order, &script.err);
	if (script.ok && strcmp(act, "intend") == 0)
		script.ok = preflight_look(&rotate, &script.err) &&
			    preflight_judge(&rotate, &script.err) &&
			    steps_intend(&rotate, &script.err);
	else if (script.ok && strcmp(act, "look") == 0)
		script.ok = preflight_look(&rotate, &script.err);
	else if (script.ok)
		script.ok = script_act(&rotate, act, &script.err);
	script.step = rotate.row.step;
	script.over = rotate.over;
	script.verdict = rotate.found.verdict;
	rotate_clear(&rotate);
}

static bool script_put_keys(struct txn *txn, void *arg, struct error *err)
{
	static const char *const names[] = {"prod", "also"};
	static const char secret[] = "secretOfTheScript/Number+000000000000001";
	struct access_key key;
	struct buf plain = ROW_BUF;
	bool ok = true;

	(void)arg;
	for (int i = 0; ok && i < 2; i++) {
		access_key_init(&key);
		(void)snprintf(key.name, sizeof(key.name), "%s", names[i]);
		(void)snprintf(key.access_key_id, sizeof(key.access_key_id), "%s",
			       script.keys[0].id);
		/* `also` a day before. */
		key.added_at = SCRIPT_NOW - 86400 * (i + 1);
		buf_reset(&plain);
		ok = secret_set(&key.secret, secret, strlen(secret), err) &&
		     access_key_encode(&key, &plain, err) &&
		     row_put(txn, TABLE_KEY, names[i], &plain, NULL, err);
		access_key_clear(&key);
	}
	buf_clear(&plain);
	return ok;
}

static int script_setup(void **state)
{
	struct vault *vault;

	json_open();
	script = (struct script){
	    .region = "eu-west-1", .used_by = "s3", .now_ms = SCRIPT_NOW * INT64_C(1000)};
	(void)script_add();
	(void)vault_setup_created(state);
	vault = *state;
	REQUIRE(store_commit(vault->store, script_put_keys, NULL, err));
	return 0;
}

/** The key that both names hold; it must be one that works, with the secret that AWS gave. */
static UNUSED const struct script_key *script_current(struct vault *vault)
{
	static const char *const names[] = {"prod", "also"};
	const struct script_key *at[2];

	for (int i = 0; i < 2; i++) {
		struct buf plain = ROW_BUF;
		struct access_key key;
		char secret[64];

		access_key_init(&key);
		REQUIRE(row_get(vault->store, TABLE_KEY, names[i], NULL, &plain, err));
		REQUIRE(access_key_decode(plain.data, plain.len, &key, err));
		at[i] = script_key(key.access_key_id);
		assert_non_null(at[i]);
		assert_true(at[i]->active);
		(void)snprintf(secret, sizeof(secret), "secretOfTheScript/Number+%015d",
			       (int)(at[i] - script.keys) + 1);
		assert_int_equal(key.secret.len, strlen(secret));
		assert_memory_equal(key.secret.data, secret, key.secret.len);
		access_key_clear(&key);
		buf_clear(&plain);
	}
	assert_ptr_equal(at[0], at[1]);
	return at[0];
}

static bool script_count_row(void *arg, const struct rotation_record *rotation, struct error *err)
{
	(void)rotation;
	(void)err;
	(*(int *)arg)++;
	return true;
}

/** How many rotations are not over. */
static UNUSED int script_rows(struct vault *vault)
{
	int rows = 0;

	REQUIRE(journal_each(vault->store, script_count_row, &rows, err));
	return rows;
}

#define SCRIPT_TEST(name) cmocka_unit_test_setup_teardown(name, script_setup, vault_teardown)

#endif
