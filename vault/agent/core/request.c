/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/request.h"

#include "vault/agent/core/peer.h"
#include "vault/base/secret.h"
#include "vault/format/json.h"
#include "vault/store/change/commit.h"
#include "vault/wire/frame.h"
#include "vault/wire/line.h"
#include "vault/wire/message.h"
#include "vault/wire/tables/msg_call.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

bool request_parse(struct request *request, struct error *err)
{
	return message_parse(&message_request_bounds, request->frame, &request->message, err);
}

bool request_unwrap(struct request *request, struct error *err)
{
	static const char *const keys[] = {"v", "op", "args", NULL};
	const json_t *message = request->message;
	const char *name;
	int64_t version;

	if (!json_number(message, "v", INT32_MIN, INT32_MAX, 0, &version, err) ||
	    !json_need_text(message, "op", 32, &name, err))
		return false;
	request->foreign = version != MESSAGE_VERSION;
	request->op = request->agent->operations;
	while (request->op->name && strcmp(request->op->name, name) != 0)
		request->op++;
	if (request->foreign) {
		request->args = json_object_get(message, "args");
		if (request->op->name && (request->op->flags & OP_ANY_VERSION))
			return true;
		error_set(err, ERROR_PROTOCOL,
			  "the agent is of another version of credvault (" CV_VERSION ")");
		return error_hint(err, "credvault lock");
	}
	if (!json_only(message, keys, err))
		return false;
	if (!request->op->name)
		return error_set(err, ERROR_PROTOCOL, "the agent knows no such operation");
	request->args = json_object_get(message, "args");
	if (!json_is_object(request->args))
		return error_set(err, ERROR_PROTOCOL, "the request has no arguments");
	return true;
}

bool request_need_proof(const struct request *request, const char *why, struct error *err)
{
	if (request->proved)
		return true;
	error_set(err, ERROR_CHANNEL_NEEDED,
		  "this wants the passphrase or a key file, and a channel");
	return why && error_detail(err, "%s", why);
}

bool request_can_ask(const struct request *request, bool can_ask, bool askpass)
{
	return can_ask || (askpass && agent_settings(request->agent).askpass[0]);
}

bool request_take_place(struct request *request, enum place kind, struct error *err)
{
	if (!request->proved && !request->places[kind])
		request->places[kind] = places_take(&request->agent->places, kind, err);
	return request->proved || request->places[kind];
}

void request_give_places_back(struct request *request)
{
	for (enum place kind = 0; kind < PLACE_KINDS; kind++) {
		if (request->places[kind])
			places_give_back(&request->agent->places, kind);
	}
}

bool request_may_send(struct request *request, struct error *err)
{
	struct pollfd client = {.fd = request->connection->line.fd, .events = POLLOUT};

	if (poll(&client, 1, 0) > 0 || request_take_place(request, PLACE_WAITING, err))
		return true;
	request->gone = true;
	return false;
}

const struct audit_peer *request_peer(struct request *request)
{
	return &request->connection->who;
}

struct audit_entry request_entry(struct request *request, enum audit_op op)
{
	struct audit_entry entry = audit_entry_at(op, request->agent->clock);

	entry.peer = *request_peer(request);
	return entry;
}

bool request_answer(struct request *request, const struct message *answer, struct error *err)
{
	return fields_write(answer->fields, answer->from, &request->text, err);
}

bool request_send_ok(struct request *request)
{
	const struct buf *text = &request->text;
	struct error err = ERROR_INIT;

	return request_may_send(request, &err) &&
	       line_write(&request->connection->line,
			  &(struct line_frame){"{\"ok\":", text->data, text->len, "}", true}, NULL,
			  &err);
}

/* Sleeps until the client, which has its answer by then, sends more or hangs up. */
static void request_sleep(void *arg)
{
	struct connection *connection = ((struct request *)arg)->connection;
	struct agent *agent = connection->agent;
	struct idler idler;
	char byte;

	secret_wipe_stack();
	idle_connections_enter(&agent->idlers, &idler, connection->line.fd,
			       clock_boot_ms(agent->clock));
	connection->over = recv(connection->line.fd, &byte, sizeof(byte), MSG_PEEK) == 0;
	idle_connections_leave(&agent->idlers, &idler);
}

/*
 * Runs in the thread that made the commit. After a failed commit the request's own thread reports
 * the error.
 */
static void request_landed(void *arg, bool ok)
{
	struct request *request = arg;

	if (!ok) {
		(void)shutdown(request->connection->line.fd, SHUT_RD);
		return;
	}
	request->answered = true;
	request->gone = !request_send_ok(request);
	buf_clear(&request->text);
	agent_touch(request->agent);
	agent_leave(request->agent);
}

