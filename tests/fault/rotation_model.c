/* SPDX-License-Identifier: MIT */
#include "tests/fault/rotation_model.h"

#include "vault/base/text.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void (*model_called)(const struct model *m);

/* --- what there is ---------------------------------------------------------------------------- */

const char *model_fault_name(enum model_fault fault)
{
	static const char *const names[] = {"",
#define X(name_, word_, column_) word_,
					    MODEL_FAULTS(X)
#undef X
	};

	return names[fault];
}

const char *model_fault_column(enum model_fault fault)
{
	static const char *const columns[] = {"",
#define X(name_, word_, column_) column_,
					      MODEL_FAULTS(X)
#undef X
	};

	return columns[fault];
}

bool model_fault_kills(enum model_fault fault)
{
	return fault == FAULT_KILLED_BEFORE || fault == FAULT_KILLED_AFTER ||
	       fault == FAULT_KILLED_LATE;
}

struct model_key *model_key(struct model *m, const char *id)
{
	for (int i = 0; i < m->made; i++) {
		if (m->keys[i].exists && strcmp(m->keys[i].id, id) == 0)
			return &m->keys[i];
	}
	return NULL;
}

struct model_key *model_add(struct model *m, enum model_owner owner)
{
	struct model_key *key = &m->keys[m->made++];

	(void)snprintf(key->id, sizeof(key->id), "AKIAMODELKEY%08d", m->made);
	(void)snprintf(key->secret, sizeof(key->secret), MODEL_SECRET "%012d", m->made);
	key->exists = key->active = true;
	key->owner = owner;
	key->created_at = m->now_ms / 1000;
	key->young = m->young;
	return key;
}

int model_count(const struct model *m, bool only_active)
{
	int n = 0;

	for (int i = 0; i < m->made; i++)
		n += m->keys[i].exists && m->keys[i].owner == OWNER_OURS &&
		     (m->keys[i].active || !only_active);
	return n;
}

static int count_all(const struct model *m)
{
	int n = 0;

	for (int i = 0; i < m->made; i++)
		n += m->keys[i].exists;
	return n;
}

static const char *root_of(const struct model *m, const char *id)
{
	for (int i = 0; i < m->sessions_made; i++) {
		if (strcmp(m->sessions[i].id, id) == 0)
			return m->sessions[i].key;
	}
	return id;
}

bool model_works(struct model *m, const char *id)
{
	const struct model_key *key = model_key(m, root_of(m, id));

	return key && key->active;
}

static int64_t now_ns(void *ctx, enum clock_kind kind)
{
	const struct model *m = ctx;

	(void)kind;
	return m->now_ms * 1000000;
}

static void sleep_ms(void *ctx, int64_t ms)
{
	struct model *m = ctx;

	m->now_ms += ms;
}

struct clock model_clock(struct model *m)
{
	return (struct clock){.now_ns = now_ns, .sleep_ms = sleep_ms, .ctx = m};
}

/* --- answers ---------------------------------------------------------------------------------- */

static bool tree(struct http_reply *reply, int status, const char *text, struct error *err)
{
	reply->status = status;
	reply->body = HTTP_BODY_XML;
	return json_parse(text, strlen(text), 65536, &reply->tree, err);
}

static bool refuse(struct http_reply *reply, int status, const char *code, struct error *err)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "{\"ErrorResponse\":[{\"Error\":[{\"Code\":[\"%s\"],\"Message\":[\"no\"]}],"
		       "\"RequestId\":[\"r\"]}]}",
		       code);
	return tree(reply, status, text, err);
}

static bool result(struct http_reply *reply, const char *action, const char *of, struct error *err)
{
	char text[4096];

	(void)snprintf(text, sizeof(text),
		       "{\"%sResponse\":[{\"%sResult\":[%s],\"ResponseMetadata\":[{\"RequestId\":["
		       "\"r\"]}]}]}",
		       action, action, of);
	return tree(reply, 200, text, err);
}

static size_t describe(const struct model_key *key, bool secret, char *out, size_t size)
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

/* --- what is asked ---------------------------------------------------------------------------- */

