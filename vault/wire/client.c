/* SPDX-License-Identifier: MIT */
#include "vault/wire/client.h"

#include "vault/base/file.h"
#include "vault/base/process.h"
#include "vault/base/shell_word.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/frame.h"
#include "vault/wire/line.h"
#include "vault/wire/message.h"
#include "vault/wire/tables/msg_channel.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* An agent that is busy answers an offer later than at once. */
enum { SHOWN = 256, SHAKE_MS = 30000, CONNECT_S = 2 };

/*
 * The directory must be the caller's and closed to others, or another user could put a socket
 * there.
 */
static bool check_place(const char *path, bool *absent, struct error *err)
{
	char directory[PATH_MAX], shown[SHOWN];
	const char *slash = strrchr(path, '/');
	struct stat st;
	int n;

	text_escape_into(path, shown, sizeof(shown));
	*absent = false;
	if (path[0] != '/' || !slash || strlen(path) >= sizeof(directory))
		return error_set(err, ERROR_USAGE, "the agent's socket %s is no absolute path",
				 shown);
	n = slash == path ? 1 : (int)(slash - path);
	(void)snprintf(directory, sizeof(directory), "%.*s", n, path);
	/*
	 * The directory is checked first, so that an error comes before a passphrase is asked for.
	 */
	if (!file_is_private_directory(directory) && errno == EPERM) {
		text_escape_into(directory, shown, sizeof(shown));
		error_set(err, ERROR_UNSAFE_FILE, "others can reach the agent's directory %s",
			  shown);
		return error_hint(err, "chmod 700 %s", SHELL_WORD(directory));
	}
	if (lstat(path, &st) != 0) {
		*absent = errno == ENOENT;
		return *absent || error_set_errno(err, ERROR_IO, errno, "%s", shown);
	}
	if (!S_ISSOCK(st.st_mode) || st.st_uid != geteuid())
		return error_set(err, ERROR_UNSAFE_FILE, "%s is not a socket of ours", shown);
	return true;
}

bool client_connect(const char *path, struct client *out, bool *absent, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = CONNECT_S}, for_ever = {.tv_sec = 0};
	struct process_peer peer;
	char shown[SHOWN];
	int fd = -1;

	*out = CLIENT_EMPTY;
	text_escape_into(path, shown, sizeof(shown));
	*absent = false;
	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(err, ERROR_USAGE, "the agent's socket has too long a path: %s",
				 shown);
	if (!check_place(path, absent, err) || *absent)
		return *absent;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot make a socket");
	/* A connect to an agent that accepts nobody any more would wait for ever. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		int saved = errno;

		(void)close(fd);
		*absent = saved == ENOENT || saved == ECONNREFUSED;
		return *absent ||
		       error_set_errno(err, ERROR_IO, saved, "cannot reach the agent at %s", shown);
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &for_ever, sizeof(for_ever));
	if (!process_peer(fd, &peer, err)) {
		(void)close(fd);
		return false;
	}
	if (peer.uid != geteuid()) {
		(void)close(fd);
		return error_set(err, ERROR_UNSAFE_FILE, "another user listens at %s", shown);
	}
	*out = (struct client){.fd = fd, .pid = peer.pid};
	(void)snprintf(out->path, sizeof(out->path), "%s", path);
	return true;
}

void client_adopt(struct client *client, int fd)
{
	*client = (struct client){.fd = fd, .known = true};
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		(void)close(client->fd);
	*client = CLIENT_EMPTY;
}

void client_stop(const struct client *client)
{
	if (client->fd >= 0)
		(void)shutdown(client->fd, SHUT_WR);
}

/* One call under way. */
struct call {
	struct client *client;
	struct channel channel; /* of a sealed call; else empty */
	struct line line;
	const struct client_handler *handler;
	struct buf request;
	struct buf body;
	struct error declined; /* why a question got no answer; ERROR_NONE: all were answered */
};

static enum client_result left(struct call *call, struct error *err)
{
	client_close(call->client);
	error_set(err, ERROR_PROTOCOL, "the agent left before it answered");
	if (!call->line.channel)
		return CLIENT_GONE;
	error_detail(err, "What it did is not known.");
	return CLIENT_CUT;
}

static enum client_result broken(struct call *call)
{
	client_close(call->client);
	return CLIENT_ERROR;
}

