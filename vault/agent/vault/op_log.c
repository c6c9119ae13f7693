/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/audit/append.h"
#include "vault/audit/check.h"
#include "vault/audit/read.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/time.h"
#include "vault/store/change/witnessed.h"

#include <poll.h>
#include <string.h>

/*
 * A chunk is read while the store is held; how often somebody who follows the log is looked after.
 */
enum { LOG_CHUNK = 512, LOG_LAST_MAX = 1000000000, FOLLOW_MS = 250 };

/* Rows are made while the store is held and sent afterwards, a chunk at a time. */
struct reading {
	const char *profile;
	int64_t since;
	json_t *rows;
	uint64_t left;	/* on the way back: how many more are wanted */
	uint64_t start; /* the oldest that was found so far */
};

static bool matches(const struct reading *reading, const struct audit_entry *entry)
{
	return entry->time >= reading->since &&
	       (!reading->profile || strcmp(reading->profile, entry->profile) == 0);
}

static bool find_entry(void *arg, const struct audit_entry *entry)
{
	struct reading *reading = arg;

	if (matches(reading, entry)) {
		reading->start = entry->seq;
		reading->left--;
	}
	return reading->left > 0;
}

static json_t *peer_of(const struct audit_entry *entry, struct error *err)
{
	json_t *peer;

	if (!entry->peer.known)
		return json_null();
	peer = json_object();
	if (json_put(peer, "uid", json_integer(entry->peer.uid), err) &&
	    json_put(peer, "pid", json_integer(entry->peer.pid), err) &&
	    json_put_text(peer, "exe", entry->peer.exe, err) &&
	    json_put_text(peer, "parents", entry->peer.parents, err))
		return peer;
	json_decref(peer);
	return NULL;
}

static bool put_known(json_t *object, const char *name, const char *text, struct error *err)
{
	return json_put_text(object, name, text[0] ? text : NULL, err);
}

static bool add_entry(void *arg, const struct audit_entry *entry, struct error *err)
{
	struct reading *reading = arg;
	json_t *row;

	if (!matches(reading, entry))
		return true;
	row = json_object();
	if (json_put(row, "seq", json_integer((json_int_t)entry->seq), err) &&
	    json_put_time(row, "time", entry->time, err) &&
	    json_put_text(row, "op", audit_op_name(entry->op), err) &&
	    put_known(row, "profile", entry->profile, err) &&
	    put_known(row, "access_key_id", entry->access_key_id, err) &&
	    put_known(row, "what", entry->what, err) &&
	    json_put_time(row, "expires_at", entry->expires_at, err) &&
	    put_known(row, "policy", entry->policy, err) &&
	    json_put(row, "mfa", json_boolean(entry->mfa), err) &&
	    json_put(row, "peer", peer_of(entry, err), err) &&
	    json_put_text(row, "result", entry->result, err)) {
		if (json_array_append_new(reading->rows, row) == 0)
			return true;
		return error_set(err, ERROR_MEMORY, "out of memory");
	}
	json_decref(row);
	return false;
}

/* Where the newest `last` of the entries that match begin. */
static bool find_start(struct agent *agent, struct reading *reading, uint64_t count, uint64_t last,
		       uint64_t *start, struct error *err)
{
	*start = count < last ? 1 : count - last + 1;
	if (last == 0 || count <= last || (!reading->profile && reading->since == 0))
		return true;
	reading->left = last;
	if (!audit_read_back(agent->store, count, find_entry, reading, err))
		return false;
	*start = reading->left ? 1 : reading->start;
	return true;
}

/* Sends those of from … to that match, a chunk at a time; what is sent is not kept. */
static bool send_rows(struct request *request, struct reading *reading, uint64_t from, uint64_t to,
		      size_t *sent, struct error *err)
{
	bool ok = true;

	while (ok && from <= to) {
		uint64_t count = to - from + 1 < LOG_CHUNK ? to - from + 1 : LOG_CHUNK;

		reading->rows = json_array();
		ok = reading->rows
			 ? audit_read(request->agent->store, from, count, add_entry, reading, err)
			 : error_set(err, ERROR_MEMORY, "out of memory");
		for (size_t i = 0; ok && i < json_array_size(reading->rows); i++) {
			ok = request_row(request, json_incref(json_array_get(reading->rows, i)),
					 err);
			*sent += ok;
		}
		json_decref(reading->rows);
		from += count;
	}
	return ok;
}

