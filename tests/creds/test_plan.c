/* SPDX-License-Identifier: MIT */
#include "vault/creds/plan.h"

#include "vault/creds/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define KEY  "{\"origin\":{\"kind\":\"key\",\"name\":\"p\"}"
#define STEP KEY ",\"steps\":[{\"kind\":\"session\"}]"

static struct plan plan;
static json_t *object;
static struct error err;

static bool parse(const char *text)
{
	err = ERROR_INIT;
	json_decref(object);
	assert_true(json_parse(text, strlen(text), 65536, &object, &err));
	return plan_from_json(object, &plan, &err) && sources_check_plan(&sources_all, &plan, &err);
}

static void a_plan_survives_the_wire(void **state)
{
	static const char text[] =
	    "{\"origin\":{\"kind\":\"key\",\"name\":\"prod\"},\"steps\":[{\"kind\":\"session\"},"
	    "{\"kind\":\"role\",\"profile\":\"tf\","
	    "\"role_arn\":\"arn:aws:iam::444455556666:role/terraform\",\"external_id\":\"x-1\","
	    "\"duration_s\":900}],\"mfa_serial\":\"arn:aws:iam::444455556666:mfa/dev\","
	    "\"duration_s\":1800,\"region\":\"eu-west-1\",\"endpoint\":\"http://127.0.0.1:4566\","
	    "\"proxy\":\"http://proxy\",\"no_proxy\":\".local,10.0.0.0/8\"}";
	struct buf out = BUF_INIT(4096);
	json_t *again;

	(void)state;
	assert_true(parse(text));
	assert_string_equal(plan_value(&plan.steps[1], "external_id"), "x-1");
	assert_null(plan_value(&plan.steps[1], "session_name"));
	assert_true(plan_to_json(&plan, &again, &err));
	assert_true(json_append(again, &out, &err));
	assert_string_equal(buf_text(&out), text);
	json_decref(again);
	buf_clear(&out);
}

static void hostile_members_are_refused(void **state)
{
	static const char *const bad[] = {
	    "[]",
	    "{}",
	    "{\"steps\":[{\"kind\":\"session\"}]}",
	    "{\"origin\":7}",
	    "{\"origin\":{\"kind\":\"session\"}}",
	    "{\"origin\":{\"kind\":\"nothing\"}}",
	    "{\"origin\":{\"kind\":\"key\"},\"steps\":[{\"kind\":\"session\"}]}",
	    "{\"origin\":{\"kind\":\"key\",\"name\":\"a  b\"},\"steps\":[{\"kind\":\"session\"}]}",
	    "{\"origin\":{\"kind\":\"key\",\"name\":7},\"steps\":[{\"kind\":\"session\"}]}",
	    STEP ",\"duration_s\":899}",
	    STEP ",\"duration_s\":129601}",
	    STEP ",\"duration_s\":1.5}",
	    STEP ",\"region\":\"eu west\"}",
	    STEP ",\"region\":\"EU\"}",
	    STEP ",\"endpoint\":\"http://a\\nb\"}",
	    STEP ",\"proxy\":\"socks5://a:1\"}",
	    STEP ",\"no_proxy\":\"a\\nb\"}",
	    STEP ",\"stpes\":[]}",
	    KEY ",\"steps\":{}}",
	    KEY ",\"steps\":[{}]}",
	    KEY ",\"steps\":[{\"kind\":\"key\",\"name\":\"p\"}]}",
	    KEY ",\"steps\":[{\"kind\":\"session\",\"sesion\":\"x\"}]}",
	    KEY ",\"steps\":[{\"kind\":\"role\",\"profile\":\"tf\"}]}",
	    KEY ",\"steps\":[{\"kind\":\"role\",\"role_arn\":\"role\"}]}",
	    KEY ",\"steps\":[{\"kind\":\"role\",\"profile\":\"a  b\"}]}",
	    KEY ",\"steps\":[{\"kind\":\"session\",\"a\":\"1\",\"b\":\"1\",\"c\":\"1\",\"d\":\"1\","
		"\"e\":\"1\",\"f\":\"1\",\"g\":\"1\"}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i]))
			fail_msg("accepted: %s", bad[i]);
		if (err.code != ERROR_PROTOCOL)
			fail_msg("not PROTOCOL: %s", bad[i]);
	}
}

