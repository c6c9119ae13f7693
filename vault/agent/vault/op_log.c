/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/audit/append.h"
#include "vault/audit/check.h"
#include "vault/audit/read.h"
#include "vault/base/text.h"
#include "vault/store/change/witnessed.h"
#include "vault/store/log/segment_prune.h"
#include "vault/wire/tables/msg_log.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

/*
 * LOG_CHUNK: entries that are read while the store is held. FOLLOW_MS: how often a follower's log
 * is looked at.
 */
enum { LOG_CHUNK = 512, FOLLOW_MS = 250 };

_Static_assert((int)MSG_LOG_PROBLEMS_MAX == (int)AUDIT_PROBLEMS_MAX, "all are told");

/* Entries are read while the store is held and sent afterwards, a chunk at a time. */
struct reading {
	const char *profile;
	int64_t since;
	size_t count;
	struct audit_entry *entries; /* LOG_CHUNK of them */
	uint64_t left;		     /* on the way back: how many more are wanted */
	uint64_t start;		     /* the oldest that was found so far */
	uint64_t first;		     /* the first that was not pruned */
};

static bool log_matches(const struct reading *reading, const struct audit_entry *entry)
{
	return entry->time >= reading->since &&
	       (!reading->profile || strcmp(reading->profile, entry->profile) == 0);
}

static bool log_find_entry(void *arg, const struct audit_entry *entry)
{
	struct reading *reading = arg;

	if (log_matches(reading, entry)) {
		reading->start = entry->seq;
		reading->left--;
	}
	return reading->left > 0;
}

static bool log_add_entry(void *arg, const struct audit_entry *entry, struct error *err)
{
	struct reading *reading = arg;

	(void)err;
	if (log_matches(reading, entry))
		reading->entries[reading->count++] = *entry;
	return true;
}

static struct msg_log_row log_row_of(const struct audit_entry *entry)
{
	return (struct msg_log_row){.seq = (int64_t)entry->seq,
				    .time = entry->time,
				    .op = audit_op_name(entry->op),
				    .profile = entry->profile,
				    .access_key_id = entry->access_key_id,
				    .what = entry->what,
				    .expires_at = entry->expires_at,
				    .mfa = entry->mfa,
				    .peer = {.uid = entry->peer.uid,
					     .pid = entry->peer.pid,
					     .exe = entry->peer.exe,
					     .parents = entry->peer.parents},
				    .peer_known = entry->peer.known,
				    .result = entry->result};
}

/* Where the newest `last` of the entries that match begin. */
static bool log_find_start(struct agent *agent, struct reading *reading, uint64_t count,
			   uint64_t last, uint64_t *start, struct error *err)
{
	*start = count < last ? 1 : count - last + 1;
	if (*start < reading->first)
		*start = reading->first;
	if (last == 0 || count <= last || (!reading->profile && reading->since == 0))
		return true;
	reading->left = last;
	if (!audit_read_back(agent->store, count, log_find_entry, reading, err))
		return false;
	*start = reading->left ? reading->first : reading->start;
	return true;
}

/* Sends the entries from … to that match, a chunk at a time. */
static bool log_send_rows(struct request *request, struct reading *reading, uint64_t from,
			  uint64_t to, int64_t *sent, struct error *err)
{
	bool ok = true;

	while (ok && from <= to) {
		uint64_t count = to - from + 1 < LOG_CHUNK ? to - from + 1 : LOG_CHUNK;

		reading->count = 0;
		ok = audit_read(request->agent->store, from, count, log_add_entry, reading, err);
		for (size_t i = 0; ok && i < reading->count; i++) {
			const struct msg_log_row row = log_row_of(&reading->entries[i]);

			ok = request_send_row(request, MESSAGE(msg_log_row, &row), err);
			*sent += ok;
		}
		from += count;
	}
	return ok;
}

