/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/request.h"

#include "vault/format/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const struct op table[] = {
    {.name = "lock", .flags = OP_ANY_VERSION}, {.name = "list", .flags = OP_RECORDS}, {NULL}};

static struct agent agent;
static struct connection connection;
static struct request request;
static struct error err;
static struct buf frame;

static int start(void **state)
{
	(void)state;
	agent.operations = table;
	connection = (struct connection){.agent = &agent, .line = LINE_PLAIN(-1)};
	request = (struct request){.agent = &agent, .connection = &connection, .frame = &frame};
	frame = BUF_INIT(4096);
	err = ERROR_INIT;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	json_decref(request.message);
	buf_clear(&frame);
	return 0;
}

/* In the text V is our version, W another one. */
static bool unwrapped(const char *text)
{
	json_decref(request.message);
	request.message = NULL;
	buf_reset(&frame);
	for (; *text; text++)
		assert_true(*text == 'V'   ? buf_printf(&frame, &err, "%d", MESSAGE_VERSION)
			    : *text == 'W' ? buf_printf(&frame, &err, "%d", MESSAGE_VERSION + 1)
					   : buf_append(&frame, text, 1, &err));
	assert_true(request_parse(&request, &err));
	return request_unwrap(&request, &err);
}

static void a_request_names_its_operation_and_brings_arguments(void **state)
{
	(void)state;
	assert_true(unwrapped("{\"v\":V,\"op\":\"list\",\"args\":{\"a\":1}}"));
	assert_string_equal(request.op->name, "list");
	assert_int_equal(json_object_size(request.args), 1);
	assert_false(request.foreign);
}

static void what_is_no_object_is_no_request(void **state)
{
	static const char *const texts[] = {"", "[]", "7", "{", "{\"v\":V} x", "null"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_reset(&frame);
		assert_true(buf_text_append(&frame, texts[i], &err));
		assert_false(request_parse(&request, &err));
		assert_int_equal(err.code, ERROR_PROTOCOL);
	}
}

static void an_envelope_holds_what_it_must_and_no_more(void **state)
{
	static const char *const texts[] = {
	    "{}",
	    "{\"op\":\"list\",\"args\":{}}",
	    "{\"v\":V,\"args\":{}}",
	    "{\"v\":\"V\",\"op\":\"list\",\"args\":{}}",
	    "{\"v\":V,\"op\":7,\"args\":{}}",
	    "{\"v\":V,\"op\":\"lis\",\"args\":{}}",
	    "{\"v\":V,\"op\":\"\",\"args\":{}}",
	    "{\"v\":V,\"op\":\"list\"}",
	    "{\"v\":V,\"op\":\"list\",\"args\":[]}",
	    "{\"v\":V,\"op\":\"list\",\"args\":null}",
	    "{\"v\":V,\"op\":\"list\",\"args\":{},\"more\":1}",
	    "{\"v\":V,\"op\":\"lock\",\"args\":{},\"more\":1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(unwrapped(texts[i]));
		assert_int_equal(err.code, ERROR_PROTOCOL);
	}
}

static void another_version_is_told_to_lock(void **state)
{
	(void)state;
	assert_false(unwrapped("{\"v\":W,\"op\":\"list\",\"args\":{}}"));
	assert_int_equal(err.code, ERROR_PROTOCOL);
	assert_string_equal(err.hint, "credvault lock");
	/* The same of an operation that only the other version has. */
	assert_false(unwrapped("{\"v\":W,\"op\":\"dance\"}"));
	assert_string_equal(err.hint, "credvault lock");
}

static void and_lock_it_can_whatever_else_it_says(void **state)
{
	static const char *const texts[] = {"{\"v\":W,\"op\":\"lock\",\"args\":{}}",
					    "{\"v\":-1,\"op\":\"lock\"}",
					    "{\"v\":W,\"op\":\"lock\",\"args\":7,\"more\":[]}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_true(unwrapped(texts[i]));
		assert_true(request.foreign);
		assert_string_equal(request.op->name, "lock");
	}
}

static void a_client_that_hung_up_is_gone(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	connection.line.fd = fds[0];
	assert_false(request_is_gone(&request));
	assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
	assert_true(request_is_gone(&request));
	(void)close(fds[0]);
	(void)close(fds[1]);
}

#define REQUEST_TEST(test_) cmocka_unit_test_setup_teardown(test_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    REQUEST_TEST(a_request_names_its_operation_and_brings_arguments),
	    REQUEST_TEST(what_is_no_object_is_no_request),
	    REQUEST_TEST(an_envelope_holds_what_it_must_and_no_more),
	    REQUEST_TEST(another_version_is_told_to_lock),
	    REQUEST_TEST(and_lock_it_can_whatever_else_it_says),
	    REQUEST_TEST(a_client_that_hung_up_is_gone),
	};

	json_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
