/* SPDX-License-Identifier: MIT */
#include "vault/wire/client.h"

#include "vault/base/file.h"
#include "vault/base/process.h"
#include "vault/base/shell_word.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/frame.h"
#include "vault/wire/message.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { SHOWN = 256 };

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
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		int saved = errno;

		(void)close(fd);
		*absent = saved == ENOENT || saved == ECONNREFUSED;
		return *absent ||
		       error_set_errno(err, ERROR_IO, saved, "cannot reach the agent at %s", shown);
	}
	if (!process_peer(fd, &peer, err)) {
		(void)close(fd);
		return false;
	}
	if (peer.uid != geteuid()) {
		(void)close(fd);
		return error_set(err, ERROR_UNSAFE_FILE, "another user listens at %s", shown);
	}
	client_adopt(out, fd, peer.pid);
	return true;
}

void client_adopt(struct client *client, int fd, pid_t pid)
{
	*client = (struct client){.fd = fd, .pid = pid};
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
	const struct client_handler *handler;
	struct buf request; /* what a proof covers: the request's bytes and the answers so far */
	struct buf body;
	struct error declined; /* why a question got no answer; ERROR_NONE: all were answered */
};

static enum client_result left(struct call *call, struct error *err)
{
	client_close(call->client);
	error_set(err, ERROR_PROTOCOL, "the agent left before it answered");
	return CLIENT_GONE;
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

static enum client_result answer(struct call *call, const json_t *ask, struct error *err)
{
	const struct client_handler *handler = call->handler;
	struct buf body = FRAME_REQUEST_INIT;
	json_t *value = NULL, *frame = NULL;
	struct error why = ERROR_INIT;
	bool gone = false, sent;

	if (!handler || !handler->ask)
		error_set(&why, ERROR_FAILED, "nobody answers");
	else if (!handler->ask(handler->ctx, ask, &call->request, &value, &why))
		value = NULL;
	sent = (value ? message_wrap("answer", value, &frame, err) : decline(&why, &frame, err)) &&
	       json_append(frame, &body, err) &&
	       frame_write(call->client->fd, body.data, body.len, &gone, err);
	/* A proof that is asked for later covers the earlier answers, except proofs. */
	if (sent && strcmp(json_text_of(ask, "kind"), "proof") != 0)
		sent = message_cover(&call->request, &body, &call->request, err);
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
	size_t depth = 0;
	bool quoted = false;

	if (body->len < start + 3 || memcmp(text, head, start) != 0 || text[start] != '{' ||
	    text[end] != '}')
		return false;
	for (size_t i = start; i < end; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!quoted && (text[i] == '}' || text[i] == ']') && --depth == 0 &&
			 i + 1 != end)
			return false;
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

static enum client_result converse(struct call *call, json_t **ok, struct error *err)
{
	for (bool done = false; !done;) {
		enum client_result result;
		json_t *frame = NULL;
		bool end = false, taken;

		if (!frame_read(call->client->fd, FRAME_FOR_EVER, FRAME_COMPLETE_MS, &call->body,
				&end, err))
			return broken(call);
		if (end)
			return left(call, err);
		result = take_text(call, &taken, &done, err);
		if (result != CLIENT_OK)
			return result;
		if (taken)
			continue;
		if (!message_parse(&message_answer_bounds, &call->body, &frame, err))
			return broken(call);
		result = take(call, frame, ok, &done, err);
		json_decref(frame);
		if (result != CLIENT_OK)
			return result;
	}
	return CLIENT_OK;
}

enum client_result client_call(struct client *client, const char *op, const struct message *args,
			       const struct client_handler *handler, json_t **ok, struct error *err)
{
	struct call call = {.client = client,
			    .handler = handler,
			    .request = FRAME_REQUEST_INIT,
			    .body = FRAME_BODY_INIT,
			    .declined = ERROR_INIT};
	enum client_result result = CLIENT_ERROR;
	bool gone = false;

	*ok = NULL;
	if (!message_request(op, args, &call.request, err))
		goto out;
	if (client->fd < 0)
		result = left(&call, err);
	else if (frame_write(client->fd, call.request.data, call.request.len, &gone, err))
		result = converse(&call, ok, err);
	else
		result = gone ? left(&call, err) : broken(&call);
out:
	buf_clear(&call.request);
	buf_clear(&call.body);
	return result;
}
