/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_AGENT_RIG_H
#define CV_TESTS_AGENT_RIG_H

#include "tests/store/fixture.h"

#include "vault/agent/serve/connection.h"
#include "vault/agent/core/ops.h"
#include "vault/format/json.h"
#include "vault/wire/frame.h"
#include "vault/wire/client.h"
#include "vault/wire/line.h"
#include "vault/wire/message.h"
#include "vault/wire/tables/msg_channel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

/**
 * An agent within the test: a real vault, real connections over socketpairs, a clock that the test
 * moves, and an AWS that answers what it is told to.
 */

enum { RIG_NOW = 1795000000, RIG_THREADS = 50 };

enum rig_mood {
	RIG_FINE,
	RIG_WRONG_CODE, /**< AWS refuses the MFA code */
	RIG_DENIES,	/**< AccessDenied */
	RIG_UNSENT,	/**< nothing left this machine */
	RIG_SILENT,	/**< sent, and no answer came */
	RIG_EXPIRED /**< the next role is refused because of the session that signs; then fine */
};

struct rig {
	struct vault *vault;
	struct agent agent;
	struct clock clock;
	struct http http;
	_Atomic int64_t real_ms, boot_ms, mono_ms;
	_Atomic int64_t ahead_s; /**< AWS's clock before ours */
	_Atomic int mood;
	_Atomic int calls;
	_Atomic int session_tokens;
	_Atomic int assumed;
	_Atomic int asks;
	_Atomic int64_t last_wait_s;
	_Atomic bool last_refused;
	char codes[64][8]; /**< the codes that AWS was sent */
	_Atomic int codes_count;
	pthread_mutex_t hold; /**< a test that holds it makes AWS wait */
	char last_body[4096];
	char last_proxy[256];
};

static inline int64_t rig_clock(void *ctx, enum clock_kind kind)
{
	struct rig *rig = ctx;

	return (kind == CLOCK_KIND_REAL	  ? rig->real_ms
		: kind == CLOCK_KIND_BOOT ? rig->boot_ms
					  : rig->mono_ms) *
	       1000000;
}

static inline void rig_sleep(void *ctx, int64_t ms)
{
	struct rig *rig = ctx;

	rig->real_ms += ms;
	rig->boot_ms += ms;
	rig->mono_ms += ms;
}

static inline bool rig_refuse(struct http_reply *reply, const char *code, const char *message,
			      struct error *err)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "{\"ErrorResponse\":[{\"Error\":[{\"Type\":[\"Sender\"],\"Code\":"
		       "[\"%s\"],\"Message\":[\"%s\"]}],\"RequestId\":[\"r\"]}]}",
		       code, message);
	reply->status = 403;
	reply->body = HTTP_BODY_XML;
	return json_parse(text, strlen(text), sizeof(text), &reply->tree, err);
}

static inline const char *rig_field(const char *body, const char *name, char *out, size_t size)
{
	const char *at = strstr(body, name);
	size_t n;

	out[0] = '\0';
	if (!at)
		return out;
	at += strlen(name);
	n = strcspn(at, "&");
	(void)snprintf(out, size, "%.*s", (int)n, at);
	return out;
}

static inline bool rig_session(struct rig *rig, const char *body, struct http_reply *reply,
			       struct error *err)
{
	char text[2048], time[TEXT_TIME_BYTES], seconds[16], name[80], user[256] = "";
	bool role = strstr(body, "Action=AssumeRole&") != NULL;
	int n = rig->calls;

	text_format_time(
	    rig->real_ms / 1000 + rig->ahead_s +
		strtoll(rig_field(body, "DurationSeconds=", seconds, sizeof(seconds)), NULL, 10),
	    time);
	if (role)
		(void)snprintf(user, sizeof(user),
			       ",\"AssumedRoleUser\":[{\"Arn\":[\"arn:aws:sts::111122223333:"
			       "assumed-role/admin/%s\"],\"AssumedRoleId\":[\"AROA:x\"]}]",
			       rig_field(body, "RoleSessionName=", name, sizeof(name)));
	(void)snprintf(
	    text, sizeof(text),
	    "{\"%sResponse\":[{\"%sResult\":[{\"Credentials\":[{\"AccessKeyId\":"
	    "[\"ASIASESSION%09d\"],\"SecretAccessKey\":"
	    "[\"wJalrXUtnFEMI/K7MDENG/bPxRfiCYSESSIONKEY\"],\"SessionToken\":[\"TOKEN%d==\"],"
	    "\"Expiration\":[\"%s\"]}]%s}],\"ResponseMetadata\":[{\"RequestId\":[\"r\"]}]}]}",
	    role ? "AssumeRole" : "GetSessionToken", role ? "AssumeRole" : "GetSessionToken", n, n,
	    time, user);
	if (role)
		rig->assumed++;
	else
		rig->session_tokens++;
	reply->status = 200;
	reply->body = HTTP_BODY_XML;
	return json_parse(text, strlen(text), sizeof(text), &reply->tree, err);
}

