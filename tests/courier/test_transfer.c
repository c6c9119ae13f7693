/* SPDX-License-Identifier: MIT */
#include "vault/courier/transfer.h"

#include "vault/aws/answer_tree.h"
#include "vault/courier/authorities.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { READ_MAX = 8192, TEXT_MAX = HTTP_BODY_MAX + 4096 };

/* An HTTP server of one thread: each request gets the same bytes, which tests write. */
static struct server {
	pthread_t thread;
	int listener;
	_Atomic int connection; /* the open one; -1: none */
	char url[64];
	const char *answer;
	size_t answer_len;
	bool keep;   /* the connection stays open after the answer */
	bool silent; /* no answer, and no end */
	_Atomic int connections;
	char request[READ_MAX]; /* the last one */
} server;

/* One for all tests, as the courier has one for all requests. */
static struct transfer *transfer;
static struct buf authorities;
static struct http_reply reply;
static int control[2] = {-1, -1};

/* Whether a whole request came; none of these tests sends a body in more than one piece. */
static bool server_read(int fd)
{
	size_t len = 0;
	ssize_t n;

	memset(server.request, 0, sizeof(server.request));
	do {
		n = recv(fd, server.request + len, sizeof(server.request) - 1 - len, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
	} while (!strstr(server.request, "\r\n\r\n"));
	return true;
}

static void *server_run(void *unused)
{
	char byte;
	int fd;

	while ((fd = accept(server.listener, NULL, NULL)) >= 0) {
		server.connections++;
		server.connection = fd;
		while (server_read(fd)) {
			if (server.silent) {
				(void)!recv(fd, &byte, 1, 0);
				break;
			}
			(void)!send(fd, server.answer, server.answer_len, MSG_NOSIGNAL);
			if (!server.keep)
				break;
		}
		server.connection = -1;
		(void)close(fd);
	}
	return unused;
}

static int listen_somewhere(char url[static 64])
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	(void)snprintf(url, 64, "http://127.0.0.1:%d/", ntohs(at.sin_port));
	return fd;
}

static int start(void **state)
{
	struct error err;
	int ends[2];

	(void)state;
	server = (struct server){.answer = "", .connection = -1};
	server.listener = listen_somewhere(server.url);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	control[1] = ends[1];
	if (!transfer) {
		control[0] = ends[0];
		assert_true(transfer_new(control[0], &authorities, &transfer, &err));
	} else {
		assert_int_equal(dup2(ends[0], control[0]), control[0]);
		(void)close(ends[0]);
	}
	reply = HTTP_REPLY_INIT;
	return pthread_create(&server.thread, NULL, server_run, NULL);
}

static int stop(void **state)
{
	(void)state;
	http_reply_clear(&reply);
	(void)shutdown(server.listener, SHUT_RDWR);
	/* What the transfer keeps for its next request. */
	if (server.connection >= 0)
		(void)shutdown(server.connection, SHUT_RDWR);
	(void)pthread_join(server.thread, NULL);
	(void)close(server.listener);
	if (control[1] >= 0)
		(void)close(control[1]);
	return 0;
}

static struct http_request get(void)
{
	return (struct http_request){.method = "GET",
				     .url = server.url,
				     .connect_timeout_ms = 5000,
				     .total_timeout_ms = 15000};
}

static bool run(const struct http_request *request, struct error *err)
{
	bool abandoned = true, ok = transfer_run(transfer, request, &reply, &abandoned, err);

	assert_false(abandoned);
	return ok;
}

static bool answered(const char *answer, struct error *err)
{
	struct http_request request = get();

	server.answer = answer;
	server.answer_len = strlen(answer);
	return run(&request, err);
}

static void expect_unreachable(const struct http_request *request, bool maybe_sent, const char *why)
{
	struct error err = ERROR_INIT;

	assert_false(run(request, &err));
	assert_int_equal(err.code, ERROR_AWS_UNREACHABLE);
	assert_string_equal(err.message, why);
	assert_int_equal(reply.maybe_sent, maybe_sent);
	assert_null(reply.tree);
}