/* {"answer":null,"error":{"code":…}}: this client gives no answer. */
static bool decline(const struct error *why, json_t **out, struct error *err)
{
	json_t *code = json_pack("{s:s}", "code", error_name(why->code));

	return message_wrap("answer", json_null(), out, err) && json_put(*out, "error", code, err);
}

/* Whether anybody at all may ask this: the answer gives nothing away and has no command run. */
static bool is_harmless(const json_t *ask)
{
	static const char *const kinds[] = {"mfa", "rotate", "program", "file", "person"};
	const char *kind = json_text_of(ask, "kind");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	}
	return false;
}

static enum client_result answer(struct call *call, const json_t *ask, struct error *err)
{
	const struct client_handler *handler = call->handler;
	json_t *value = NULL, *frame = NULL;
	struct buf body = FRAME_REQUEST_INIT;
	struct error why = ERROR_INIT;
	bool gone = false, sent;

	if (!call->line.channel && !call->client->known && !is_harmless(ask)) {
		error_set(err, ERROR_PROTOCOL,
			  "whoever listens asks what only this vault's agent may ask");
		return broken(call);
	}
	if (!handler || !handler->ask)
		error_set(&why, ERROR_FAILED, "nobody answers");
	else if (!handler->ask(handler->ctx, ask, &value, &why))
		value = NULL;
	sent = (value ? message_wrap("answer", value, &frame, err) : decline(&why, &frame, err)) &&
	       json_append(frame, &body, err) &&
	       line_write(&call->line, &(struct line_frame){"", body.data, body.len, "", false},
			  &gone, err);
	json_decref(frame);
	buf_clear(&body);
	if (why.code != ERROR_NONE)
		call->declined = why;
	if (!value && why.code == ERROR_INTERRUPTED) {
		*err = why;
		return broken(call);
	}
	if (gone)
		return left(call, err);
	return sent ? CLIENT_OK : broken(call);
}

static bool hand_over(bool (*to)(void *, const json_t *, struct error *), void *ctx,
		      const json_t *value, struct error *err)
{
	return !to || to(ctx, value, err);
}

/* Deals with one frame; *done when it was the last one. */
static enum client_result take(struct call *call, const json_t *frame, json_t **ok, bool *done,
			       struct error *err)
{
	const struct client_handler none = {0};
	const struct client_handler *handler = call->handler ? call->handler : &none;
	const json_t *value;

	*done = true;
	value = json_object_get(frame, "ok");
	if (value && !handler->ok_text) {
		*ok = json_incref((json_t *)(uintptr_t)value);
		return CLIENT_OK;
	}
	value = json_object_get(frame, "error");
	if (value) {
		message_to_error(value, err);
		/* The client knows better than the agent why a question got no answer. */
		if (call->declined.code != ERROR_NONE &&
		    (err->code == ERROR_INTERRUPTED || err->code == ERROR_MFA_NEEDED))
			*err = call->declined;
		return CLIENT_ERROR;
	}
	*done = false;
	value = json_object_get(frame, "row");
	if (value && !handler->row_text)
		return hand_over(handler->row, handler->ctx, value, err) ? CLIENT_OK : broken(call);
	value = json_object_get(frame, "event");
	if (value)
		return hand_over(handler->event, handler->ctx, value, err) ? CLIENT_OK
									   : broken(call);
	value = json_object_get(frame, "ask");
	if (value)
		return answer(call, value, err);
	error_set(err, ERROR_PROTOCOL, "the agent's answer is not understood");
	error_hint(err, "credvault lock && credvault unlock");
	return broken(call);
}

/*
 * Whether body is head ({"row": or {"ok":), one object and } judged by its brackets: *object is the
 * inner object. This check does not find every fault of a JSON text, but it finds any that makes
 * the text more or less than one object, or that would steer a terminal.
 */
static bool is_object_behind(const char *head, const struct buf *body, const char **object,
			     size_t *len)
{
	const size_t start = strlen(head), end = body->len - 1;
	const char *text = body->data;
	uint64_t arrays = 0; /* of the open brackets, innermost lowest: those that are [ */
	size_t depth = 0;
	bool quoted = false;

	if (body->len < start + 3 || memcmp(text, head, start) != 0 || text[start] != '{' ||
	    text[end] != '}')
		return false;
	for (size_t i = start; i < end; i++) {
		if (quoted && text[i] == '\\') {
			i++;
		} else if (text[i] == '"') {
			quoted = !quoted;
		} else if (!quoted && (text[i] == '{' || text[i] == '[')) {
			if (++depth > JSON_DEPTH_MAX)
				return false;
			arrays = arrays << 1 | (text[i] == '[');
		} else if (!quoted && (text[i] == '}' || text[i] == ']')) {
			if ((arrays & 1) != (text[i] == ']') || (--depth == 0 && i + 1 != end))
				return false;
			arrays >>= 1;
		}
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	}
	*object = text + start;
	*len = end - start;
	return !quoted && depth == 0;
}

