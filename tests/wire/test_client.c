/* SPDX-License-Identifier: MIT */
#include "vault/wire/client.h"

#include "tests/support/skip.h"
#include "vault/format/json.h"
#include "vault/wire/frame.h"
#include "vault/wire/message.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * A script of the agent's frames: after the request, one after another; "?" reads an answer first.
 */
static struct client played(const char *const script[])
{
	struct client client = CLIENT_EMPTY;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	if (fork() == 0) {
		struct buf body = FRAME_BODY_INIT;
		struct error err;
		bool end;

		(void)close(pair[0]);
		if (!frame_read(pair[1], 5000, 5000, &body, &end, &err))
			_exit(1);
		for (size_t i = 0; script[i]; i++) {
			if (strcmp(script[i], "?") == 0) {
				if (!frame_read(pair[1], 5000, 5000, &body, &end, &err))
					_exit(1);
				/* Shown back, so that the test sees what was answered. */
				if (!end && script[i + 1] && strcmp(script[i + 1], "echo") == 0) {
					struct buf ok = FRAME_BODY_INIT;

					if (!buf_printf(&ok, &err, "{\"ok\":{\"heard\":%s}}",
							buf_text(&body)) ||
					    !frame_write(pair[1], ok.data, ok.len, NULL, &err))
						_exit(1);
					_exit(0);
				}
			} else if (!frame_write(pair[1], script[i], strlen(script[i]), NULL,
						&err)) {
				_exit(1);
			}
		}
		_exit(0);
	}
	(void)close(pair[1]);
	client_adopt(&client, pair[0]);
	return client;
}

static void done(struct client *client, json_t *ok)
{
	client_close(client);
	json_decref(ok);
	while (wait(NULL) > 0 || errno == EINTR)
		continue;
}

struct seen {
	int rows, events, asks;
	bool refuse;
	enum error_code why;
};

static bool on_row(void *ctx, const json_t *row, struct error *err)
{
	struct seen *seen = ctx;

	(void)row;
	seen->rows++;
	return !seen->refuse || error_set(err, ERROR_IO, "no room");
}

static bool on_event(void *ctx, const json_t *event, struct error *err)
{
	struct seen *seen = ctx;

	(void)event;
	(void)err;
	seen->events++;
	return true;
}

static bool on_ask(void *ctx, const json_t *ask, json_t **answer, struct error *err)
{
	struct seen *seen = ctx;

	(void)ask;
	seen->asks++;
	if (seen->why != ERROR_NONE)
		return error_set(err, seen->why, "nobody");
	*answer = json_pack("{s:s}", "code", "123456");
	return *answer != NULL;
}

static struct client_handler handler_of(struct seen *seen)
{
	return (struct client_handler){
	    .row = on_row, .event = on_event, .ask = on_ask, .ctx = seen};
}

static void rows_and_events_come_before_the_answer(void **state)
{
	static const char *const script[] = {"{\"event\":{\"what\":\"x\"}}", "{\"row\":{}}",
					     "{\"row\":{}}", "{\"ok\":{\"count\":2}}", NULL};
	struct client client = played(script);
	struct seen seen = {0};
	struct client_handler handler = handler_of(&seen);
	struct error err;
	json_t *ok;

	(void)state;
	assert_int_equal(client_call(&client, "list", NULL, &handler, &ok, &err), CLIENT_OK);
	assert_int_equal(seen.rows, 2);
	assert_int_equal(seen.events, 1);
	assert_int_equal(json_integer_value(json_object_get(ok, "count")), 2);
	done(&client, ok);
}

static void a_question_is_answered(void **state)
{
	static const char *const script[] = {"{\"ask\":{\"kind\":\"mfa\"}}", "?", "echo", NULL};
	struct client client = played(script);
	struct seen seen = {0};
	struct client_handler handler = handler_of(&seen);
	json_t *args = json_pack("{s:i}", "a", 1);
	const json_t *answer;
	struct error err;
	json_t *ok;

	(void)state;
	assert_int_equal(client_call(&client, "x", MESSAGE_VALUE(args), &handler, &ok, &err),
			 CLIENT_OK);
	json_decref(args);
	answer = json_object_get(json_object_get(ok, "heard"), "answer");
	assert_string_equal(json_string_value(json_object_get(answer, "code")), "123456");
	done(&client, ok);
}

