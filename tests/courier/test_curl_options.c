/* SPDX-License-Identifier: MIT */
#include "vault/courier/curl_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* In libcurl's place: what a request is given, in the order in which it is given. */
enum { SET_MAX = 64, VALUE_BYTES = 16384 };

static struct set {
	CURLoption option;
	long number;
	bool null;
	char text[VALUE_BYTES];
	struct curl_blob blob;
} sets[SET_MAX];
static size_t sets_count, refuse_at;
static char authority[] = "-----BEGIN CERTIFICATE-----";
static struct certificate seen;
static struct buf authorities = {.data = authority, .len = sizeof(authority) - 1};

static bool is_text(CURLoption option)
{
	switch (option) {
	case CURLOPT_URL:
	case CURLOPT_POSTFIELDS:
	case CURLOPT_PROTOCOLS_STR:
	case CURLOPT_REDIR_PROTOCOLS_STR:
	case CURLOPT_PROXY:
	case CURLOPT_NOPROXY:
	case CURLOPT_CAINFO:
	case CURLOPT_CAPATH:
	case CURLOPT_PROXY_CAINFO:
	case CURLOPT_PROXY_CAPATH: return true;
	default: return false;
	}
}

#undef curl_easy_setopt
CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	struct set *set = &sets[sets_count];
	const char *text = NULL;
	va_list args;

	(void)easy;
	assert_true(sets_count < SET_MAX);
	*set = (struct set){.option = option};
	va_start(args, option);
	if (option < CURLOPTTYPE_OBJECTPOINT)
		set->number = va_arg(args, long);
	else if (is_text(option))
		text = va_arg(args, const char *);
	else if (option >= CURLOPTTYPE_BLOB)
		set->blob = *va_arg(args, const struct curl_blob *);
	va_end(args);
	set->null = !text;
	if (text)
		(void)snprintf(set->text, sizeof(set->text), "%s", text);
	return ++sets_count == refuse_at ? CURLE_UNKNOWN_OPTION : CURLE_OK;
}

static const struct set *set_of(CURLoption option)
{
	for (size_t i = sets_count; i > 0; i--) {
		if (sets[i - 1].option == option)
			return &sets[i - 1];
	}
	return NULL;
}

static const char *text_of(CURLoption option)
{
	assert_non_null(set_of(option));
	return set_of(option)->null ? NULL : set_of(option)->text;
}

static long number_of(CURLoption option)
{
	assert_non_null(set_of(option));
	return set_of(option)->number;
}

static struct http_request post(void)
{
	return (struct http_request){.method = "POST",
				     .url = "https://sts.eu-west-1.amazonaws.com/",
				     .connect_timeout_ms = 5000,
				     .total_timeout_ms = 15000};
}

static bool apply(const struct http_request *request, bool loopback)
{
	struct curl_slist *headers = NULL;
	bool ok;

	sets_count = 0;
	ok = curl_options_apply(NULL, request, &authorities, loopback, &seen, &headers);
	curl_slist_free_all(headers);
	return ok;
}

static void expect_direct(const struct http_request *request, bool loopback)
{
	assert_true(apply(request, loopback));
	/* NULL would be the environment's choice. */
	assert_string_equal(text_of(CURLOPT_PROXY), "");
	assert_string_equal(text_of(CURLOPT_NOPROXY), "");
}