/* Goes on with what comes, outside of the gate while nothing does, until the client has left. */
static bool follow(struct request *request, struct reading *reading, uint64_t count, size_t *sent,
		   struct error *err)
{
	struct pollfd client = {.fd = request->connection->fd, .events = POLLIN | POLLRDHUP};
	unsigned char head[32];
	uint64_t now;

	for (;;) {
		int left;

		if (!audit_head(request->agent->store, &now, head, err) ||
		    (now > count && !send_rows(request, reading, count + 1, now, sent, err)))
			return false;
		count = now;
		agent_leave(request->agent);
		left = poll(&client, 1, FOLLOW_MS);
		agent_reenter(request->agent);
		if (left > 0) {
			request->gone = true;
			return error_set(err, ERROR_INTERRUPTED, "the client has left");
		}
	}
}

static json_t *problem_of(const struct audit_problem *problem, struct error *err)
{
	const struct segment_problem *found = &problem->found;
	json_t *object = json_object();

	if (json_put(object, "from",
		     found->from ? json_integer((json_int_t)found->from) : json_null(), err) &&
	    json_put(object, "to", found->to ? json_integer((json_int_t)found->to) : json_null(),
		     err) &&
	    json_put_text(object, "what", found->what, err) &&
	    put_known(object, "file", found->file, err) &&
	    json_put_time(object, "after", problem->after, err) &&
	    json_put_time(object, "before", problem->before, err))
		return object;
	json_decref(object);
	return NULL;
}

/* What was found goes on record as well as it can. */
static void record(struct request *request, const struct audit_report *report)
{
	struct audit_entry entry = request_entry(request, AUDIT_OP_VERIFY);
	struct error ignored;

	audit_about(&entry, NULL, NULL, report->at[0].found.what);
	audit_failed(&entry, ERROR_TAMPERED);
	(void)!audit_record(request->agent->store, &entry, &ignored);
}

static bool verify_all(struct request *request, json_t **problems, struct error *err)
{
	struct audit_report report;

	*problems = NULL;
	if (!audit_check(request->agent->store, &report, err))
		return false;
	*problems = json_array();
	for (size_t i = 0; i < report.count; i++) {
		if (json_array_append_new(*problems, problem_of(&report.at[i], err)) != 0) {
			json_decref(*problems);
			*problems = NULL;
			return error_set(err, ERROR_MEMORY, "out of memory");
		}
	}
	if (report.problems)
		record(request, &report);
	return true;
}

/* Whether the head that is told is the one that this machine remembers. */
static bool is_marked(struct agent *agent)
{
	return agent->witness[0] && store_is_marked(agent->store, agent->witness);
}

bool op_log(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"last", "since", "profile", "verify", "follow", NULL};
	struct agent *agent = request->agent;
	const json_t *args = request->args;
	struct reading reading = {.since = 0};
	json_t *problems = NULL;
	unsigned char head[32];
	char hex[65];
	const char *since;
	uint64_t count, start;
	int64_t last;
	size_t sent = 0;
	bool verify, follows, broken;

	if (!json_only(args, keys, err) ||
	    !json_number(args, "last", 0, LOG_LAST_MAX, LOG_LAST_MAX, &last, err) ||
	    !json_text(args, "since", 40, &since, err) ||
	    !json_text(args, "profile", TEXT_NAME_MAX, &reading.profile, err) ||
	    !json_flag(args, "verify", &verify, err) || !json_flag(args, "follow", &follows, err))
		return false;
	if (since && !time_parse_iso(since, &reading.since))
		return error_set(err, ERROR_PROTOCOL, "\"since\" is no time");
	if (!audit_head(agent->store, &count, head, err) ||
	    (verify && !verify_all(request, &problems, err)))
		return false;
	broken = json_array_size(problems) > 0;
	/* Of a log that is broken only what is wrong is told. */
	if ((!broken && (!find_start(agent, &reading, count, (uint64_t)last, &start, err) ||
			 !send_rows(request, &reading, start, count, &sent, err))) ||
	    (follows && !follow(request, &reading, count, &sent, err))) {
		json_decref(problems);
		return false;
	}
	text_hex(head, sizeof(head), hex);
	*ok = json_object();
	return json_put(*ok, "count", json_integer((json_int_t)sent), err) &&
	       json_put(*ok, "log_entries", json_integer((json_int_t)count), err) &&
	       json_put_text(*ok, "head", hex, err) &&
	       json_put(*ok, "verified", verify ? json_boolean(!broken) : json_null(), err) &&
	       json_put(*ok, "marked", verify ? json_boolean(is_marked(agent)) : json_null(),
			err) &&
	       json_put(*ok, "problems", problems ? problems : json_null(), err);
}