/*
 * A row or an answer that is wanted as text. *taken: the frame held either; *done: it held the
 * answer.
 */
static enum client_result take_text(struct call *call, bool *taken, bool *done, struct error *err)
{
	const struct client_handler *handler = call->handler;
	const char *object;
	size_t len;
	bool ok = true;

	*taken = true;
	if (handler && handler->row_text &&
	    is_object_behind("{\"row\":", &call->body, &object, &len)) {
		ok = handler->row_text(handler->ctx, object, len, err);
	} else if (handler && handler->ok_text &&
		   is_object_behind("{\"ok\":", &call->body, &object, &len)) {
		*done = true;
		ok = handler->ok_text(handler->ctx, object, len, err);
	} else {
		*taken = false;
	}
	return ok ? CLIENT_OK : broken(call);
}

/* Waits for the next frame. False: the client's silent() has given the agent up. */
static bool await_frame(const struct call *call, struct error *err)
{
	const struct client *client = call->client;
	struct pollfd p = {.fd = client->fd, .events = POLLIN};
	int wait_ms = CLIENT_SILENT_MS;

	for (unsigned looks = 0; client->silent && poll(&p, 1, wait_ms) == 0; looks++) {
		if (!client->silent(client, looks, err))
			return false;
		wait_ms = CLIENT_SILENT_AGAIN_MS;
	}
	return true;
}

static enum client_result converse(struct call *call, json_t **ok, struct error *err)
{
	const struct channel *channel = call->line.channel;

	for (bool done = false; !done;) {
		enum client_result result;
		json_t *frame = NULL;
		bool end = false, taken;

		if (!await_frame(call, err) ||
		    !line_read(&call->line, FRAME_FOR_EVER, FRAME_COMPLETE_MS, &call->body, &end,
			       err))
			return broken(call);
		if (end)
			return left(call, err);
		result = take_text(call, &taken, &done, err);
		if (result == CLIENT_OK && !taken) {
			if (!message_parse(&message_answer_bounds, &call->body, &frame, err))
				return broken(call);
			result = take(call, frame, ok, &done, err);
			json_decref(frame);
		}
		if (channel && channel->received_last != done && (result == CLIENT_OK || done)) {
			json_decref(*ok);
			*ok = NULL;
			error_set(err, ERROR_PROTOCOL, "the agent's answer has no end, or two");
			return broken(call);
		}
		if (result != CLIENT_OK)
			return result;
	}
	return CLIENT_OK;
}

static enum client_result call_out(struct call *call, json_t **ok, struct error *err)
{
	const struct line_frame frame = {"", call->request.data, call->request.len, "",
					 !call->handler || !call->handler->ask};
	bool gone = false;

	if (line_write(&call->line, &frame, &gone, err))
		return converse(call, ok, err);
	return gone ? left(call, err) : broken(call);
}

enum client_result client_call(struct client *client, const char *op, const struct message *args,
			       const struct client_handler *handler, json_t **ok, struct error *err)
{
	struct call call = {.client = client,
			    .line = LINE_PLAIN(client->fd),
			    .handler = handler,
			    .request = FRAME_REQUEST_INIT,
			    .body = FRAME_BODY_INIT,
			    .declined = ERROR_INIT};
	enum client_result result = CLIENT_ERROR;

	*ok = NULL;
	if (!client->known && client_op_is_sealed(op))
		error_set(err, ERROR_FAILED, "\"%s\" goes through a channel alone", op);
	else if (message_request(op, args, &call.request, err))
		result = client->fd < 0 ? left(&call, err) : call_out(&call, ok, err);
	buf_clear(&call.request);
	buf_clear(&call.body);
	return result;
}

/* --- in a channel ----------------------------------------------------------------------------- */

bool client_op_is_sealed(const char *op)
{
	static const char *const sealed[] = {"add",    "attest", "import", "prune",
					     "remove", "rename", "reveal"};

	for (size_t i = 0; i < sizeof(sealed) / sizeof(sealed[0]); i++) {
		if (strcmp(op, sealed[i]) == 0)
			return true;
	}
	return false;
}