static inline bool rig_identity(struct http_reply *reply, struct error *err)
{
	static const char text[] =
	    "{\"GetCallerIdentityResponse\":[{\"GetCallerIdentityResult\":[{\"Arn\":"
	    "[\"arn:aws:iam::111122223333:user/dev\"],\"UserId\":[\"AIDAEXAMPLE\"],\"Account\":"
	    "[\"111122223333\"]}],\"ResponseMetadata\":[{\"RequestId\":[\"r\"]}]}]}";

	reply->status = 200;
	reply->body = HTTP_BODY_XML;
	return json_parse(text, strlen(text), sizeof(text), &reply->tree, err);
}

static inline bool rig_send(void *ctx, const struct http_request *request, struct http_reply *reply,
			    struct error *err)
{
	struct rig *rig = ctx;
	const char *body = buf_text(&request->body);
	char code[8];

	(void)pthread_mutex_lock(&rig->hold);
	rig->calls++;
	(void)snprintf(rig->last_body, sizeof(rig->last_body), "%s", body);
	(void)snprintf(rig->last_proxy, sizeof(rig->last_proxy), "%s",
		       request->proxy.url ? request->proxy.url : "");
	rig_field(body, "TokenCode=", code, sizeof(code));
	if (code[0] && rig->mood != RIG_UNSENT)
		(void)snprintf(rig->codes[rig->codes_count++ % 64], 8, "%s", code);
	(void)pthread_mutex_unlock(&rig->hold);
	reply->date = rig->real_ms / 1000 + rig->ahead_s;
	reply->maybe_sent = true;
	switch ((enum rig_mood)rig->mood) {
	case RIG_FINE:
		if (strstr(body, "Action=GetCallerIdentity"))
			return rig_identity(reply, err);
		return rig_session(rig, body, reply, err);
	case RIG_WRONG_CODE:
		return rig_refuse(reply, "AccessDenied",
				  "MultiFactorAuthentication failed with invalid MFA one time "
				  "pass code. ",
				  err);
	case RIG_DENIES: return rig_refuse(reply, "AccessDenied", "User is not authorized", err);
	case RIG_EXPIRED:
		if (!strstr(body, "Action=AssumeRole&"))
			return rig_session(rig, body, reply, err);
		rig->mood = RIG_FINE;
		return rig_refuse(reply, "ExpiredToken", "The security token is expired", err);
	case RIG_UNSENT: reply->maybe_sent = false; break;
	case RIG_SILENT: break;
	}
	return error_set(err, ERROR_AWS_UNREACHABLE, "no answer");
}

/* --- the client's end ------------------------------------------------------------------------ */

struct rig_client {
	struct rig *rig;
	int fd, served;
	bool launch;
	pthread_t thread;
};

static inline void *rig_serve(void *arg)
{
	struct rig_client *client = arg;

	connection_serve(&client->rig->agent, client->served, client->launch);
	return NULL;
}

static inline struct rig_client *rig_connect(struct rig *rig, bool launch)
{
	struct rig_client *client = calloc(1, sizeof(*client));
	int fds[2];

	assert_non_null(client);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	*client = (struct rig_client){.rig = rig, .fd = fds[0], .served = fds[1], .launch = launch};
	assert_int_equal(pthread_create(&client->thread, NULL, rig_serve, client), 0);
	return client;
}

static inline void rig_hang_up(struct rig_client *client)
{
	(void)close(client->fd);
	(void)pthread_join(client->thread, NULL);
	free(client);
}

/** Answers a question: the value of "answer", NULL for null. */
typedef json_t *rig_answer(struct rig *rig, const json_t *ask);