static void a_question_nobody_answers_is_declined_and_the_call_goes_on(void **state)
{
	static const char *const script[] = {"{\"ask\":{\"kind\":\"mfa\"}}", "?", "echo", NULL};
	struct client client = played(script);
	struct seen seen = {.why = ERROR_MFA_NEEDED};
	struct client_handler handler = handler_of(&seen);
	struct error err;
	json_t *ok;

	(void)state;
	assert_int_equal(client_call(&client, "x", NULL, &handler, &ok, &err), CLIENT_OK);
	assert_true(json_is_null(json_object_get(json_object_get(ok, "heard"), "answer")));
	done(&client, ok);
}

static void why_nobody_answered_is_what_the_call_fails_with(void **state)
{
	static const char *const script[] = {
	    "{\"ask\":{\"kind\":\"mfa\"}}", "?",
	    "{\"error\":{\"code\":\"INTERRUPTED\",\"message\":\"not answered\"}}", NULL};
	struct client client = played(script);
	struct seen seen = {.why = ERROR_WRONG_PASSPHRASE};
	struct client_handler handler = handler_of(&seen);
	struct error err;
	json_t *ok;

	(void)state;
	assert_int_equal(client_call(&client, "x", NULL, &handler, &ok, &err), CLIENT_ERROR);
	assert_int_equal(err.code, ERROR_WRONG_PASSPHRASE);
	done(&client, ok);
}

static void an_interrupted_question_ends_the_call_at_once(void **state)
{
	static const char *const script[] = {"{\"ask\":{\"kind\":\"mfa\"}}", "?", "?", NULL};
	struct client client = played(script);
	struct seen seen = {.why = ERROR_INTERRUPTED};
	struct client_handler handler = handler_of(&seen);
	struct error err;
	json_t *ok;

	(void)state;
	assert_int_equal(client_call(&client, "x", NULL, &handler, &ok, &err), CLIENT_ERROR);
	assert_int_equal(err.code, ERROR_INTERRUPTED);
	assert_int_equal(client.fd, -1);
	done(&client, ok);
}

static void an_agent_that_vanishes_is_told_apart(void **state)
{
	static const char *const nothing[] = {NULL};
	static const char *const some[] = {"{\"row\":{}}", NULL};
	struct seen seen = {0};
	struct client_handler handler = handler_of(&seen);
	struct client client = played(nothing);
	struct error err;
	json_t *ok;

	(void)state;
	assert_int_equal(client_call(&client, "x", NULL, NULL, &ok, &err), CLIENT_GONE);
	assert_int_equal(client.fd, -1);
	done(&client, ok);
	client = played(some);
	assert_int_equal(client_call(&client, "x", NULL, &handler, &ok, &err), CLIENT_GONE);
	assert_int_equal(seen.rows, 1);
	done(&client, ok);
	assert_int_equal(client_call(&client, "x", NULL, NULL, &ok, &err), CLIENT_GONE);
}

static void an_error_of_the_agent_leaves_the_connection_usable(void **state)
{
	static const char *const script[] = {
	    "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"no such key\"}}", "?", "{\"ok\":{}}",
	    NULL};
	struct client client = played(script);
	struct error err;
	json_t *ok;

	(void)state;
	assert_int_equal(client_call(&client, "show", NULL, NULL, &ok, &err), CLIENT_ERROR);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_string_equal(err.message, "no such key");
	assert_int_equal(client_call(&client, "list", NULL, NULL, &ok, &err), CLIENT_OK);
	done(&client, ok);
}