static void nothing_is_followed_read_from_files_or_taken_unverified(void **state)
{
	static const struct {
		CURLoption option;
		long value;
	} wanted[] = {
	    {CURLOPT_FOLLOWLOCATION, 0},
	    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
	    {CURLOPT_SSL_VERIFYPEER, 1},
	    {CURLOPT_SSL_VERIFYHOST, 2},
	    {CURLOPT_PROXY_SSL_VERIFYPEER, 1},
	    {CURLOPT_PROXY_SSL_VERIFYHOST, 2},
	    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	    {CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	    {CURLOPT_HTTP09_ALLOWED, 0},
	    {CURLOPT_HTTPAUTH, (long)CURLAUTH_NONE},
	    {CURLOPT_PATH_AS_IS, 1},
	    {CURLOPT_VERBOSE, 0},
	    {CURLOPT_HTTP_CONTENT_DECODING, 0},
	    {CURLOPT_MAXFILESIZE, HTTP_BODY_MAX},
	};
	static const CURLoption never[] = {CURLOPT_COOKIEFILE, CURLOPT_COOKIEJAR, CURLOPT_USERPWD,
					   CURLOPT_USERAGENT, CURLOPT_PROXYUSERPWD};
	struct http_request request = post();

	(void)state;
	assert_true(apply(&request, false));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_int_equal(number_of(wanted[i].option), wanted[i].value);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_null(set_of(never[i]));
}

static void expect_authorities(CURLoption option)
{
	assert_non_null(set_of(option));
	assert_ptr_equal(set_of(option)->blob.data, authority);
	assert_int_equal(set_of(option)->blob.len, sizeof(authority) - 1);
}

static void the_authorities_that_are_given_are_the_only_ones(void **state)
{
	struct http_request request = post();

	(void)state;
	request.proxy.url = "https://proxy.example.com";
	assert_true(apply(&request, false));
	expect_authorities(CURLOPT_CAINFO_BLOB);
	expect_authorities(CURLOPT_PROXY_CAINFO_BLOB);
	/* Not the files that curl was built with. */
	assert_null(text_of(CURLOPT_CAINFO));
	assert_null(text_of(CURLOPT_PROXY_CAINFO));
	assert_null(text_of(CURLOPT_CAPATH));
	assert_null(text_of(CURLOPT_PROXY_CAPATH));
}

static void a_request_speaks_the_scheme_of_its_url_alone(void **state)
{
	struct http_request request = post();

	(void)state;
	assert_true(apply(&request, false));
	assert_string_equal(text_of(CURLOPT_PROTOCOLS_STR), "https");
	request.url = "http://127.0.0.1:8080/";
	assert_true(apply(&request, true));
	assert_string_equal(text_of(CURLOPT_PROTOCOLS_STR), "http");
}

static void the_query_stands_behind_the_url(void **state)
{
	struct http_request request = post();

	(void)state;
	assert_true(apply(&request, false));
	assert_string_equal(text_of(CURLOPT_URL), "https://sts.eu-west-1.amazonaws.com/");
	request.query = "Action=GetCallerIdentity";
	assert_true(apply(&request, false));
	assert_string_equal(text_of(CURLOPT_URL),
			    "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity");
}

static void a_post_has_a_body_and_a_get_none(void **state)
{
	struct http_request request = post();
	struct error err;

	(void)state;
	request.body = BUF_INIT(64);
	assert_true(buf_text_append(&request.body, "Action=X", &err));
	assert_true(apply(&request, false));
	assert_int_equal(number_of(CURLOPT_POST), 1);
	assert_int_equal(number_of(CURLOPT_POSTFIELDSIZE), 8);
	assert_string_equal(text_of(CURLOPT_POSTFIELDS), "Action=X");
	request.method = "GET";
	assert_true(apply(&request, false));
	assert_int_equal(number_of(CURLOPT_HTTPGET), 1);
	assert_null(set_of(CURLOPT_POST));
	assert_null(set_of(CURLOPT_POSTFIELDS));
	buf_clear(&request.body);
}

static void the_headers_are_those_of_the_request_alone(void **state)
{
	static const struct http_header given[] = {{"Host", "sts.amazonaws.com"},
						   {"X-Amz-Date", "20270115T080000Z"}};
	static const char *const lines[] = {"Host: sts.amazonaws.com",
					    "X-Amz-Date: 20270115T080000Z", "Accept:", "Expect:"};
	struct http_request request = post();
	struct curl_slist *headers = NULL;
	const struct curl_slist *at;

	(void)state;
	request.headers = given;
	request.header_count = 2;
	sets_count = 0;
	assert_true(curl_options_apply(NULL, &request, &authorities, false, &seen, &headers));
	at = headers;
	for (size_t i = 0; i < 4; i++, at = at->next) {
		assert_non_null(at);
		assert_string_equal(at->data, lines[i]);
	}
	assert_null(at);
	curl_slist_free_all(headers);
}

static void the_request_says_how_long_it_may_take(void **state)
{
	struct http_request request = post();

	(void)state;
	request.connect_timeout_ms = 1234;
	request.total_timeout_ms = 56789;
	assert_true(apply(&request, false));
	assert_int_equal(number_of(CURLOPT_CONNECTTIMEOUT_MS), 1234);
	assert_int_equal(number_of(CURLOPT_TIMEOUT_MS), 56789);
}

static void what_may_be_sent_once_gets_a_connection_of_its_own(void **state)
{
	struct http_request request = post();

	(void)state;
	assert_true(apply(&request, false));
	assert_int_equal(number_of(CURLOPT_FRESH_CONNECT), 0);
	request.once = true;
	assert_true(apply(&request, false));
	assert_int_equal(number_of(CURLOPT_FRESH_CONNECT), 1);
}

static void without_a_proxy_curl_does_not_look_for_one(void **state)
{
	struct http_request request = post();

	(void)state;
	expect_direct(&request, false);
	request.proxy.except = "example.com";
	expect_direct(&request, false);
}

static void loopback_and_plain_http_go_through_no_proxy(void **state)
{
	struct http_request request = post();

	(void)state;
	request.proxy.url = "http://proxy.example.com:3128";
	request.url = "https://localhost:4566/";
	expect_direct(&request, true);
	request.url = "http://127.0.0.1:4566/";
	expect_direct(&request, false);
}

static void a_proxy_without_a_port_has_that_of_its_scheme(void **state)
{
	struct http_request request = post();

	(void)state;
	request.proxy.url = "http://proxy.example.com";
	assert_true(apply(&request, false));
	assert_string_equal(text_of(CURLOPT_PROXY), "http://proxy.example.com");
	assert_int_equal(number_of(CURLOPT_PROXYPORT), 80);
	assert_int_equal(number_of(CURLOPT_HTTPPROXYTUNNEL), 1);
	request.proxy.url = "https://proxy.example.com";
	assert_true(apply(&request, false));
	assert_int_equal(number_of(CURLOPT_PROXYPORT), 443);
	request.proxy.url = "proxy.example.com";
	assert_true(apply(&request, false));
	assert_int_equal(number_of(CURLOPT_PROXYPORT), 80);
}

static void no_proxy_is_put_as_curl_reads_it(void **state)
{
	static const struct {
		const char *said, *read;
	} forms[] = {
	    {"example.com", "example.com,"},
	    {".example.com, b.example", ".example.com,b.example,"},
	    {"a  b\tc,,d", "a,b,c,d,"},
	    {"*.example.com", ".example.com,"},
	    {"*.example.com:443", ".example.com,"},
	    {"example.com:8443", "example.com,"},
	    {"10.0.0.0/8,::1,fd00::/8", "10.0.0.0/8,::1,fd00::/8,"},
	    {"*", "*"},
	    {"a.example,*,b.example", "*"},
	    {"*.", "*.,"},
	    {":443", ""},
	    {"", ""},
	    {" , ", ""},
	};
	struct http_request request = post();

	(void)state;
	request.proxy.url = "http://proxy.example.com:3128";
	assert_true(apply(&request, false));
	assert_string_equal(text_of(CURLOPT_NOPROXY), "");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		request.proxy.except = forms[i].said;
		assert_true(apply(&request, false));
		assert_string_equal(text_of(CURLOPT_NOPROXY), forms[i].read);
	}
}