/** The rest of a request, on a line: to its final frame, the caller's. NULL: hung up. */
static inline json_t *rig_hear(struct rig *rig, const struct line *line, rig_answer *answer)
{
	struct error err = ERROR_INIT;
	struct buf body = FRAME_BODY_INIT;
	json_t *message = NULL;
	bool end;

	for (;;) {
		json_t *ask;

		message = NULL;
		if (!line_read(line, 30000, FRAME_COMPLETE_MS, &body, &end, &err) || end)
			break;
		assert_true(message_parse(&message_answer_bounds, &body, &message, &err));
		ask = json_object_get(message, "ask");
		if (ask) {
			json_t *value = answer ? answer(rig, ask) : NULL;
			json_t *reply = value ? value : json_null();

			rig->asks++;
			assert_true(
			    message_send_as(line, "answer", MESSAGE_VALUE(reply), NULL, &err));
			json_decref(reply);
		} else if (!json_object_get(message, "row") && !json_object_get(message, "event")) {
			break;
		}
		json_decref(message);
	}
	buf_clear(&body);
	return message;
}

/** One request in plain frames to its end; the final frame, the caller's. NULL: hung up. */
static inline json_t *rig_call(struct rig_client *client, const char *op, json_t *args,
			       rig_answer *answer)
{
	struct error err = ERROR_INIT;
	struct buf request = FRAME_BODY_INIT;

	assert_true(message_request(op, args ? MESSAGE_VALUE(args) : NULL, &request, &err));
	json_decref(args);
	assert_true(frame_write(client->fd, request.data, request.len, NULL, &err));
	buf_clear(&request);
	return rig_hear(client->rig, &LINE_PLAIN(client->fd), answer);
}

/** Asks for a channel; the final frame. */
static inline json_t *rig_offer(struct rig_client *client, const struct channel_hello *hello)
{
	json_t *args;

	REQUIRE(fields_to_json(&msg_channel_hello, hello, &args, err));
	return rig_call(client, "channel", args, NULL);
}

/** Reads the agent's answer to an offer. */
static inline void rig_reply(const json_t *message, struct channel_reply *out)
{
	*out = (struct channel_reply){.nonce = {0}};
	REQUIRE(fields_read_answer(&msg_channel_reply, json_object_get(message, "ok"), out, err));
}

/** Sends the client's proof; nothing is read. */
static inline void rig_go(struct rig_client *client, const unsigned char mac[static CHANNEL_BYTES])
{
	struct msg_channel_go go;
	struct buf text = FRAME_BODY_INIT;

	memcpy(go.mac, mac, sizeof(go.mac));
	REQUIRE(message_request("channel_go", MESSAGE(msg_channel_go, &go), &text, err));
	REQUIRE(frame_write(client->fd, text.data, text.len, NULL, err));
	buf_clear(&text);
}

/** One request through a channel, on a connection of its own, which the agent hangs up. */
static inline json_t *rig_prove(struct rig *rig, const char *op, json_t *args, rig_answer *answer)
{
	struct rig_client *client = rig_connect(rig, false);
	struct channel channel = CHANNEL_EMPTY;
	struct line line = {.fd = client->fd, .channel = &channel};
	unsigned char mac[CHANNEL_BYTES];
	struct buf request = FRAME_BODY_INIT;
	struct channel_hello hello;
	struct channel_reply reply;
	json_t *message;

	REQUIRE(message_request(op, args ? MESSAGE_VALUE(args) : NULL, &request, err));
	json_decref(args);
	REQUIRE(channel_offer(&channel, &request, &hello, err));
	message = rig_offer(client, &hello);
	if (json_object_get(message, "ok")) {
		rig_reply(message, &reply);
		json_decref(message);
		REQUIRE(
		    channel_confirm(&channel, &reply, &rig->vault->keys.at[KEY_PROOF], mac, err));
		rig_go(client, mac);
		REQUIRE(line_write(&line,
				   &(struct line_frame){"", request.data, request.len, "", false},
				   NULL, err));
		message = rig_hear(rig, &line, answer);
		assert_true(!message || channel.received_last);
	}
	channel_clear(&channel);
	buf_clear(&request);
	rig_hang_up(client);
	return message;
}

