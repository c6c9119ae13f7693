/* SPDX-License-Identifier: MIT */
#include "vault/aws/courier_message.h"

#include "vault/aws/answer_tree.h"
#include "vault/format/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define REQUEST(method_, url_, headers_, more_)                                  \
	"{\"method\":\"" method_ "\",\"url\":\"" url_ "\",\"headers\":" headers_ \
	",\"body\":\"a=b\",\"connect_ms\":10,\"total_ms\":20" more_ "}"

static void a_request_goes_there_and_back(void **state)
{
	const struct http_header headers[] = {{"Host", "127.0.0.1:1"}, {"X-Amz-Date", "now"}};
	struct http_request request = {.method = "POST",
				       .url = "http://127.0.0.1:1/",
				       .headers = headers,
				       .header_count = 2,
				       .body = BUF_INIT(100),
				       .connect_timeout_ms = 11,
				       .total_timeout_ms = 12,
				       .proxy = {"http://proxy:1", ".example.com"},
				       .once = true};
	struct buf text = BUF_INIT(COURIER_MESSAGE_MAX);
	struct courier_message_request got;
	struct error err;

	(void)state;
	assert_true(buf_text_append(&request.body, "Action=x&y=\"\\", &err));
	assert_true(courier_message_encode_request(&request, "PEM", &text, &err));
	assert_true(courier_message_decode_request(&text, &got, &err));
	assert_string_equal(got.request.method, "POST");
	assert_string_equal(got.request.url, request.url);
	assert_int_equal(got.request.header_count, 2);
	assert_string_equal(got.request.headers[1].name, "X-Amz-Date");
	assert_string_equal(got.request.headers[1].value, "now");
	assert_string_equal(buf_text(&got.request.body), "Action=x&y=\"\\");
	assert_int_equal(got.request.connect_timeout_ms, 11);
	assert_int_equal(got.request.total_timeout_ms, 12);
	assert_string_equal(got.request.proxy.url, "http://proxy:1");
	assert_string_equal(got.request.proxy.except, ".example.com");
	assert_true(got.request.once);
	assert_string_equal(got.authorities, "PEM");
	courier_message_request_clear(&got);
	buf_clear(&request.body);
	buf_clear(&text);
}

static void a_request_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "{}",
	    "[]",
	    "{\"method\":\"POST\"} x",
	    REQUEST("DELETE", "http://127.0.0.1/", "[]", ""),
	    REQUEST("POST", "", "[]", ""),
	    REQUEST("POST", "http://127.0.0.1/", "{}", ""),
	    REQUEST("POST", "http://127.0.0.1/", "[[\"A\"]]", ""),
	    REQUEST("POST", "http://127.0.0.1/", "[[\"A\",\"b\\r\\nC: d\"]]", ""),
	    REQUEST("POST", "http://127.0.0.1/", "[[\"A b\",\"c\"]]", ""),
	    REQUEST("POST", "http://127.0.0.1/", "[[\"\",\"c\"]]", ""),
	    REQUEST("POST", "http://127.0.0.1/", "[[\"A\",1]]", ""),
	    REQUEST("POST", "http://127.0.0.1/", "[]", ",\"verbose\":true"),
	    REQUEST("POST", "http://127.0.0.1/", "[]", ",\"once\":1"),
	    "{\"method\":\"POST\",\"url\":\"http://127.0.0.1/\",\"headers\":[],\"total_ms\":0}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct buf text = BUF_INIT(COURIER_MESSAGE_MAX);
		struct courier_message_request got;
		struct error err;

		assert_true(buf_text_append(&text, bad[i], &err));
		if (courier_message_decode_request(&text, &got, &err))
			fail_msg("taken: %s", bad[i]);
		assert_null(got.json);
		buf_clear(&text);
	}
}

static void an_answer_goes_there_and_back(void **state)
{
	struct http_reply reply = {.maybe_sent = true,
				   .status = 403,
				   .date = 1795000000,
				   .aged = true,
				   .round_trip_ms = 41,
				   .retry_after_ms = 900,
				   .body = HTTP_BODY_XML,
				   .request_id = "abc-1"};
	struct http_reply got = HTTP_REPLY_INIT;
	struct buf text = BUF_INIT(COURIER_MESSAGE_MAX);
	struct error err;

	(void)state;
	reply.tree = json_pack("{s:[s]}", "R", "x");
	assert_true(courier_message_encode_reply(&reply, &text, &err));
	assert_true(courier_message_decode_reply(&text, &got, &err));
	assert_true(got.maybe_sent);
	assert_int_equal(got.status, 403);
	assert_int_equal(got.date, 1795000000);
	assert_true(got.aged);
	assert_int_equal(got.round_trip_ms, 41);
	assert_int_equal(got.retry_after_ms, 900);
	assert_string_equal(got.request_id, "abc-1");
	assert_string_equal(answer_tree_text(got.tree, "R"), "x");
	http_reply_clear(&got);
	http_reply_clear(&reply);
	buf_clear(&text);
}

static void a_failure_tells_why_and_whether_it_was_sent(void **state)
{
	for (int sent = 0; sent < 2; sent++) {
		const struct http_reply reply = {
		    .maybe_sent = sent, .cause = HTTP_CAUSE_NO_CONNECT, .at_proxy = sent};
		struct http_reply got = HTTP_REPLY_INIT;
		struct buf text = BUF_INIT(COURIER_MESSAGE_MAX);
		struct error err;

		assert_true(
		    courier_message_encode_failure("no\033connection", &reply, &text, &err));
		assert_false(courier_message_decode_reply(&text, &got, &err));
		assert_int_equal(err.code, ERROR_AWS_UNREACHABLE);
		assert_string_equal(err.message, "no\\x1bconnection");
		assert_int_equal(got.maybe_sent, sent);
		assert_int_equal(got.cause, HTTP_CAUSE_NO_CONNECT);
		assert_int_equal(got.at_proxy, sent);
		buf_clear(&text);
	}
	(void)state;
}

static void an_answer_that_is_none_may_have_been_sent(void **state)
{
	static const char *const bad[] = {
	    "",
	    "{}",
	    "{\"status\":99}",
	    "{\"status\":200,\"body\":1}",
	    "{\"status\":200,\"body\":2,\"tree\":{}}",
	    "{\"status\":200,\"body\":1,\"tree\":[]}",
	    "{\"status\":200,\"body\":9}",
	    "{\"error\":1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct http_reply got = HTTP_REPLY_INIT;
		struct buf text = BUF_INIT(COURIER_MESSAGE_MAX);
		struct error err;

		assert_true(buf_text_append(&text, bad[i], &err));
		assert_false(courier_message_decode_reply(&text, &got, &err));
		assert_int_equal(err.code, ERROR_AWS_UNREACHABLE);
		assert_true(got.maybe_sent);
		assert_null(got.tree);
		buf_clear(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_goes_there_and_back),
	    cmocka_unit_test(a_request_that_is_none_is_refused),
	    cmocka_unit_test(an_answer_goes_there_and_back),
	    cmocka_unit_test(a_failure_tells_why_and_whether_it_was_sent),
	    cmocka_unit_test(an_answer_that_is_none_may_have_been_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