static void a_no_proxy_without_end_is_refused_rather_than_cut(void **state)
{
	static char except[9000];
	struct http_request request = post();

	(void)state;
	memset(except, 'a', sizeof(except) - 1);
	request.proxy.url = "http://proxy.example.com:3128";
	request.proxy.except = except;
	assert_false(apply(&request, false));
}

static void an_option_that_curl_refuses_stops_the_request(void **state)
{
	static const struct http_header header = {"Host", "sts.amazonaws.com"};
	struct http_request request = post();
	size_t all;

	(void)state;
	request.headers = &header;
	request.header_count = 1;
	request.proxy = (struct http_proxy){"http://proxy.example.com", "example.com"};
	refuse_at = 0;
	assert_true(apply(&request, false));
	all = sets_count;
	assert_true(all > 30);
	for (refuse_at = 1; refuse_at <= all; refuse_at++)
		assert_false(apply(&request, false));
	refuse_at = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_followed_read_from_files_or_taken_unverified),
	    cmocka_unit_test(the_authorities_that_are_given_are_the_only_ones),
	    cmocka_unit_test(a_request_speaks_the_scheme_of_its_url_alone),
	    cmocka_unit_test(the_query_stands_behind_the_url),
	    cmocka_unit_test(a_post_has_a_body_and_a_get_none),
	    cmocka_unit_test(the_headers_are_those_of_the_request_alone),
	    cmocka_unit_test(the_request_says_how_long_it_may_take),
	    cmocka_unit_test(what_may_be_sent_once_gets_a_connection_of_its_own),
	    cmocka_unit_test(without_a_proxy_curl_does_not_look_for_one),
	    cmocka_unit_test(loopback_and_plain_http_go_through_no_proxy),
	    cmocka_unit_test(a_proxy_without_a_port_has_that_of_its_scheme),
	    cmocka_unit_test(no_proxy_is_put_as_curl_reads_it),
	    cmocka_unit_test(a_no_proxy_without_end_is_refused_rather_than_cut),
	    cmocka_unit_test(an_option_that_curl_refuses_stops_the_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