static void an_answer_is_taken_apart(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(answered("HTTP/1.1 403 Forbidden\r\n"
			     "Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n"
			     "X-Amzn-RequestId:  0aB-9 \r\n"
			     "x-amzn-ErrorType: ExpiredToken:http://internal.example/\r\n"
			     "x-amz-retry-after: 2500\r\n"
			     "Content-Length: 24\r\n\r\n<E><Code>Old</Code></E>\r\n",
			     &err));
	assert_int_equal(reply.status, 403);
	assert_int_equal(reply.date, 1800000000);
	assert_false(reply.aged);
	assert_string_equal(reply.request_id, "0aB-9");
	assert_string_equal(reply.error_type, "ExpiredToken");
	assert_int_equal(reply.retry_after_ms, 2500);
	assert_int_equal(reply.body, HTTP_BODY_XML);
	assert_true(reply.maybe_sent);
}

static void of_several_blocks_of_headers_the_last_counts(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(answered("HTTP/1.1 103 Early Hints\r\nAge: 3\r\nx-amzn-requestid: early\r\n"
			     "x-amz-retry-after: 9\r\nDate: Fri, 15 Jan 2027 08:00:00 GMT\r\n\r\n"
			     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
			     &err));
	assert_int_equal(reply.status, 200);
	assert_false(reply.aged);
	assert_int_equal(reply.date, 0);
	assert_int_equal(reply.retry_after_ms, -1);
	assert_string_equal(reply.request_id, "");
}

static void a_header_that_is_not_decent_is_as_none(void **state)
{
	static const struct {
		const char *line;
		long retry_ms;
	} waits[] = {{"soon", -1},	 {"-5", -1},  {"1234567", -1},
		     {"900000", 600000}, {"12 ", 12}, {"1.5", -1}};
	struct error err = ERROR_INIT;
	char answer[512];

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		(void)snprintf(answer, sizeof(answer),
			       "HTTP/1.1 200 OK\r\nAge: 0\r\nDate: yesterday\r\n"
			       "x-amz-retry-after: %s\r\nx-amzn-requestid: a\x1b[1m\r\n"
			       "x-amzn-errortype: what <is> this\r\nContent-Length: 0\r\n\r\n",
			       waits[i].line);
		assert_true(answered(answer, &err));
		assert_int_equal(reply.retry_after_ms, waits[i].retry_ms);
		assert_int_equal(reply.date, 0);
		assert_true(reply.aged);
		assert_string_equal(reply.request_id, "");
		assert_string_equal(reply.error_type, "");
	}
}

static void a_body_is_known_by_what_it_is(void **state)
{
	static const struct {
		const char *body;
		enum http_body kind;
	} bodies[] = {{"", HTTP_BODY_NONE},	     {"<A><B>1</B></A>", HTTP_BODY_XML},
		      {"{\"a\":1}", HTTP_BODY_JSON}, {"<html><p>busy</html>", HTTP_BODY_OTHER},
		      {"<A>", HTTP_BODY_OTHER},	     {"\x1f\x8b garbage", HTTP_BODY_OTHER}};
	struct error err = ERROR_INIT;
	char answer[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		(void)snprintf(answer, sizeof(answer),
			       "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
			       strlen(bodies[i].body), bodies[i].body);
		assert_true(answered(answer, &err));
		assert_int_equal(reply.body, bodies[i].kind);
		assert_int_equal(reply.tree != NULL, bodies[i].kind == HTTP_BODY_XML ||
							 bodies[i].kind == HTTP_BODY_JSON);
	}
}