static void nonsense_from_the_agent_is_refused_and_ends_the_connection(void **state)
{
	static const char *const wrong[] = {"{}", "[]", "{\"okay\":1}", "{\"ok\":1}}", "\xff\xfe"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *const script[] = {wrong[i], NULL};
		struct client client = played(script);
		struct error err;
		json_t *ok;

		assert_int_equal(client_call(&client, "x", NULL, NULL, &ok, &err), CLIENT_ERROR);
		assert_int_equal(err.code, ERROR_PROTOCOL);
		assert_int_equal(client.fd, -1);
		done(&client, ok);
	}
}

static void a_row_that_cannot_be_taken_ends_the_call(void **state)
{
	static const char *const script[] = {"{\"row\":{}}", "{\"ok\":{}}", NULL};
	struct client client = played(script);
	struct seen seen = {.refuse = true};
	struct client_handler handler = handler_of(&seen);
	struct error err;
	json_t *ok;

	(void)state;
	assert_int_equal(client_call(&client, "x", NULL, &handler, &ok, &err), CLIENT_ERROR);
	assert_int_equal(err.code, ERROR_IO);
	done(&client, ok);
}

/* A client of a named socket, behind which anybody may listen, makes one call. */
static enum error_code call_stranger(const char *op, const char *said, struct seen *seen,
				     const struct secret *key)
{
	const char *const script[] = {said, NULL};
	struct client_handler handler = handler_of(seen);
	struct client client = played(script);
	struct error err = ERROR_INIT;
	json_t *ok;

	client.known = false;
	assert_int_equal(key ? client_call_sealed(&client, key, op, NULL, &handler, &ok, &err)
			     : client_call(&client, op, NULL, &handler, &ok, &err),
			 CLIENT_ERROR);
	assert_int_equal(seen->asks, 0);
	done(&client, ok);
	return err.code;
}

static void what_is_secret_is_not_told_to_a_stranger_nor_what_it_asks_answered(void **state)
{
	static const char *const sealed[] = {"add", "import", "reveal", "remove", NULL};
	static const char *const asks[] = {"hook", "open", "consent", "keys", "add", "proof", NULL};
	struct seen seen = {0};
	char said[64];

	(void)state;
	for (size_t i = 0; sealed[i]; i++)
		assert_int_equal(call_stranger(sealed[i], "{\"ok\":{}}", &seen, NULL),
				 ERROR_FAILED);
	for (size_t i = 0; asks[i]; i++) {
		(void)snprintf(said, sizeof(said), "{\"ask\":{\"kind\":\"%s\"}}", asks[i]);
		assert_int_equal(call_stranger("x", said, &seen, NULL), ERROR_PROTOCOL);
	}
}

static void who_answers_an_offer_with_anything_but_a_proof_gets_no_request(void **state)
{
#define Z "0000000000000000000000000000000000000000000000000000000000000000"
	static const char feigned[] =
	    "{\"ok\":{\"vault_id\":\"00000000000000000000000000000000\",\"commitment\":\"" Z
	    "\",\"header_digest\":\"" Z "\",\"agent_nonce\":\"" Z "\",\"agent_key\":\"" Z
	    "\",\"mac\":\"" Z "\"}}";
	struct secret key = SECRET_EMPTY;
	struct seen seen = {0};
	struct error err;

	(void)state;
	assert_true(secret_open(true, &err) && secret_random(&key, 32, &err));
	assert_int_equal(call_stranger("add", "{\"ok\":{}}", &seen, &key), ERROR_PROTOCOL);
	assert_int_equal(call_stranger("add", "{\"row\":{}}", &seen, &key), ERROR_PROTOCOL);
	assert_int_equal(call_stranger("add", feigned, &seen, &key), ERROR_IMPOSTOR);
	secret_clear(&key);
	secret_close();
}

struct texts {
	char all[256];
	int rows;
};

static bool on_text(void *ctx, const char *text, size_t len, struct error *err)
{
	struct texts *texts = ctx;

	(void)err;
	texts->rows++;
	(void)snprintf(texts->all + strlen(texts->all), sizeof(texts->all) - strlen(texts->all),
		       "%.*s;", (int)len, text);
	return true;
}

