/* SPDX-License-Identifier: MIT */
#include "vault/agent/serve/connection.h"

#include "vault/agent/core/ops.h"
#include "vault/agent/core/peer.h"
#include "vault/audit/append.h"
#include "vault/format/json.h"
#include "vault/store/store.h"
#include "vault/wire/frame.h"
#include "vault/wire/message.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool connection_send_error(struct request *request, const struct error *what)
{
	struct error err = ERROR_INIT;
	json_t *message = NULL;
	bool ok = message_error(what, &message, &err) && request_may_send(request, &err) &&
		  message_send_last(&request->connection->line, message, &err);

	json_decref(message);
	return ok;
}

/*
 * Records a refusal before its answer is sent; of a flood the first is recorded and the rest are
 * counted.
 */
static void connection_deny(struct request *request, const struct error *why)
{
	const char *quote = error_quote(why);
	char what[sizeof(why->message) + sizeof(why->detail) + 2];
	struct audit_entry entry;
	struct error err = ERROR_INIT;
	bool of_program;

	/* A malformed request, a person's "no", or a request that comes again is no refusal. */
	if (why->code == ERROR_USAGE || why->code == ERROR_PROTOCOL || why->code == ERROR_EXISTS ||
	    why->code == ERROR_DECLINED || why->code == ERROR_CHANNEL_NEEDED)
		return;
	/*
	 * A mistyped name, a question that a person did not answer, or one that was answered with a
	 * code that AWS refused, is no program's refusal.
	 */
	of_program = why->code != ERROR_NOT_FOUND &&
		     (why->code != ERROR_MFA_REFUSED || !request->asked) &&
		     (why->code != ERROR_INTERRUPTED || !(request->gone || request->gave_up));
	if (!denials_note(request->agent->denials, request->profile, why->code, of_program))
		return;
	entry = request_entry(request, AUDIT_OP_DENIED);
	if (quote)
		(void)snprintf(what, sizeof(what), "%s; %.*s", why->message,
			       (int)strcspn(quote, "\n"), quote);
	audit_about(&entry, request->profile, NULL, quote ? what : why->message);
	audit_failed(&entry, why->code);
	(void)!audit_record(request->agent->store, &entry, &err);
}

static bool connection_allowed(const struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	const struct op *op = request->op;
	bool unlocked = agent_is_unlocked(agent);

	if (op->flags & OP_LAUNCH) {
		if (request->connection->launch && !unlocked)
			return true;
		return error_set(err, ERROR_PROTOCOL, "a running agent does not take \"%s\"",
				 op->name);
	}
	if (!unlocked) {
		error_set(err, ERROR_LOCKED, "the vault is not unlocked yet");
		return error_hint(err, "credvault unlock");
	}
	if ((op->flags & OP_RECORDS) && !store_has_record_keys(agent->store)) {
		error_set(err, ERROR_LOCKED, "the keys were locked again after a while unused");
		return error_hint(err, "credvault unlock");
	}
	return !(op->flags & OP_CHANNEL) || request_need_proof(request, NULL, err);
}

static bool connection_run(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	const struct op *op = request->op;
	bool inside = !(op->flags & OP_OUTSIDE), done;

	/* The client finds out by itself that the agent leaves, and whether another comes. */
	if (inside && !agent_enter(agent, err)) {
		request->late = true;
		return false;
	}
	done = connection_allowed(request, err) && op->run(request, err);
	if (!done && request->profile[0])
		(void)error_profile(err, request->profile);
	if (!done && !request->undenied && (op->flags & OP_DENIALS) && agent_is_unlocked(agent))
		connection_deny(request, err);
	if (inside)
		agent_leave(agent);
	if (done && (op->flags & OP_ACTIVITY) && !request->answered)
		agent_touch(agent);
	return done;
}

/*
 * Takes one token for the request; the clock adds tokens. A busy client always has some, a client
 * in a tight loop runs out.
 */
