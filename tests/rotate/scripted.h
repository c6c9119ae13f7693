/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_ROTATE_SCRIPTED_H
#define CV_TESTS_ROTATE_SCRIPTED_H

#include "tests/rotate/rig.h"

/**
 * The rig's vault and model, with answers of STS and of GetAccessKeyLastUsed that a test writes down before,
 * and a clock that notes how long it was slept on.
 */

enum { SCRIPT_MAX = 64 };

/** What STS says of a new key, a letter an answer: y(es), n(ot known), a(nother's), u(nreachable). Then yes. */
struct script {
	const char *region;   /**< of the order */
	const char *endpoint; /**< of the order; NULL: AWS's own */
	char own[SCRIPT_MAX], other[SCRIPT_MAX];
	size_t own_at, other_at;
	char asked[2 * SCRIPT_MAX]; /**< 'o' own region, 'e' us-east-1, in order */
	int64_t sleeps[SCRIPT_MAX];
	size_t sleep_count;
	int64_t used_at; /**< what IAM tells of a key's last use; 0: never */
	char used_service[16];
	int64_t aws_ahead_s; /**< AWS's clock, as it was measured */
};

static struct script *script;

static void script_sleep(void *ctx, int64_t ms)
{
	if (script->sleep_count < SCRIPT_MAX)
		script->sleeps[script->sleep_count++] = ms;
	model_sleep(ctx, ms);
}

static const struct clock *script_clock(void)
{
	static struct clock clock;

	clock = (struct clock){.now_ns = model_clock, .sleep_ms = script_sleep, .ctx = &rig->model};
	return &clock;
}

static struct skew *script_skew(void *ctx, const char *url)
{
	static struct skew skew;

	(void)ctx;
	(void)url;
	skew.measured_s = script->aws_ahead_s;
	return &skew;
}

static bool script_answer(char letter, struct http_reply *reply, struct error *err)
{
	reply->maybe_sent = true;
	reply->date = rig->model.now_ms / 1000 + script->aws_ahead_s;
	if (letter == 'u')
		return error_set(err, ERROR_AWS_UNREACHABLE, "no answer");
	if (letter == 'n')
		return model_refuse(reply, 403, "InvalidClientTokenId", err);
	if (letter == 'a')
		return model_result(reply, "GetCallerIdentity",
				    "{\"Arn\":[\"arn:aws:iam::111122223333:user/other\"],"
				    "\"UserId\":[\"AIDAOTHER\"],\"Account\":[\"111122223333\"]}",
				    err);
	return model_result(reply, "GetCallerIdentity",
			    "{\"Arn\":[\"" MODEL_ARN "\"],\"UserId\":[\"AIDAMODEL\"],"
			    "\"Account\":[\"111122223333\"]}",
			    err);
}

static bool script_last_used(struct http_reply *reply, struct error *err)
{
	char text[256], when[TEXT_TIME_BYTES];

	text_format_time(script->used_at, when);
	(void)snprintf(
	    text, sizeof(text),
	    "{\"AccessKeyLastUsed\":[{\"LastUsedDate\":[\"%s\"],\"ServiceName\":[\"%s\"],"
	    "\"Region\":[\"eu-west-1\"]}]}",
	    when, script->used_service);
	return model_result(reply, "GetAccessKeyLastUsed", text, err);
}

static bool script_send(void *ctx, const struct http_request *request, struct http_reply *reply,
			struct error *err)
{
	char action[32], signer[64], letter = 'y';
	bool elsewhere = strstr(request->url, "us-east-1") != NULL, ok;
	size_t asked = strlen(script->asked);

	model_field(buf_text(&request->body), "Action", action, sizeof(action));
	model_signer(request, signer, sizeof(signer));
	if (strcmp(action, "GetAccessKeyLastUsed") == 0 && script->used_at) {
		reply->date = rig->model.now_ms / 1000 + script->aws_ahead_s;
		return script_last_used(reply, err);
	}
	if (strcmp(action, "GetCallerIdentity") == 0 &&
	    strcmp(signer, rig->model.keys[0].id) != 0) {
		if (asked + 1 < sizeof(script->asked))
			script->asked[asked] = elsewhere ? 'e' : 'o';
		if (elsewhere && script->other[script->other_at])
			letter = script->other[script->other_at++];
		else if (!elsewhere && script->own[script->own_at])
			letter = script->own[script->own_at++];
		return script_answer(letter, reply, err);
	}
	ok = model_send(ctx, request, reply, err);
	reply->date += script->aws_ahead_s;
	return ok;
}

static void script_run_in_child(void)
{
	struct store *store = rig_open();
	struct http http = {.send = script_send, .ctx = &rig->model};
	const struct rotate_seams seams = {.store = store,
					   .http = &http,
					   .clock = script_clock(),
					   .skew = script_skew,
					   .entry = rig_entry};
	const struct rotate_order order = {.name = "prod",
					   .retire = rig_doing.retire ? rig_doing.retire
								      : ROTATION_DEACTIVATE,
					   .idle_s = rig_doing.idle_s,
					   .grace_s = ROTATION_GRACE_S,
					   .region = script->region,
					   .endpoint = script->endpoint};
	struct error err = ERROR_INIT, ignored;
	struct rotate rotate;

	rig->ok = rotate_open(&rotate, &seams, &order, &err) && rig_act(&rotate, &err);
	disk.before = NULL;
	rig->code = err.code;
	(void)snprintf(rig->message, sizeof(rig->message), "%s", err.message);
	(void)snprintf(rig->hint, sizeof(rig->hint), "%s", err.hint);
	rig->step = rotate.row.step;
	rig->over = rotate.over;
	rotate_clear(&rotate);
	(void)store_close(store, &ignored);
}

/** One run, in a process of its own; what was asked and slept is in *script. */
static void script_rotate(struct rig_run run)
{
	rig_doing = run;
	rig->model.calls = 0;
	script->sleep_count = 0;
	memset(script->asked, 0, sizeof(script->asked));
	rig_fork(script_run_in_child);
	assert_false(rig->died);
}

static int script_setup(void **state)
{
	script = mmap(NULL, sizeof(*script), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_true(script != MAP_FAILED);
	script->region = "eu-west-1";
	return rig_setup(state);
}

static int script_teardown(void **state)
{
	(void)munmap(script, sizeof(*script));
	return rig_teardown(state);
}

/** The vault opens, both names hold one key, and it works. */
static UNUSED void script_works(void)
{
	rig_check();
	if (rig->problem[0])
		fail_msg("%s", rig->problem);
}

#define SCRIPT_TEST(name) cmocka_unit_test_setup_teardown(name, script_setup, script_teardown)

#endif
