/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_ROTATE_MODEL_H
#define CV_TESTS_ROTATE_MODEL_H

#include "vault/aws/http.h"
#include "vault/base/clock.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/**
 * A small IAM and STS of one user, a clock, and a fault at one of its calls; all plain memory, so that it can
 * be shared between processes and outlive the one that is killed.
 */

enum { MODEL_KEYS = 8, MODEL_NOW = 1795000000, MODEL_DIED = 77 };

#define MODEL_ARN "arn:aws:iam::111122223333:user/dev"

enum model_fault {
	FAULT_NONE,
	FAULT_KILLED_BEFORE,
	FAULT_KILLED_AFTER,
	FAULT_DROPPED,	 /**< sent, not carried out, no answer */
	FAULT_LOST,	 /**< carried out, no answer */
	FAULT_500_AFTER, /**< carried out, and said to have failed */
	FAULT_GARBAGE,	 /**< carried out, and the answer makes no sense */
	FAULT_THROTTLED,
	FAULT_DENIED,
	FAULT_UNSENT,
	FAULTS
};

struct model_key {
	char id[24];
	char secret[44];
	bool exists, active, used;
	int64_t created_at;
	int young; /**< so many calls signed with it are refused */
};

struct model {
	struct model_key keys[MODEL_KEYS];
	int made;
	int64_t now_ms;
	int calls;
	int fault_at; /**< the call that fails, from 1; 0 = none */
	enum model_fault fault;
	bool fault_stays; /**< all calls of that action from then on */
	char fault_action[32];
	char denied[64]; /**< an action that is not allowed */
	int young;	 /**< what a new key's `young` is */
	char trace[64][32];
};

static inline struct model_key *model_key(struct model *m, const char *id)
{
	for (int i = 0; i < m->made; i++) {
		if (m->keys[i].exists && strcmp(m->keys[i].id, id) == 0)
			return &m->keys[i];
	}
	return NULL;
}

static inline struct model_key *model_add(struct model *m)
{
	struct model_key *key = &m->keys[m->made++];

	(void)snprintf(key->id, sizeof(key->id), "AKIAMODELKEY%08d", m->made);
	(void)snprintf(key->secret, sizeof(key->secret), "secretOfTheModelsKey/Number+%012d",
		       m->made);
	key->exists = key->active = true;
	key->created_at = m->now_ms / 1000;
	key->young = m->young;
	return key;
}

static inline int model_count(const struct model *m, bool only_active)
{
	int n = 0;

	for (int i = 0; i < m->made; i++)
		n += m->keys[i].exists && (m->keys[i].active || !only_active);
	return n;
}

static inline int64_t model_clock(void *ctx, enum clock_kind kind)
{
	const struct model *m = ctx;

	(void)kind;
	return m->now_ms * 1000000;
}

static inline void model_sleep(void *ctx, int64_t ms)
{
	struct model *m = ctx;

	m->now_ms += ms;
}

static inline void model_field(const char *body, const char *name, char *out, size_t size)
{
	char wanted[40];
	const char *at;

	(void)snprintf(wanted, sizeof(wanted), "%s=", name);
	out[0] = '\0';
	for (at = body; at; at = strchr(at, '&'), at = at ? at + 1 : NULL) {
		if (strncmp(at, wanted, strlen(wanted)) == 0) {
			at += strlen(wanted);
			(void)snprintf(out, size, "%.*s", (int)strcspn(at, "&"), at);
			return;
		}
	}
}

static inline bool model_tree(struct http_reply *reply, int status, const char *text,
			      struct error *err)
{
	reply->status = status;
	reply->body = HTTP_BODY_XML;
	return json_parse(text, strlen(text), 65536, &reply->tree, err);
}

static inline bool model_refuse(struct http_reply *reply, int status, const char *code,
				struct error *err)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "{\"ErrorResponse\":[{\"Error\":[{\"Code\":[\"%s\"],\"Message\":[\"no\"]}],"
		       "\"RequestId\":[\"r\"]}]}",
		       code);
	return model_tree(reply, status, text, err);
}

static inline bool model_result(struct http_reply *reply, const char *action, const char *result,
				struct error *err)
{
	char text[4096];

	(void)snprintf(text, sizeof(text),
		       "{\"%sResponse\":[{\"%sResult\":[%s],\"ResponseMetadata\":[{\"RequestId\":["
		       "\"r\"]}]}]}",
		       action, action, result);
	return model_tree(reply, 200, text, err);
}

static inline size_t model_describe(const struct model_key *key, bool secret, char *out,
				    size_t size)
{
	char time[TEXT_TIME_BYTES], more[80] = "";

	text_format_time(key->created_at, time);
	if (secret)
		(void)snprintf(more, sizeof(more), ",\"SecretAccessKey\":[\"%s\"]", key->secret);
	return (size_t)snprintf(
	    out, size,
	    "{\"UserName\":[\"dev\"],\"AccessKeyId\":[\"%s\"],\"Status\":[\"%s\"],"
	    "\"CreateDate\":[\"%s\"]%s}",
	    key->id, key->active ? "Active" : "Inactive", time, more);
}

static inline bool model_list(struct model *m, struct http_reply *reply, struct error *err)
{
	char text[2048];
	size_t n = 0;

	n += (size_t)snprintf(text, sizeof(text), "{\"AccessKeyMetadata\":[{\"member\":[");
	for (int i = 0, first = 1; i < m->made; i++) {
		if (!m->keys[i].exists)
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", first ? "" : ",");
		n += model_describe(&m->keys[i], false, text + n, sizeof(text) - n);
		first = 0;
	}
	(void)snprintf(text + n, sizeof(text) - n, "]}],\"IsTruncated\":[\"false\"]}");
	return model_result(reply, "ListAccessKeys", text, err);
}