/* Sends new entries until the client has left; waits for them outside of the gate. */
static bool log_follow(struct request *request, struct reading *reading, uint64_t count,
		       int64_t *sent, struct error *err)
{
	struct pollfd client = {.fd = request->connection->line.fd, .events = POLLIN | POLLRDHUP};
	unsigned char head[32];
	uint64_t now;

	for (;;) {
		int left;

		if (!audit_head(request->agent->store, &now, head, err) ||
		    (now > count && !log_send_rows(request, reading, count + 1, now, sent, err)))
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

/* Records the finding. A failure to write is ignored. */
static void log_record(struct request *request, const struct audit_report *report)
{
	struct audit_entry entry = request_entry(request, AUDIT_OP_VERIFY);
	struct error ignored;

	audit_about(&entry, NULL, NULL, report->at[0].found.what);
	audit_failed(&entry, ERROR_TAMPERED);
	(void)!audit_record(request->agent->store, &entry, &ignored);
}

static bool log_verify_all(struct request *request, struct audit_report *report,
			   struct msg_log_answer *answer, struct error *err)
{
	if (!audit_check(request->agent->store, report, err))
		return false;
	answer->problems_count = report->count;
	for (size_t i = 0; i < report->count; i++) {
		const struct segment_problem *found = &report->at[i].found;

		answer->problems[i] = (struct msg_log_problem){.from = (int64_t)found->from,
							       .to = (int64_t)found->to,
							       .what = found->what,
							       .file = found->file,
							       .after = report->at[i].after,
							       .before = report->at[i].before};
	}
	answer->was_verified = true;
	answer->verified = report->count == 0;
	if (report->problems)
		log_record(request, report);
	return true;
}

/* Whether the witness has the head that is shown. */
static bool log_is_marked(struct agent *agent)
{
	return agent->witness[0] && store_is_marked(agent->store, agent->witness);
}

/* Of a broken log the problems alone are shown. */
static bool log_tell(struct request *request, const struct msg_log *args, struct reading *reading,
		     struct msg_log_answer *answer, struct error *err)
{
	struct agent *agent = request->agent;
	uint64_t count = (uint64_t)answer->log_entries, start;

	if (answer->problems_count == 0 &&
	    (!log_find_start(agent, reading, count, (uint64_t)args->last, &start, err) ||
	     !log_send_rows(request, reading, start, count, &answer->count, err)))
		return false;
	return !args->follow || log_follow(request, reading, count, &answer->count, err);
}

bool op_log(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	struct msg_log args = {.last = MSG_LOG_ALL};
	struct msg_log_answer answer = {.count = 0};
	struct reading reading = {.since = 0};
	struct audit_report report;
	struct log_anchor anchor;
	unsigned char head[32];
	char hex[65];
	uint64_t count;
	bool done;

	if (!fields_read(&msg_log, request->args, &args, err) ||
	    (args.follow && !request_take_place(request, PLACE_FOLLOWER, err)) ||
	    !segment_anchor(agent->store, &anchor, err) ||
	    !audit_head(agent->store, &count, head, err) ||
	    (args.verify && !log_verify_all(request, &report, &answer, err)))
		return false;
	reading.profile = args.profile && *args.profile ? args.profile : NULL;
	reading.since = args.since;
	reading.first = anchor.parts ? anchor.first : 1;
	answer.was_pruned = anchor.parts > 0;
	answer.pruned = (struct msg_log_pruned){.parts = (int64_t)anchor.parts,
						.entries = (int64_t)reading.first - 1,
						.until = anchor.until,
						.at = anchor.pruned_at,
						.entry = (int64_t)anchor.entry};
	reading.entries = calloc(LOG_CHUNK, sizeof(*reading.entries));
	text_hex(head, sizeof(head), hex);
	answer.head = hex;
	answer.log_entries = (int64_t)count;
	answer.marked = args.verify && log_is_marked(agent);
	done = (reading.entries || error_set(err, ERROR_MEMORY, "out of memory")) &&
	       log_tell(request, &args, &reading, &answer, err) &&
	       request_answer(request, MESSAGE(msg_log_answer, &answer), err);
	free(reading.entries);
	return done;
}
