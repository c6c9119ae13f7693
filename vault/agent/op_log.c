/* SPDX-License-Identifier: MIT */
#include "vault/agent/ops.h"
#include "vault/audit/read.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/time.h"

#include <string.h>

enum { LOG_CHUNK = 128, LOG_LAST_MAX = 1000000000 };

/* Rows are made while the store is held and sent afterwards, a chunk at a time. */
struct reading {
	const char *profile;
	int64_t since;
	json_t *rows;
};

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

	if (entry->time < reading->since ||
	    (reading->profile && strcmp(reading->profile, entry->profile) != 0))
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

/* The newest `last` that match, read from the end, put in order. */
static bool collect(struct agent *agent, struct reading *reading, uint64_t count, int64_t last,
		    json_t *all, struct error *err)
{
	uint64_t end = count;

	while (end > 0 && json_array_size(all) < (size_t)last) {
		uint64_t from = end > LOG_CHUNK ? end - LOG_CHUNK + 1 : 1;
		bool ok;

		reading->rows = json_array();
		ok = reading->rows &&
		     audit_read(agent->store, from, end - from + 1, add_entry, reading, err);
		for (size_t i = json_array_size(reading->rows); ok && i > 0; i--) {
			if (json_array_size(all) < (size_t)last)
				ok = json_array_append(all, json_array_get(reading->rows, i - 1)) ==
				     0;
		}
		json_decref(reading->rows);
		if (!ok)
			return err->code ? false : error_set(err, ERROR_MEMORY, "out of memory");
		end = from - 1;
	}
	return true;
}

static bool send_rows(struct request *request, struct reading *reading, uint64_t count,
		      int64_t last, size_t *sent, struct error *err)
{
	json_t *all = json_array();
	bool ok = collect(request->agent, reading, count, last, all, err);

	for (size_t i = json_array_size(all); ok && i > 0; i--) {
		ok = request_row(request, json_incref(json_array_get(all, i - 1)), err);
		*sent += ok;
	}
	json_decref(all);
	return ok;
}

bool op_log(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"last", "since", "profile", "verify", NULL};
	struct agent *agent = request->agent;
	const json_t *args = request->args;
	struct reading reading = {.since = 0};
	unsigned char head[32];
	char hex[65];
	const char *since;
	uint64_t count;
	int64_t last;
	size_t sent = 0;
	bool verify;

	if (!json_only(args, keys, err) ||
	    !json_number(args, "last", 0, LOG_LAST_MAX, LOG_LAST_MAX, &last, err) ||
	    !json_text(args, "since", 40, &since, err) ||
	    !json_text(args, "profile", TEXT_NAME_MAX, &reading.profile, err) ||
	    !json_flag(args, "verify", &verify, err))
		return false;
	if (since && !time_parse_iso(since, &reading.since))
		return error_set(err, ERROR_PROTOCOL, "\"since\" is no time");
	if ((verify && !audit_verify(agent->store, err)) ||
	    !audit_head(agent->store, &count, head, err) ||
	    !send_rows(request, &reading, count, last, &sent, err))
		return false;
	text_hex(head, sizeof(head), hex);
	*ok = json_object();
	return json_put(*ok, "count", json_integer((json_int_t)sent), err) &&
	       json_put(*ok, "log_entries", json_integer((json_int_t)count), err) &&
	       json_put_text(*ok, "head", hex, err) &&
	       json_put(*ok, "verified", verify ? json_true() : json_null(), err);
}