static inline bool model_change(struct model *m, const char *action, const char *body,
				struct http_reply *reply, struct error *err)
{
	char id[64], status[16];
	struct model_key *key;

	model_field(body, "AccessKeyId", id, sizeof(id));
	model_field(body, "Status", status, sizeof(status));
	key = model_key(m, id);
	if (!key)
		return model_refuse(reply, 404, "NoSuchEntity", err);
	if (strcmp(action, "DeleteAccessKey") == 0)
		key->exists = key->active = false;
	else
		key->active = strcmp(status, "Active") == 0;
	return model_result(reply, action, "\"\"", err);
}

static inline bool model_carry_out(struct model *m, const char *action, const char *signer,
				   const char *body, struct http_reply *reply, struct error *err)
{
	struct model_key *by = model_key(m, signer);
	char text[512], allowed[64];

	if (!by || !by->active || by->young > 0) {
		if (by && by->young > 0)
			by->young--;
		return model_refuse(reply, 403, "InvalidClientTokenId", err);
	}
	if (strcmp(action, m->denied) == 0)
		return model_refuse(reply, 403, "AccessDenied", err);
	by->used = true;
	if (strcmp(action, "GetCallerIdentity") == 0)
		return model_result(reply, action,
				    "{\"Arn\":[\"" MODEL_ARN "\"],\"UserId\":[\"AIDAMODEL\"],"
				    "\"Account\":[\"111122223333\"]}",
				    err);
	if (strcmp(action, "ListAccessKeys") == 0)
		return model_list(m, reply, err);
	if (strcmp(action, "CreateAccessKey") == 0) {
		size_t n;

		if (model_count(m, false) >= 2)
			return model_refuse(reply, 409, "LimitExceeded", err);
		n = (size_t)snprintf(text, sizeof(text), "{\"AccessKey\":[");
		n += model_describe(model_add(m), true, text + n, sizeof(text) - n);
		(void)snprintf(text + n, sizeof(text) - n, "]}");
		return model_result(reply, action, text, err);
	}
	if (strcmp(action, "GetAccessKeyLastUsed") == 0)
		return model_result(
		    reply, action,
		    "{\"AccessKeyLastUsed\":[{\"ServiceName\":[\"N/A\"],\"Region\":["
		    "\"N/A\"]}]}",
		    err);
	if (strcmp(action, "SimulatePrincipalPolicy") == 0) {
		model_field(body, "ActionNames.member.1", allowed, sizeof(allowed));
		(void)snprintf(
		    text, sizeof(text),
		    "{\"EvaluationResults\":[{\"member\":[{\"EvalDecision\":[\"%s\"]}]}]}",
		    m->denied[0] && strstr(allowed, m->denied) ? "implicitDeny" : "allowed");
		return model_result(reply, action, text, err);
	}
	return model_change(m, action, body, reply, err);
}

/* "AWS4-HMAC-SHA256 Credential=AKIA…/…" */
static inline void model_signer(const struct http_request *request, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < request->header_count; i++) {
		const char *at = strstr(request->headers[i].value, "Credential=");

		if (at)
			(void)snprintf(out, size, "%.*s", (int)strcspn(at + 11, "/"), at + 11);
	}
}

static inline bool model_strikes(struct model *m, const char *action)
{
	if (m->calls == m->fault_at) {
		(void)snprintf(m->fault_action, sizeof(m->fault_action), "%s", action);
		return true;
	}
	return m->fault_stays && m->fault_action[0] && strcmp(action, m->fault_action) == 0;
}

static inline bool model_send(void *ctx, const struct http_request *request,
			      struct http_reply *reply, struct error *err)
{
	struct model *m = ctx;
	char action[32], signer[64];
	enum model_fault fault;
	bool ok;

	model_field(buf_text(&request->body), "Action", action, sizeof(action));
	model_signer(request, signer, sizeof(signer));
	m->calls++;
	if (m->calls < 64)
		(void)snprintf(m->trace[m->calls], sizeof(m->trace[0]), "%s", action);
	m->now_ms += 20;
	reply->date = m->now_ms / 1000;
	reply->maybe_sent = true;
	fault = model_strikes(m, action) ? m->fault : FAULT_NONE;
	switch (fault) {
	case FAULT_KILLED_BEFORE: _exit(MODEL_DIED);
	case FAULT_DROPPED: return error_set(err, ERROR_AWS_UNREACHABLE, "no answer");
	case FAULT_UNSENT:
		reply->maybe_sent = false;
		return error_set(err, ERROR_AWS_UNREACHABLE, "not connected");
	case FAULT_THROTTLED: return model_refuse(reply, 400, "Throttling", err);
	case FAULT_DENIED: return model_refuse(reply, 403, "AccessDenied", err);
	default: break;
	}
	ok = model_carry_out(m, action, signer, buf_text(&request->body), reply, err);
	if (fault == FAULT_NONE || !ok)
		return ok;
	json_decref(reply->tree);
	reply->tree = NULL;
	if (fault == FAULT_KILLED_AFTER)
		_exit(MODEL_DIED);
	if (fault == FAULT_500_AFTER)
		return model_refuse(reply, 500, "ServiceFailure", err);
	if (fault == FAULT_GARBAGE)
		return model_tree(reply, 200, "{\"html\":[\"\"]}", err);
	return error_set(err, ERROR_AWS_UNREACHABLE, "no answer");
}

#endif