static void rows_can_be_had_as_they_are(void **state)
{
	static const char *const script[] = {"{\"row\":{\"a\":\"}]\\\"\"}}",
					     "{\"event\":{}}",
					     "{\"row\":{\"b\":[{},[1]]}}",
					     "{\"row\":{}}",
					     "{\"ok\":{}}",
					     NULL};
	struct client client = played(script);
	struct texts texts = {.rows = 0};
	struct client_handler handler = {.row_text = on_text, .ctx = &texts};
	struct error err;
	json_t *ok;

	(void)state;
	assert_int_equal(client_call(&client, "list", NULL, &handler, &ok, &err), CLIENT_OK);
	assert_string_equal(texts.all, "{\"a\":\"}]\\\"\"};{\"b\":[{},[1]]};{};");
	done(&client, ok);
}

/* What is passed on unread must not be more than one object, nor steer a terminal. */
static void a_row_that_is_more_or_less_than_an_object_is_not_passed_on(void **state)
{
	static const char *const bad[] = {"{\"row\":{},\"row\":{}}",
					  "{\"row\":{}}}",
					  "{\"row\":{}",
					  "{\"row\":[]}",
					  "{\"row\":{\"a\":\"}}",
					  "{\"row\":{\"a\":\"\033[2J\"}}",
					  "{\"row\":{\"a\":\"\\\n\"}}",
					  "{\"row\":{\"a\":\"\x7f\"}}",
					  "{\"row\":{}],[{}}",
					  "{\"row\":{}{}}",
					  "{\"row\":{\"a\":1]}",
					  "{\"row\":{\"a\":[1}]}",
					  "{\"row\":{\"a\":\"\\\"}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const script[] = {bad[i], "{\"ok\":{}}", NULL};
		struct client client = played(script);
		struct texts texts = {.rows = 0};
		struct client_handler handler = {.row_text = on_text, .ctx = &texts};
		struct error err;
		json_t *ok;

		assert_int_equal(client_call(&client, "x", NULL, &handler, &ok, &err),
				 CLIENT_ERROR);
		if (err.code != ERROR_PROTOCOL || texts.rows != 0)
			fail_msg("%s was passed on", bad[i]);
		done(&client, ok);
	}
}

static void an_answer_can_be_had_as_it_is(void **state)
{
	static const char *const script[] = {"{\"event\":{}}", "{\"ok\":{\"a\":\"}\"}}", NULL};
	struct client client = played(script);
	struct texts texts = {.rows = 0};
	struct client_handler handler = {.ok_text = on_text, .ctx = &texts};
	struct error err;
	json_t *ok;

	(void)state;
	assert_int_equal(client_call(&client, "x", NULL, &handler, &ok, &err), CLIENT_OK);
	assert_null(ok);
	assert_string_equal(texts.all, "{\"a\":\"}\"};");
	done(&client, ok);
}

static void an_answer_as_it_is_is_one_object_and_an_error_stays_one(void **state)
{
	static const char *const bad[] = {"{\"ok\":{}} ", "{\"ok\":[]}",
					  "{\"ok\":{\"a\":\"\033\"}}", "{\"ok\":{},\"ok\":{}}",
					  "{\"error\":{\"code\":\"PROTOCOL\",\"message\":\"no\"}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const script[] = {bad[i], NULL};
		struct client client = played(script);
		struct texts texts = {.rows = 0};
		struct client_handler handler = {.ok_text = on_text, .ctx = &texts};
		struct error err;
		json_t *ok;

		assert_int_equal(client_call(&client, "x", NULL, &handler, &ok, &err),
				 CLIENT_ERROR);
		if (err.code != ERROR_PROTOCOL || texts.rows != 0)
			fail_msg("%s was passed on", bad[i]);
		done(&client, ok);
	}
}

/* A directory of ours with a socket in it; *fd listens. */
struct place {
	char directory[64], path[96];
	int fd;
};