/* Sends one message of the handshake, in the open. */
static enum client_result shake_send(struct call *call, const char *op, const struct message *args,
				     struct error *err)
{
	struct buf text = FRAME_REQUEST_INIT;
	bool gone = false, ok;

	ok = message_request(op, args, &text, err) &&
	     frame_write(call->client->fd, text.data, text.len, &gone, err);
	buf_clear(&text);
	return ok ? CLIENT_OK : gone ? left(call, err) : broken(call);
}

/* Reads the agent's answer to the offer; an agent that knows no channel is of an older version. */
static enum client_result shake_read(struct call *call, struct channel_reply *out,
				     struct error *err)
{
	json_t *frame = NULL;
	const json_t *ok, *refusal;
	enum client_result result = CLIENT_ERROR;
	bool end = false;

	if (!frame_read(call->client->fd, SHAKE_MS, FRAME_COMPLETE_MS, &call->body, &end, err))
		return broken(call);
	if (end)
		return left(call, err);
	if (!message_parse(&message_answer_bounds, &call->body, &frame, err))
		return broken(call);
	ok = json_object_get(frame, "ok");
	refusal = json_object_get(frame, "error");
	if (ok && fields_read_answer(&msg_channel_reply, ok, out, err)) {
		result = CLIENT_OK;
	} else if (refusal) {
		message_to_error(refusal, err);
		if (err->code == ERROR_PROTOCOL) {
			error_set(err, ERROR_PROTOCOL,
				  "the agent is of another version of credvault");
			error_hint(err, "credvault lock && credvault unlock");
		}
	} else if (!ok) {
		error_set(err, ERROR_PROTOCOL, "the agent's answer is not understood");
		error_hint(err, "credvault lock && credvault unlock");
	}
	json_decref(frame);
	return result == CLIENT_OK ? result : broken(call);
}

/* Proves both ends to each other; call->line is sealed then. */
static enum client_result shake(struct call *call, const struct secret *proof_key,
				struct error *err)
{
	struct channel_hello hello;
	struct channel_reply reply = {.nonce = {0}};
	struct msg_channel_go go;
	enum client_result result;

	if (!channel_offer(&call->channel, &call->request, &hello, err))
		return broken(call);
	result = shake_send(call, "channel", MESSAGE(msg_channel_hello, &hello), err);
	if (result == CLIENT_OK)
		result = shake_read(call, &reply, err);
	if (result != CLIENT_OK)
		return result;
	if (!channel_confirm(&call->channel, &reply, proof_key, go.mac, err))
		return broken(call);
	result = shake_send(call, "channel_go", MESSAGE(msg_channel_go, &go), err);
	call->line.channel = &call->channel;
	return result;
}

enum client_result client_call_sealed(struct client *client, const struct secret *proof_key,
				      const char *op, const struct message *args,
				      const struct client_handler *handler, json_t **ok,
				      struct error *err)
{
	struct call call = {.client = client,
			    .channel = CHANNEL_EMPTY,
			    .line = LINE_PLAIN(client->fd),
			    .handler = handler,
			    .request = FRAME_REQUEST_INIT,
			    .body = FRAME_BODY_INIT,
			    .declined = ERROR_INIT};
	enum client_result result = CLIENT_ERROR;

	*ok = NULL;
	if (message_request(op, args, &call.request, err)) {
		result = client->fd < 0 ? left(&call, err) : shake(&call, proof_key, err);
		if (result == CLIENT_OK)
			result = call_out(&call, ok, err);
	}
	client_close(client);
	channel_clear(&call.channel);
	buf_clear(&call.request);
	buf_clear(&call.body);
	return result;
}

bool client_ping(const struct client *client, int ms)
{
	struct client other = CLIENT_EMPTY;
	struct buf request = FRAME_REQUEST_INIT;
	struct error ignored;
	struct pollfd p;
	bool absent = true, answered;

	answered = client->path[0] && client_connect(client->path, &other, &absent, &ignored) &&
		   !absent && message_request("public", NULL, &request, &ignored) &&
		   frame_write(other.fd, request.data, request.len, NULL, &ignored);
	p = (struct pollfd){.fd = other.fd, .events = POLLIN};
	answered = answered && poll(&p, 1, ms) > 0;
	client_close(&other);
	buf_clear(&request);
	return answered;
}