/** No idle limit any more. */
static inline void rig_never_idle(struct rig *rig)
{
	rig->agent.limits.idle_ms = INT32_MAX;
	rig->agent.limits.idle_at_ms = INT64_MAX;
}

/** A request on a connection of its own, as the command line sends it. */
static inline json_t *rig_ask(struct rig *rig, const char *op, json_t *args, rig_answer *answer)
{
	struct rig_client *client;
	json_t *message;

	if (client_op_is_sealed(op))
		return rig_prove(rig, op, args, answer);
	client = rig_connect(rig, false);
	message = rig_call(client, op, args, answer);
	rig_hang_up(client);
	return message;
}

/** The code of the error in a final frame, "ok" for none. Static text or borrowed. */
static inline const char *rig_result(const json_t *message)
{
	const json_t *error = json_object_get(message, "error");

	if (!message)
		return "hung up";
	return error ? json_string_value(json_object_get(error, "code")) : "ok";
}

/** Frees the final frame after comparing its result. */
static inline void rig_expect(const char *what, json_t *message)
{
	if (strcmp(rig_result(message), what) != 0)
		fail_msg("not %s: %s", what, message ? json_dumps(message, 0) : "hung up");
	json_decref(message);
}

/** The plan of a session straight from a key. */
static inline json_t *rig_plan(const char *key)
{
	return json_pack("{s:{s:s,s:s},s:[{s:s}]}", "origin", "kind", "key", "name", key, "steps",
			 "kind", "session");
}

/** Adds the role that the rig's AWS knows to a plan. */
static inline void rig_assume(json_t *plan)
{
	(void)json_array_append_new(json_object_get(plan, "steps"),
				    json_pack("{s:s,s:s,s:s}", "kind", "role", "profile", "tf",
					      "role_arn", "arn:aws:iam::111122223333:role/admin"));
}

static inline json_t *rig_add(struct rig *rig, const char *name, const char *serial, bool required)
{
	json_t *args = json_pack("{s:s,s:s,s:s,s:s?,s:b,s:b}", "name", name, "access_key_id",
				 "AKIAIOSFODNN7EXAMPLE", "secret_access_key",
				 "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "mfa_serial", serial,
				 "mfa_required", required, "no_check", true);

	return rig_ask(rig, "add", args, NULL);
}

#define RIG_SERIAL "arn:aws:iam::111122223333:mfa/dev"

static inline int rig_teardown(void **state)
{
	struct rig *rig = *state;
	void *vault = rig->vault;

	agent_clear(&rig->agent);
	rig->vault->store = NULL;
	(void)pthread_mutex_destroy(&rig->hold);
	free(rig);
	return vault_teardown(&vault);
}

/** Makes a vault, unlocked by an agent that counts one connection of its own and so never ends. */
static inline int rig_setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct rig_client *launch;
	struct buf keys = BUF_INIT(4096);
	json_t *args, *value;
	void *vault;

	json_open();
	(void)vault_setup_created(&vault);
	rig->vault = vault;
	rig->real_ms = (int64_t)RIG_NOW * 1000;
	rig->boot_ms = rig->mono_ms = 5000000;
	(void)pthread_mutex_init(&rig->hold, NULL);
	rig->clock = (struct clock){.now_ns = rig_clock, .sleep_ms = rig_sleep, .ctx = rig};
	rig->http = (struct http){.send = rig_send, .ctx = rig};
	vault_close(rig->vault);
	REQUIRE(agent_init(&rig->agent, &rig->clock, err));
	rig->agent.operations = operations;
	rig->agent.http = &rig->http;
	rig->agent.listens = false;
	(void)snprintf(rig->agent.vault, sizeof(rig->agent.vault), "%s", rig->vault->path);
	(void)snprintf(rig->agent.socket, sizeof(rig->agent.socket), "%s/s.sock",
		       rig->vault->directory);
	agent_connection(&rig->agent);
	REQUIRE(keys_append_json(&rig->vault->keys, &keys, err));
	REQUIRE(json_parse(keys.data, keys.len, keys.len, &value, err));
	buf_clear(&keys);
	args = json_pack("{s:o,s:s,s:b}", "keys", value, "how", "passphrase", "resident", true);
	launch = rig_connect(rig, true);
	rig_expect("ok", rig_call(launch, "unlock", args, NULL));
	rig_hang_up(launch);
	*state = rig;
	return 0;
}

#endif
