/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_AWS_SCRIPT_H
#define CV_TESTS_AWS_SCRIPT_H

#include "vault/aws/call.h"
#include "vault/format/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/**
 * A scripted AWS: answers in order, a record of what was asked, and a clock that moves only when it
 * is told to (or slept on). Every test begins with script_start() and ends with script_end().
 */

enum { SCRIPT_MAX = 16, SCRIPT_NOW = 1795000000 /* 2026-11-18 */ };

/** One step: an answer (tree as JSON text), or no answer at all. */
struct script_step {
	const char *tree;    /**< NULL: no document */
	const char *json;    /**< the tree of an answer in JSON */
	const char *type;    /**< x-amzn-errortype up to its colon */
	int status;	     /**< 0 is 200, or 400 for a tree that starts with an ErrorResponse */
	enum http_body body; /**< for a step without a tree */
	const char *broken;  /**< no answer; the reason */
	bool unsent;	     /**< with broken: nothing was sent */
	int64_t ahead_s;     /**< Date is so far ahead of the clock; INT64_MIN for no Date */
	bool aged;
	int64_t round_trip_ms;
	int64_t retry_after_ms; /**< 0 for none */
	int64_t takes_ms;	/**< what the clock moves by */
};

struct script {
	const struct script_step *steps;
	size_t count;
	size_t asked; /**< requests so far */
	char bodies[SCRIPT_MAX][2048];
	char dates[SCRIPT_MAX][32];
	char authorizations[SCRIPT_MAX][512];
	char tokens[SCRIPT_MAX][64];
	char urls[SCRIPT_MAX][256];
	char methods[SCRIPT_MAX][8];
	char queries[SCRIPT_MAX][256];
	char bearers[SCRIPT_MAX][64];
	const char *proxies[SCRIPT_MAX];
	bool once[SCRIPT_MAX];
	int64_t total_timeouts[SCRIPT_MAX];
	int64_t real_ms, boot_ms, slept_ms;
	int64_t sleeps[SCRIPT_MAX];
	size_t sleep_count;
	/* What a test calls with. */
	struct http http;
	struct clock clock;
	struct endpoint endpoint;
	struct credentials signer;
	struct skew skew;
	struct aws aws;
	struct aws_failure failure;
	struct error err;
};

static inline int64_t script_now(void *ctx, enum clock_kind kind)
{
	const struct script *s = ctx;

	return (kind == CLOCK_KIND_REAL ? s->real_ms : s->boot_ms) * 1000000;
}

static inline void script_sleep(void *ctx, int64_t ms)
{
	struct script *s = ctx;

	assert_true(s->sleep_count < SCRIPT_MAX);
	s->sleeps[s->sleep_count++] = ms;
	s->slept_ms += ms;
	s->real_ms += ms;
	s->boot_ms += ms;
}

static inline const char *script_header(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++) {
		if (strcmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	}
	return "";
}

static inline void script_record(struct script *s, const struct http_request *request)
{
	size_t i = s->asked;

	assert_true(i < SCRIPT_MAX);
	(void)snprintf(s->methods[i], sizeof(s->methods[i]), "%s", request->method);
	(void)snprintf(s->queries[i], sizeof(s->queries[i]), "%s",
		       request->query ? request->query : "");
	(void)snprintf(s->bearers[i], sizeof(s->bearers[i]), "%s",
		       script_header(request, "x-amz-sso_bearer_token"));
	(void)snprintf(s->bodies[i], sizeof(s->bodies[i]), "%s", buf_text(&request->body));
	(void)snprintf(s->urls[i], sizeof(s->urls[i]), "%s", request->url);
	(void)snprintf(s->dates[i], sizeof(s->dates[i]), "%s",
		       script_header(request, "X-Amz-Date"));
	(void)snprintf(s->authorizations[i], sizeof(s->authorizations[i]), "%s",
		       script_header(request, "Authorization"));
	(void)snprintf(s->tokens[i], sizeof(s->tokens[i]), "%s",
		       script_header(request, "X-Amz-Security-Token"));
	s->proxies[i] = request->proxy.url;
	s->once[i] = request->once;
	s->total_timeouts[i] = request->total_timeout_ms;
}

static inline bool script_send(void *ctx, const struct http_request *request,
			       struct http_reply *reply, struct error *err)
{
	struct script *s = ctx;
	const struct script_step *step;