/* The headers, and then `size` letters; without a length the end of the connection is theirs. */
static enum http_body body_of(size_t size, bool told)
{
	static char answer[TEXT_MAX];
	struct http_request request = get();
	struct error err = ERROR_INIT;
	int n = told ? snprintf(answer, sizeof(answer),
				"HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size)
		     : snprintf(answer, sizeof(answer), "HTTP/1.0 200 OK\r\n\r\n");

	memset(answer + n, 'x', size);
	server.answer = answer;
	server.answer_len = (size_t)n + size;
	assert_true(run(&request, &err));
	assert_int_equal(reply.status, 200);
	assert_null(reply.tree);
	return reply.body;
}

static void a_body_is_read_up_to_its_bound(void **state)
{
	(void)state;
	assert_int_equal(body_of(HTTP_BODY_MAX, true), HTTP_BODY_OTHER);
	assert_int_equal(body_of(HTTP_BODY_MAX + 1, true), HTTP_BODY_TOO_LARGE);
	assert_int_equal(body_of(HTTP_BODY_MAX, false), HTTP_BODY_OTHER);
	assert_int_equal(body_of(HTTP_BODY_MAX + 1, false), HTTP_BODY_TOO_LARGE);
	/* And what was too much is forgotten. */
	assert_int_equal(body_of(10, true), HTTP_BODY_OTHER);
}

static void a_redirection_is_an_answer_and_is_not_followed(void **state)
{
	struct error err = ERROR_INIT;
	char answer[256];

	(void)state;
	(void)snprintf(answer, sizeof(answer),
		       "HTTP/1.1 302 Found\r\nLocation: %sthere\r\nContent-Length: 0\r\n\r\n",
		       server.url);
	assert_true(answered(answer, &err));
	assert_int_equal(reply.status, 302);
	assert_int_equal(server.connections, 1);
}

static void what_may_not_be_sent_is_refused_before_a_connection(void **state)
{
	static const char *const urls[] = {
	    "http://sts.amazonaws.com/",       "ftp://127.0.0.1/", "file:///etc/passwd",
	    "https://user@sts.amazonaws.com/", "127.0.0.1",	   ""};
	struct http_request request = get();
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		request.url = urls[i];
		assert_false(run(&request, &err));
		assert_int_equal(err.code, ERROR_USAGE);
		assert_false(reply.maybe_sent);
	}
	request = get();
	request.proxy.url = "socks5://127.0.0.1:1080";
	assert_false(run(&request, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_int_equal(server.connections, 0);
}

static void where_nobody_listens_nothing_was_sent(void **state)
{
	struct http_request request = get();
	char url[64];

	(void)state;
	(void)close(listen_somewhere(url));
	request.url = url;
	expect_unreachable(&request, false, "the connection is refused");
	assert_int_equal(reply.cause, HTTP_CAUSE_NO_CONNECT);
	assert_false(reply.at_proxy);
}

static void trust_the_system(void)
{
	authorities = AUTHORITIES_INIT;
	authorities_read(&authorities);
}

static void a_name_that_nobody_has_is_told_as_such(void **state)
{
	struct http_request request = get();

	(void)state;
	trust_the_system();
	request.url = "https://nobody.invalid/";
	expect_unreachable(&request, false, "no such name");
	assert_int_equal(reply.cause, HTTP_CAUSE_NO_NAME);
	request.proxy.url = "http://user:word@proxy.invalid:3128";
	expect_unreachable(&request, false, "no such name");
	assert_int_equal(reply.cause, HTTP_CAUSE_NO_NAME);
	assert_true(reply.at_proxy);
	/* An exception from the proxy leads to the host itself. */
	request.proxy.except = ".invalid";
	expect_unreachable(&request, false, "no such name");
	assert_false(reply.at_proxy);
	buf_clear(&authorities);
}

static void a_proxy_that_is_not_there_is_told_as_such(void **state)
{
	struct http_request request = get();
	char url[64];

	(void)state;
	trust_the_system();
	(void)close(listen_somewhere(url));
	request.url = "https://nobody.invalid/";
	request.proxy.url = url;
	expect_unreachable(&request, false, "the connection is refused");
	assert_true(reply.at_proxy);
	buf_clear(&authorities);
}

static void who_closes_without_an_answer_may_have_acted(void **state)
{
	struct http_request request = get();

	(void)state;
	expect_unreachable(&request, true, "it closed the connection without an answer");
}

static void half_an_answer_is_none(void **state)
{
	static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<A><B>1</B></A>";
	struct http_request request = get();

	(void)state;
	server.answer = half;
	server.answer_len = sizeof(half) - 1;
	expect_unreachable(&request, true, "it closed the connection in the middle of an answer");
	assert_int_equal(reply.body, HTTP_BODY_NONE);
}

static void what_speaks_another_protocol_is_no_answer(void **state)
{
	static const char banner[] = "220 mail.example.com ESMTP\r\n";
	struct http_request request = get();

	(void)state;
	server.answer = banner;
	server.answer_len = sizeof(banner) - 1;
	expect_unreachable(&request, true, "it does not speak HTTP");
}

static void an_answer_comes_in_time_or_not_at_all(void **state)
{
	struct http_request request = get();

	(void)state;
	server.silent = true;
	request.total_timeout_ms = 200;
	expect_unreachable(&request, true, "no whole answer in time");
}

static void a_request_is_given_up_when_who_asked_has_gone(void **state)
{
	struct http_request request = get();
	struct error err = ERROR_INIT;
	bool abandoned = false;

	(void)state;
	server.silent = true;
	(void)close(control[1]);
	control[1] = -1;
	assert_false(transfer_run(transfer, &request, &reply, &abandoned, &err));
	assert_true(abandoned);
}

static void a_word_from_who_asked_does_not_stop_the_request(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(send(control[1], "x", 1, 0), 1);
	assert_true(answered("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", &err));
	assert_int_equal(reply.status, 200);
}

static void loopback_is_reached_without_the_proxy(void **state)
{
	struct http_request request = get();
	struct error err = ERROR_INIT;
	char proxy[64];

	(void)state;
	(void)close(listen_somewhere(proxy));
	server.answer = "HTTP/1.1 204 No Content\r\n\r\n";
	server.answer_len = strlen(server.answer);
	request.proxy.url = proxy;
	assert_true(run(&request, &err));
	assert_int_equal(reply.status, 204);
}

static void a_request_says_what_it_was_given_and_no_more(void **state)
{
	static const struct http_header header = {"X-Amz-Date", "20270115T080000Z"};
	struct http_request request = get();
	struct error err = ERROR_INIT;
	char wanted[256];

	(void)state;
	server.answer = "HTTP/1.1 204 No Content\r\n\r\n";
	server.answer_len = strlen(server.answer);
	request.headers = &header;
	request.header_count = 1;
	request.query = "Action=X";
	assert_true(run(&request, &err));
	(void)snprintf(wanted, sizeof(wanted),
		       "GET /?Action=X HTTP/1.1\r\nHost: %.*s\r\n"
		       "X-Amz-Date: 20270115T080000Z\r\n\r\n",
		       (int)(strlen(server.url) - strlen("http:///")), server.url + 7);
	assert_string_equal(server.request, wanted);
}

static void a_connection_serves_again_but_for_what_is_sent_once(void **state)
{
	struct http_request request = get();
	struct error err = ERROR_INIT;

	(void)state;
	server.keep = true;
	server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	server.answer_len = strlen(server.answer);
	assert_true(run(&request, &err));
	assert_true(run(&request, &err));
	assert_int_equal(server.connections, 1);
	/* The server's one thread is on the first connection: the second waits in its queue. */
	request.once = true;
	request.total_timeout_ms = 300;
	assert_false(run(&request, &err));
	assert_int_equal(err.code, ERROR_AWS_UNREACHABLE);
}

static void without_authorities_nobody_is_asked_by_https(void **state)
{
	char url[sizeof(server.url)];
	struct http_request request = {.method = "GET", .url = url, .total_timeout_ms = 5000};
	struct error err;

	(void)state;
	(void)snprintf(url, sizeof(url), "https%.40s", server.url + strlen("http"));
	assert_false(run(&request, &err));
	assert_int_equal(err.code, ERROR_AWS_UNREACHABLE);
	assert_string_equal(err.message, "the system's certificate bundle cannot be read");
	assert_int_equal(server.connections, 0);
}

#define TRANSFER_TEST(test_) cmocka_unit_test_setup_teardown(test_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TRANSFER_TEST(an_answer_is_taken_apart),
	    TRANSFER_TEST(of_several_blocks_of_headers_the_last_counts),
	    TRANSFER_TEST(a_header_that_is_not_decent_is_as_none),
	    TRANSFER_TEST(a_body_is_known_by_what_it_is),
	    TRANSFER_TEST(a_body_is_read_up_to_its_bound),
	    TRANSFER_TEST(a_redirection_is_an_answer_and_is_not_followed),
	    TRANSFER_TEST(what_may_not_be_sent_is_refused_before_a_connection),
	    TRANSFER_TEST(where_nobody_listens_nothing_was_sent),
	    TRANSFER_TEST(a_name_that_nobody_has_is_told_as_such),
	    TRANSFER_TEST(a_proxy_that_is_not_there_is_told_as_such),
	    TRANSFER_TEST(who_closes_without_an_answer_may_have_acted),
	    TRANSFER_TEST(half_an_answer_is_none),
	    TRANSFER_TEST(what_speaks_another_protocol_is_no_answer),
	    TRANSFER_TEST(an_answer_comes_in_time_or_not_at_all),
	    TRANSFER_TEST(a_request_is_given_up_when_who_asked_has_gone),
	    TRANSFER_TEST(a_word_from_who_asked_does_not_stop_the_request),
	    TRANSFER_TEST(loopback_is_reached_without_the_proxy),
	    TRANSFER_TEST(a_request_says_what_it_was_given_and_no_more),
	    TRANSFER_TEST(a_connection_serves_again_but_for_what_is_sent_once),
	    TRANSFER_TEST(without_authorities_nobody_is_asked_by_https),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