static void field(const char *body, const char *name, char *out, size_t size)
{
	char wanted[40];

	(void)snprintf(wanted, sizeof(wanted), "%s=", name);
	out[0] = '\0';
	for (const char *at = body; at; at = strchr(at, '&'), at = at ? at + 1 : NULL) {
		if (strncmp(at, wanted, strlen(wanted)) == 0) {
			at += strlen(wanted);
			(void)snprintf(out, size, "%.*s", (int)strcspn(at, "&"), at);
			return;
		}
	}
}

static bool list(struct model *m, struct http_reply *reply, struct error *err)
{
	char text[2048];
	size_t n = 0;

	n += (size_t)snprintf(text, sizeof(text), "{\"AccessKeyMetadata\":[{\"member\":[");
	for (int i = 0, first = 1; i < m->made; i++) {
		if (!m->keys[i].exists)
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", first ? "" : ",");
		n += describe(&m->keys[i], false, text + n, sizeof(text) - n);
		first = 0;
	}
	(void)snprintf(text + n, sizeof(text) - n, "]}],\"IsTruncated\":[\"false\"]}");
	return result(reply, "ListAccessKeys", text, err);
}

static bool create(struct model *m, struct http_reply *reply, struct error *err)
{
	char text[512];
	size_t n;

	if (count_all(m) >= 2)
		return refuse(reply, 409, "LimitExceeded", err);
	n = (size_t)snprintf(text, sizeof(text), "{\"AccessKey\":[");
	n += describe(model_add(m, OWNER_OURS), true, text + n, sizeof(text) - n);
	(void)snprintf(text + n, sizeof(text) - n, "]}");
	return result(reply, "CreateAccessKey", text, err);
}

static bool change(struct model *m, const char *action, const char *body, struct http_reply *reply,
		   struct error *err)
{
	char id[64], status[16];
	struct model_key *key;

	field(body, "AccessKeyId", id, sizeof(id));
	field(body, "Status", status, sizeof(status));
	key = model_key(m, id);
	if (!key)
		return refuse(reply, 404, "NoSuchEntity", err);
	if (strcmp(action, "DeleteAccessKey") == 0)
		key->exists = key->active = false;
	else
		key->active = strcmp(status, "Active") == 0;
	return result(reply, action, "\"\"", err);
}

static bool last_used(struct model *m, const char *body, struct http_reply *reply,
		      struct error *err)
{
	char id[64], time[TEXT_TIME_BYTES], text[256];
	const struct model_key *key;

	field(body, "AccessKeyId", id, sizeof(id));
	key = model_key(m, id);
	if (!key || !key->used_at)
		return result(reply, "GetAccessKeyLastUsed",
			      "{\"AccessKeyLastUsed\":[{\"ServiceName\":[\"N/A\"],\"Region\":["
			      "\"N/A\"]}]}",
			      err);
	text_format_time(key->used_at, time);
	(void)snprintf(text, sizeof(text),
		       "{\"AccessKeyLastUsed\":[{\"LastUsedDate\":[\"%s\"],\"ServiceName\":["
		       "\"iam\"],\"Region\":[\"us-east-1\"]}]}",
		       time);
	return result(reply, "GetAccessKeyLastUsed", text, err);
}

static bool simulate(struct model *m, const char *body, struct http_reply *reply, struct error *err)
{
	char allowed[64], text[256];

	field(body, "ActionNames.member.1", allowed, sizeof(allowed));
	(void)snprintf(text, sizeof(text),
		       "{\"EvaluationResults\":[{\"member\":[{\"EvalDecision\":[\"%s\"]}]}]}",
		       m->denied[0] && strstr(allowed, m->denied) ? "implicitDeny" : "allowed");
	return result(reply, "SimulatePrincipalPolicy", text, err);
}

static bool changes(const char *action)
{
	return strcmp(action, "CreateAccessKey") == 0 || strcmp(action, "UpdateAccessKey") == 0 ||
	       strcmp(action, "DeleteAccessKey") == 0;
}

static bool carry_out(struct model *m, const char *action, const char *signer, const char *body,
		      struct http_reply *reply, struct error *err)
{
	const char *root = root_of(m, signer);
	struct model_key *by = model_key(m, root);