bool request_commit_and_answer(struct request *request, txn_fn *fn, void *arg, struct error *err)
{
	const struct commit_meanwhile meanwhile = {
	    .wait = request_sleep, .landed = request_landed, .arg = request};
	struct agent *agent = request->agent;
	bool ok;

	/*
	 * The answer must not wait for a client that does not read: the first answer of a
	 * connection fits into the socket.
	 */
	if (request->connection->later || request->connection->launch)
		return store_commit(agent->store, fn, arg, err);
	ok = store_commit_meanwhile(agent->store, fn, arg, &meanwhile, err);
	if (request->answered)
		agent_reenter(agent);
	return ok;
}

bool request_send_row(struct request *request, const struct message *row, struct error *err)
{
	bool sent;

	agent_leave(request->agent);
	sent = request_may_send(request, err) &&
	       message_send_as(&request->connection->line, "row", row, &request->gone, err);
	agent_reenter(request->agent);
	return sent;
}

void request_send_event(struct request *request, const struct message *event)
{
	struct error unused = ERROR_INIT;

	if (!request->gone && request_may_send(request, &unused))
		(void)!message_send_as(&request->connection->line, "event", event, &request->gone,
				       &unused);
}

static void request_tell_try(void *ctx, const struct call_try *attempt)
{
	const struct msg_call event = {.what = "call",
				       .service = attempt->service,
				       .action = attempt->action,
				       .host = attempt->host,
				       .number = attempt->number,
				       .took_ms = attempt->took_ms,
				       .status = attempt->status,
				       .aws_code = attempt->aws_code,
				       .request_id = attempt->request_id,
				       .why = attempt->why};

	request_send_event(ctx, MESSAGE(msg_call, &event));
}

struct call_listener request_listener(struct request *request)
{
	return (struct call_listener){.told = request_tell_try, .ctx = request};
}

bool request_row_text(struct request *request, const char *row, struct buf *frames,
		      struct error *err)
{
	struct connection *connection = request->connection;
	bool sent;

	if (connection->line.channel) {
		agent_leave(request->agent);
		sent = line_write(&connection->line,
				  &(struct line_frame){"{\"row\":", row, strlen(row), "}", false},
				  &request->gone, err);
		agent_reenter(request->agent);
		return sent;
	}
	return frames_append(frames, (const char *const[]){"{\"row\":", row, "}", NULL}, err) &&
	       (frames->len < FRAMES_SEND_AT || request_rows_send(request, frames, err));
}

bool request_rows_send(struct request *request, struct buf *frames, struct error *err)
{
	bool sent;

	agent_leave(request->agent);
	sent = request_may_send(request, err) &&
	       frames_send(request->connection->line.fd, frames, &request->gone, err);
	agent_reenter(request->agent);
	return sent;
}

/* Reads {"answer":{…}} or {"answer":null,"error":…}; any other frame ends the connection. */
static bool request_read_answer(struct request *request, int wait_ms, json_t **answer,
				struct error *err)
{
	static const char *const keys[] = {"answer", "error", NULL};
	struct buf body = FRAME_REQUEST_INIT;
	json_t *message = NULL;
	const char *why;
	bool end = false, ok;

	ok = line_read(&request->connection->line, wait_ms, FRAME_COMPLETE_MS, &body, &end, err) &&
	     !end && message_parse(&message_request_bounds, &body, &message, err) &&
	     json_only(message, keys, err);
	if (!ok) {
		request->gone = true;
	} else {
		*answer = json_object_get(message, "answer");
		*answer = json_is_object(*answer) ? json_incref(*answer) : NULL;
		request->asked |= *answer != NULL;
		why = json_text_of(json_object_get(message, "error"), "code");
		request->gave_up = !*answer && (strcmp(why, "INTERRUPTED") == 0 ||
						strcmp(why, "DECLINED") == 0 ||
						strcmp(why, "WRONG_PASSPHRASE") == 0);
	}
	json_decref(message);
	buf_clear(&body);
	return *answer != NULL;
}

bool request_put_question(struct request *request, const struct message *ask, int wait_ms,
			  json_t **answer, struct error *err)
{
	const struct channel *channel = request->connection->line.channel;
	struct error unused = ERROR_INIT;
	bool ok;

	*answer = NULL;
	if (!request_take_place(request, PLACE_QUESTION, err))
		return false;
	agent_leave(request->agent);
	/* A client that has sent its last record answers nothing. */
	ok = !request->gone && !(channel && channel->received_last) &&
	     message_send_as(&request->connection->line, "ask", ask, &request->gone, &unused);
	if (!ok)
		request->gone = true;
	ok = ok && request_read_answer(request, wait_ms, answer, &unused);
	if (!ok)
		error_set(err, ERROR_INTERRUPTED, "the question was not answered");
	agent_reenter(request->agent);
	return ok;
}

bool request_is_gone(struct request *request)
{
	/*
	 * A client that has shut its sending side down counts as gone, and is still sent the
	 * answer.
	 */
	return request->gone || peer_gone(request->connection->line.fd);
}
