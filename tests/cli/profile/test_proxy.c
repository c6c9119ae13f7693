/* SPDX-License-Identifier: MIT */
#include "cli/profile/proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_name_takes_in_itself_and_all_below_it(void **state)
{
	(void)state;
	assert_true(proxy_excludes("amazonaws.com", "sts.us-east-1.amazonaws.com"));
	assert_true(proxy_excludes("x,.amazonaws.com", "iam.amazonaws.com"));
	assert_true(proxy_excludes("*.amazonaws.com", "iam.amazonaws.com"));
	assert_true(proxy_excludes("AmazonAWS.com", "amazonaws.com"));
	assert_true(proxy_excludes("*", "anything"));
	assert_true(proxy_excludes("a b, iam.amazonaws.com:443", "iam.amazonaws.com"));
	assert_true(proxy_excludes("::1", "::1"));
}

static void a_name_that_only_ends_alike_is_another(void **state)
{
	(void)state;
	assert_false(proxy_excludes("amazonaws.com", "notamazonaws.com"));
	assert_false(proxy_excludes("sts.amazonaws.com", "amazonaws.com"));
	assert_false(proxy_excludes("", "amazonaws.com"));
	assert_false(proxy_excludes(" , ,", "amazonaws.com"));
	assert_false(proxy_excludes(".", "amazonaws.com"));
}

static void the_host_of_a_url_is_found(void **state)
{
	char host[32];

	(void)state;
	assert_true(proxy_host("https://sts.example:8443/x", host, sizeof(host)));
	assert_string_equal(host, "sts.example");
	assert_true(proxy_host("http://user:pass@[::1]:80/", host, sizeof(host)));
	assert_string_equal(host, "::1");
	assert_true(proxy_host("https://a@b.example/p@q", host, sizeof(host)));
	assert_string_equal(host, "b.example");
	assert_false(proxy_host("https:///x", host, sizeof(host)));
	assert_false(
	    proxy_host("https://abcdefghijklmnopqrstuvwxyz.example.org", host, sizeof(host)));
}

static void a_proxy_is_completed_as_sdks_do(void **state)
{
	static const char *const pairs[][2] = {
	    {"proxy", "http://proxy:80"},
	    {"proxy:3128", "http://proxy:3128"},
	    {"http://proxy/", "http://proxy:80"},
	    {"https://proxy", "https://proxy:443"},
	    {"http://dev:pass@proxy:3128/x", "http://dev:pass@proxy:3128"},
	    {"http://dev:pass@proxy", "http://dev:pass@proxy:80"},
	    {"http://[::1]", "http://[::1]:80"},
	    {"http://[::1]:3128", "http://[::1]:3128"}};
	char url[64];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_true(proxy_url(pairs[i][0], url, sizeof(url)));
		assert_string_equal(url, pairs[i][1]);
	}
	assert_false(proxy_url("http://proxy", url, 14));
}

static void loopback_is_known_by_its_address(void **state)
{
	(void)state;
	assert_true(proxy_is_loopback("127.0.0.1"));
	assert_true(proxy_is_loopback("::1"));
	assert_true(proxy_is_loopback("localhost"));
	assert_false(proxy_is_loopback("128.0.0.1"));
	assert_false(proxy_is_loopback("sts.amazonaws.com"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_takes_in_itself_and_all_below_it),
	    cmocka_unit_test(a_name_that_only_ends_alike_is_another),
	    cmocka_unit_test(the_host_of_a_url_is_found),
	    cmocka_unit_test(a_proxy_is_completed_as_sdks_do),
	    cmocka_unit_test(loopback_is_known_by_its_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