	if (!by || !by->active || by->young > 0) {
		if (by && by->young > 0)
			by->young--;
		return refuse(reply, 403, "InvalidClientTokenId", err);
	}
	if (strcmp(action, m->denied) == 0 ||
	    (m->mfa_demanded && changes(action) && root == signer))
		return refuse(reply, 403, "AccessDenied", err);
	by->used_at = m->now_ms / 1000;
	if (strcmp(action, "GetCallerIdentity") == 0)
		return result(reply, action,
			      "{\"Arn\":[\"" MODEL_ARN "\"],\"UserId\":[\"AIDAMODEL\"],"
			      "\"Account\":[\"111122223333\"]}",
			      err);
	if (strcmp(action, "ListAccessKeys") == 0)
		return list(m, reply, err);
	if (strcmp(action, "CreateAccessKey") == 0)
		return create(m, reply, err);
	if (strcmp(action, "GetAccessKeyLastUsed") == 0)
		return last_used(m, body, reply, err);
	if (strcmp(action, "SimulatePrincipalPolicy") == 0)
		return simulate(m, body, reply, err);
	return change(m, action, body, reply, err);
}

/* --- what goes wrong -------------------------------------------------------------------------- */

static bool strikes(struct model *m, const char *action)
{
	if (m->calls == m->fault_at) {
		(void)snprintf(m->fault_action, sizeof(m->fault_action), "%s", action);
		return true;
	}
	return m->fault_stays && m->fault_action[0] && strcmp(action, m->fault_action) == 0;
}

enum model_fault model_call(struct model *m, const char *action)
{
	enum model_fault fault;

	m->calls++;
	if (m->calls < MODEL_TRACE)
		(void)snprintf(m->trace[m->calls], sizeof(m->trace[0]), "%s", action);
	m->now_ms += 20;
	fault = strikes(m, action) ? m->fault : FAULT_NONE;
	m->struck += fault != FAULT_NONE;
	if (model_called)
		model_called(m);
	if (fault == FAULT_KILLED_BEFORE)
		_exit(MODEL_DIED);
	return fault;
}

void model_call_done(struct model *m, enum model_fault fault)
{
	if (fault == FAULT_KILLED_AFTER)
		_exit(MODEL_DIED);
	if (model_called)
		model_called(m);
}

const char *model_last(const struct model *m)
{
	return m->calls < MODEL_TRACE ? m->trace[m->calls] : "";
}

void model_arrive(struct model *m)
{
	struct http_reply reply = HTTP_REPLY_INIT;
	const struct model_late late = m->late;
	struct error ignored;
	int made = m->made;

	if (!m->late.there)
		return;
	m->late.there = false;
	(void)!carry_out(m, late.action, late.signer, late.body, &reply, &ignored);
	http_reply_clear(&reply);
	if (m->made > made)
		m->keys[made].lost = true;
}

static void defer(struct model *m, const char *action, const char *signer, const char *body)
{
	/* One at a time is on its way. */
	model_arrive(m);
	if (!changes(action) || strlen(body) >= sizeof(m->late.body))
		return;
	m->late.there = true;
	(void)snprintf(m->late.action, sizeof(m->late.action), "%s", action);
	(void)snprintf(m->late.signer, sizeof(m->late.signer), "%s", signer);
	(void)snprintf(m->late.body, sizeof(m->late.body), "%s", body);
}

/* What was on its way comes behind this call. */
static void let_arrive(struct model *m, const char *action)
{
	bool waits_for_list = strcmp(m->late.action, "CreateAccessKey") == 0;

	if (m->late.there && (!waits_for_list || strcmp(action, "ListAccessKeys") == 0))
		model_arrive(m);
}

/* "AWS4-HMAC-SHA256 Credential=AKIA…/…" */
static void find_signer(const struct http_request *request, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < request->header_count; i++) {
		const char *at = strstr(request->headers[i].value, "Credential=");

		if (at)
			(void)snprintf(out, size, "%.*s", (int)strcspn(at + 11, "/"), at + 11);
	}
}