static bool connection_may_go_on(struct connection *connection)
{
	int64_t now = clock_boot_ms(connection->agent->clock);
	int64_t more = (now - connection->filled_ms) * REQUEST_RATE_PER_S / 1000;

	if (more > 0) {
		connection->filled_ms = now;
		connection->tokens += more;
		if (connection->tokens > REQUEST_BURST)
			connection->tokens = REQUEST_BURST;
	}
	if (connection->tokens <= 0)
		return false;
	connection->tokens--;
	return true;
}

/* False: the connection is to be closed. */
static bool connection_serve_one(struct connection *connection)
{
	const bool sealed = connection->line.channel != NULL;
	struct request request = {.agent = connection->agent,
				  .connection = connection,
				  .frame = &connection->in,
				  .text = BUF_INIT(FRAME_LIMIT),
				  .proved = connection->launch || sealed};
	struct known_request known;
	struct error err = ERROR_INIT;
	bool go_on;

	/* The channel was made for this one request, and nobody may put another in its place. */
	if (sealed && !channel_is_for(connection->line.channel, &connection->in))
		return false;
	if (!sealed && known_requests_find(connection->agent->known, &connection->in, &known)) {
		request.known = &known;
		request.op = known.op;
	} else if (!request_parse(&request, &err)) {
		return false;
	}
	agent_check_limits(connection->agent);
	if (!connection_may_go_on(connection)) {
		error_set(&err, ERROR_PROTOCOL, "too many requests on one connection");
		go_on = connection_send_error(&request, &err);
	} else if ((request.known || request_unwrap(&request, &err)) &&
		   connection_run(&request, &err)) {
		go_on = request.answered || request_send_ok(&request);
		if (request.op->flags & OP_OUTSIDE)
			agent_exit();
	} else {
		go_on = !request.late && connection_send_error(&request, &err);
	}
	request_give_places_back(&request);
	buf_clear(&request.text);
	json_decref(request.message);
	connection->later = true;
	/* A request that slept behind its answer has done so before. */
	if (!request.answered)
		secret_wipe_stack();
	return go_on && !sealed && !request.gone;
}

/*
 * The next request into connection->in; false at the connection's end. A client that says nothing
 * for too long is hung up by agent_tick().
 */
static bool connection_await(struct connection *connection)
{
	const bool sealed = connection->line.channel != NULL;
	const bool idles = !connection->launch && !sealed;
	struct error err = ERROR_INIT;
	struct idler idler;
	bool end = false, ok;

	if (idles)
		idle_connections_enter(&connection->agent->idlers, &idler, connection->line.fd,
				       clock_boot_ms(connection->agent->clock));
	ok = line_read(&connection->line, sealed ? FRAME_COMPLETE_MS : FRAME_FOR_EVER,
		       FRAME_COMPLETE_MS, &connection->in, &end, &err);
	if (idles)
		idle_connections_leave(&connection->agent->idlers, &idler);
	return ok && !end;
}

void connection_serve(struct agent *agent, int fd, bool launch)
{
	struct connection connection = {.agent = agent,
					.line = LINE_PLAIN(fd),
					.channel = CHANNEL_EMPTY,
					.launch = launch,
					.in = FRAME_REQUEST_INIT,
					.tokens = REQUEST_BURST,
					.filled_ms = clock_boot_ms(agent->clock)};
	struct error err = ERROR_INIT;

	agent_connection(agent);
	if (process_peer(fd, &connection.peer, &err) && connection.peer.uid == agent->uid) {
		/* The peer is looked up for the log while the client still makes up its request. */
		peer_describe(&agent->peers, &connection.peer, agent->clock, &connection.who);
		while (!connection.over && connection_await(&connection) &&
		       connection_serve_one(&connection))
			buf_reset(&connection.in);
	}
	buf_clear(&connection.in);
	channel_clear(&connection.channel);
	/*
	 * This may end the agent; the file is closed then before the client sees the connection
	 * end.
	 */
	agent_disconnect(agent);
	(void)close(fd);
}