static void a_proxy_is_a_host_and_a_port(void **state)
{
	static const char *const good[] = {"http://proxy:3128",
					   "https://proxy.example.com:443/",
					   "http://dev:p%40ss@10.0.0.1:80",
					   "http://[fe80::1]:3128",
					   "http://my_proxy:65535",
					   "proxy",
					   "proxy:3128",
					   "http://proxy/",
					   "dev:pass@proxy:3128",
					   "https://[::1]"};
	static const char *const bad[] = {"",
					  "socks5://proxy:1080",
					  "file:///etc/passwd",
					  "http://",
					  "http://:3128",
					  "http://proxy:",
					  "http://proxy:0",
					  "http://proxy:65536",
					  "http://proxy:4294967376",
					  "http://proxy:80x",
					  "http://proxy:80/path",
					  "http://proxy:80?a",
					  "http://pro xy:80",
					  "http://a@b@proxy:80",
					  "http://proxy\\@other:80",
					  "http://[fe80::1:80",
					  "http://[]:80",
					  "HTTP://proxy:80"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!plan_is_proxy(good[i]))
			fail_msg("refused: %s", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (plan_is_proxy(bad[i]))
			fail_msg("accepted: %s", bad[i]);
	}
}

static void a_tenth_step_is_refused(void **state)
{
	struct buf text = BUF_INIT(8192);

	(void)state;
	assert_true(buf_printf(&text, &err, KEY ",\"steps\":["));
	for (int i = 0; i < 10; i++)
		assert_true(buf_printf(&text, &err, "%s{\"kind\":\"session\"}", i ? "," : ""));
	assert_true(buf_printf(&text, &err, "]}"));
	assert_false(parse(buf_text(&text)));
	buf_clear(&text);
}

static void a_long_term_key_alone_is_never_a_plan(void **state)
{
	(void)state;
	assert_false(parse(KEY ",\"steps\":[]}"));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_false(parse(KEY "}"));
	assert_int_equal(err.code, ERROR_USAGE);
}

static void a_role_assumed_from_a_role_lasts_an_hour_at_the_most(void **state)
{
	struct plan_step *last;

	(void)state;
	plan_init(&plan, "p");
	assert_non_null(plan_insert(&plan, 1, PLAN_ROLE));
	last = plan_insert(&plan, 2, PLAN_ROLE);
	assert_true(plan_check(&plan, &err));
	plan.duration_s = 3601;
	assert_false(plan_check(&plan, &err));
	plan.duration_s = 3600;
	assert_true(plan_check(&plan, &err));
	plan.duration_s = 0;
	last->duration_s = 7200;
	assert_false(plan_check(&plan, &err));
}

static void a_single_role_lasts_twelve_hours_at_the_most(void **state)
{
	(void)state;
	plan_init(&plan, "p");
	assert_non_null(plan_insert(&plan, 1, PLAN_ROLE));
	plan.duration_s = 43200;
	assert_true(plan_check(&plan, &err));
	plan.duration_s = 43201;
	assert_false(plan_check(&plan, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plan_survives_the_wire),
	    cmocka_unit_test(hostile_members_are_refused),
	    cmocka_unit_test(a_proxy_is_a_host_and_a_port),
	    cmocka_unit_test(a_tenth_step_is_refused),
	    cmocka_unit_test(a_long_term_key_alone_is_never_a_plan),
	    cmocka_unit_test(a_role_assumed_from_a_role_lasts_an_hour_at_the_most),
	    cmocka_unit_test(a_single_role_lasts_twelve_hours_at_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