static bool no_answer(struct error *err)
{
	return error_set(err, ERROR_AWS_UNREACHABLE, "no answer");
}

/* Without being carried out. *done says whether that is all. */
static bool fail_before(struct model *m, enum model_fault fault, const char *action,
			const char *signer, const char *body, struct http_reply *reply, bool *done,
			struct error *err)
{
	*done = true;
	switch (fault) {
	case FAULT_DROPPED: return no_answer(err);
	case FAULT_LATE: defer(m, action, signer, body); return no_answer(err);
	case FAULT_KILLED_LATE: defer(m, action, signer, body); _exit(MODEL_DIED);
	case FAULT_UNSENT:
		reply->maybe_sent = false;
		return error_set(err, ERROR_AWS_UNREACHABLE, "not connected");
	case FAULT_THROTTLED: return refuse(reply, 400, "Throttling", err);
	case FAULT_DENIED: return refuse(reply, 403, "AccessDenied", err);
	default: *done = false; return true;
	}
}

/* Carried out, and then. */
static bool fail_after(enum model_fault fault, struct http_reply *reply, struct error *err)
{
	json_decref(reply->tree);
	reply->tree = NULL;
	if (fault == FAULT_500_AFTER)
		return refuse(reply, 500, "ServiceFailure", err);
	if (fault == FAULT_GARBAGE)
		return tree(reply, 200, "{\"html\":[\"\"]}", err);
	return no_answer(err);
}

bool model_send(void *ctx, const struct http_request *request, struct http_reply *reply,
		struct error *err)
{
	struct model *m = ctx;
	const char *body = buf_text(&request->body);
	char action[MODEL_ACTION_BYTES], signer[24];
	enum model_fault fault;
	bool on_its_way = m->late.there, done, ok;
	int made = m->made;

	field(body, "Action", action, sizeof(action));
	find_signer(request, signer, sizeof(signer));
	fault = model_call(m, action);
	reply->date = m->now_ms / 1000;
	reply->maybe_sent = true;
	ok = fail_before(m, fault, action, signer, body, reply, &done, err);
	if (!done) {
		ok = carry_out(m, action, signer, body, reply, err);
		/* A refusal of what would have failed anyhow is not told twice. */
		if (m->made > made)
			m->keys[made].lost = fault != FAULT_NONE;
		model_call_done(m, fault);
		if (ok && fault != FAULT_NONE)
			ok = fail_after(fault, reply, err);
	}
	if (on_its_way)
		let_arrive(m, action);
	return ok;
}

const char *model_session(struct model *m, const char *access_key_id)
{
	enum model_fault fault = model_call(m, "GetSessionToken");
	bool answered = fault == FAULT_NONE || fault == FAULT_KILLED_AFTER;
	bool spent = answered || fault == FAULT_LOST || fault == FAULT_LATE ||
		     fault == FAULT_500_AFTER || fault == FAULT_GARBAGE;
	int n = m->sessions_made;

	if (fault == FAULT_KILLED_LATE)
		_exit(MODEL_DIED);
	if (!spent || n == MODEL_SESSIONS || !model_works(m, access_key_id))
		return NULL;
	(void)snprintf(m->sessions[n].id, sizeof(m->sessions[n].id), "ASIAMODELSESS%07d", n);
	(void)snprintf(m->sessions[n].key, sizeof(m->sessions[n].key), "%s", access_key_id);
	m->sessions_made++;
	model_call_done(m, fault);
	return answered ? m->sessions[n].id : NULL;
}

bool model_hook(struct model *m, int i, const char *new_access_key_id)
{
	enum model_fault fault = model_call(m, "Hook");
	struct model_key *key = model_key(m, new_access_key_id);
	bool answered = fault == FAULT_NONE || fault == FAULT_KILLED_AFTER;

	if (fault == FAULT_KILLED_LATE)
		_exit(MODEL_DIED);
	if (!key || !(answered || fault == FAULT_LOST || fault == FAULT_LATE ||
		      fault == FAULT_500_AFTER || fault == FAULT_GARBAGE))
		return false;
	key->hook_runs[i]++;
	model_call_done(m, fault);
	return answered;
}