	script_record(s, request);
	if (s->asked >= s->count)
		fail_msg("request %zu was not expected: %s", s->asked + 1, s->bodies[s->asked]);
	step = &s->steps[s->asked++];
	s->real_ms += step->takes_ms;
	s->boot_ms += step->takes_ms;
	reply->maybe_sent = !step->unsent;
	if (step->broken)
		return error_set(err, ERROR_AWS_UNREACHABLE, "%s", step->broken);
	reply->status = step->status					    ? step->status
			: step->tree && strstr(step->tree, "ErrorResponse") ? 400
									    : 200;
	reply->body = step->body;
	if (step->tree) {
		assert_true(json_parse(step->tree, strlen(step->tree), 1048576, &reply->tree, err));
		reply->body = HTTP_BODY_XML;
	}
	if (step->json) {
		assert_true(json_parse(step->json, strlen(step->json), 1048576, &reply->tree, err));
		reply->body = HTTP_BODY_JSON;
	}
	if (step->type)
		(void)snprintf(reply->error_type, sizeof(reply->error_type), "%s", step->type);
	if (step->ahead_s != INT64_MIN)
		reply->date = s->real_ms / 1000 + step->ahead_s;
	reply->aged = step->aged;
	reply->round_trip_ms = step->round_trip_ms;
	reply->retry_after_ms = step->retry_after_ms ? step->retry_after_ms : -1;
	return true;
}

/** An aws to call with: STS in eu-central-1, signed by a long-term key. */
static inline struct script *script_start(const struct script_step *steps, size_t count)
{
	struct script *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->steps = steps;
	s->count = count;
	s->real_ms = (int64_t)SCRIPT_NOW * 1000;
	s->boot_ms = 5000000;
	s->http = (struct http){.send = script_send, .ctx = s};
	s->clock = (struct clock){.now_ns = script_now, .sleep_ms = script_sleep, .ctx = s};
	credentials_init(&s->signer);
	assert_true(endpoint_make("sts", "eu-central-1", NULL, &s->endpoint, &s->err));
	assert_true(credentials_set(
	    &s->signer,
	    &(struct credentials_text){.access_key_id = "AKIAIOSFODNN7EXAMPLE",
				       .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
				       .secret_len = 40},
	    SCRIPT_NOW, &s->err));
	s->aws = (struct aws){.http = &s->http,
			      .clock = &s->clock,
			      .endpoint = &s->endpoint,
			      .signer = &s->signer,
			      .skew = &s->skew};
	return s;
}

#define SCRIPT(...)                                                      \
	script_start((const struct script_step[]){__VA_ARGS__},          \
		     sizeof((const struct script_step[]){__VA_ARGS__}) / \
			 sizeof(struct script_step))

/** Signs with a session from here on. */
static inline void script_use_session(struct script *s)
{
	assert_true(credentials_set(
	    &s->signer,
	    &(struct credentials_text){.access_key_id = "ASIAIOSFODNN7EXAMPLE",
				       .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
				       .secret_len = 40,
				       .session_token = "FwoGZXIvYXdzEXAMPLETOKEN",
				       .expires_at = SCRIPT_NOW + 3600},
	    SCRIPT_NOW, &s->err));
}

/** Everything that was expected was asked. */
static inline void script_end(struct script *s)
{
	assert_int_equal(s->asked, s->count);
	credentials_clear(&s->signer);
	free(s);
}

static inline int script_open(void **state)
{
	struct error err;

	(void)state;
	json_open();
	return secret_open(true, &err) ? 0 : -1;
}

static inline int script_close(void **state)
{
	(void)state;
	secret_close();
	return 0;
}

/* The answers, as the courier's XML code shapes them. */
#define SCRIPT_ERROR(code_, message_)                                               \
	"{\"ErrorResponse\":[{\"Error\":[{\"Type\":[\"Sender\"],\"Code\":[\"" code_ \
	"\"],\"Message\":[\"" message_ "\"]}],\"RequestId\":[\"req-1\"]}]}"
#define SCRIPT_RESULT(action_, result_)                              \
	"{\"" action_ "Response\":[{\"" action_ "Result\":[" result_ \
	"],\"ResponseMetadata\":[{\"RequestId\":[\"req-2\"]}]}]}"
#define SCRIPT_IDENTITY                                                    \
	SCRIPT_RESULT("GetCallerIdentity",                                 \
		      "{\"Arn\":[\"arn:aws:iam::123456789012:user/dev\"]," \
		      "\"UserId\":[\"AIDACKCEVSQ6C2EXAMPLE\"],\"Account\":[\"123456789012\"]}")

#endif