static void listen_at(struct place *place, bool listening)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(place->directory, sizeof(place->directory), "/tmp/credvault-test-XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	(void)snprintf(place->path, sizeof(place->path), "%s/a.sock", place->directory);
	place->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	memcpy(address.sun_path, place->path, strlen(place->path));
	assert_int_equal(bind(place->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	if (listening)
		assert_int_equal(listen(place->fd, 1), 0);
}

static void leave(struct place *place)
{
	(void)close(place->fd);
	(void)unlink(place->path);
	(void)rmdir(place->directory);
}

static void a_socket_of_ours_is_connected_to(void **state)
{
	struct client client;
	struct place place;
	struct error err;
	bool absent;

	(void)state;
	listen_at(&place, true);
	assert_true(client_connect(place.path, &client, &absent, &err));
	assert_false(absent);
	assert_int_equal(client.pid, getpid());
	client_close(&client);
	leave(&place);
}

static void nobody_there_is_no_error(void **state)
{
	struct client client;
	struct place place;
	struct error err;
	bool absent = false;

	(void)state;
	assert_true(client_connect("/tmp/credvault-no-such-place/a.sock", &client, &absent, &err));
	assert_true(absent);
	listen_at(&place, false);
	assert_true(client_connect(place.path, &client, &absent, &err));
	assert_true(absent);
	assert_int_equal(client.fd, -1);
	leave(&place);
}

static void a_place_that_others_reach_is_not_trusted(void **state)
{
	static const mode_t modes[] = {0755, 0701, 0770, 0711};
	struct client client;
	struct place place;
	struct error err;
	bool absent;

	(void)state;
	listen_at(&place, true);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(place.directory, modes[i]), 0);
		assert_false(client_connect(place.path, &client, &absent, &err));
		assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	}
	leave(&place);
}

static void what_is_no_socket_is_not_connected_to(void **state)
{
	struct client client;
	struct place place;
	struct error err;
	bool absent;
	char other[128];

	(void)state;
	listen_at(&place, true);
	(void)snprintf(other, sizeof(other), "%s/link", place.directory);
	assert_int_equal(symlink(place.path, other), 0);
	assert_false(client_connect(other, &client, &absent, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_false(client_connect("a.sock", &client, &absent, &err));
	(void)unlink(other);
	leave(&place);
}

static void a_socket_of_another_user_is_not_spoken_to(void **state)
{
	struct client client;
	struct place place;
	struct error err;
	bool absent;

	(void)state;
	if (geteuid() != 0)
		skip_because("only root can give a socket away");
	listen_at(&place, true);
	assert_int_equal(lchown(place.path, 65534, 65534), 0);
	assert_false(client_connect(place.path, &client, &absent, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	leave(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_and_events_come_before_the_answer),
	    cmocka_unit_test(a_question_is_answered),
	    cmocka_unit_test(a_question_nobody_answers_is_declined_and_the_call_goes_on),
	    cmocka_unit_test(why_nobody_answered_is_what_the_call_fails_with),
	    cmocka_unit_test(an_interrupted_question_ends_the_call_at_once),
	    cmocka_unit_test(an_agent_that_vanishes_is_told_apart),
	    cmocka_unit_test(an_error_of_the_agent_leaves_the_connection_usable),
	    cmocka_unit_test(nonsense_from_the_agent_is_refused_and_ends_the_connection),
	    cmocka_unit_test(a_row_that_cannot_be_taken_ends_the_call),
	    cmocka_unit_test(what_is_secret_is_not_told_to_a_stranger_nor_what_it_asks_answered),
	    cmocka_unit_test(who_answers_an_offer_with_anything_but_a_proof_gets_no_request),
	    cmocka_unit_test(rows_can_be_had_as_they_are),
	    cmocka_unit_test(a_row_that_is_more_or_less_than_an_object_is_not_passed_on),
	    cmocka_unit_test(an_answer_can_be_had_as_it_is),
	    cmocka_unit_test(an_answer_as_it_is_is_one_object_and_an_error_stays_one),
	    cmocka_unit_test(a_socket_of_ours_is_connected_to),
	    cmocka_unit_test(nobody_there_is_no_error),
	    cmocka_unit_test(a_place_that_others_reach_is_not_trusted),
	    cmocka_unit_test(what_is_no_socket_is_not_connected_to),
	    cmocka_unit_test(a_socket_of_another_user_is_not_spoken_to),
	};

	json_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
