/* SPDX-License-Identifier: MIT */
#include "vault/creds/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ROLE "{\"profile\":\"tf\",\"role_arn\":\"arn:aws:iam::444455556666:role/terraform\"%s}"

static struct plan plan;
static struct error err;

static bool parse(const char *text)
{
	json_t *object = NULL;
	bool ok;

	err = ERROR_INIT;
	assert_true(json_parse(text, strlen(text), 65536, &object, &err));
	ok = plan_from_json(object, &plan, &err);
	json_decref(object);
	return ok;
}

static void a_plan_survives_the_wire(void **state)
{
	static const char text[] =
	    "{\"key\":\"prod\",\"mfa_serial\":\"arn:aws:iam::444455556666:mfa/dev\","
	    "\"session\":true,\"duration_s\":1800,\"roles\":[{\"profile\":\"tf\","
	    "\"role_arn\":\"arn:aws:iam::444455556666:role/terraform\",\"external_id\":\"x-1\","
	    "\"session_name\":null,\"duration_s\":900}],\"region\":\"eu-west-1\","
	    "\"endpoint\":\"http://127.0.0.1:4566\",\"proxy\":null}";
	struct buf out = BUF_INIT(4096);
	json_t *object;

	(void)state;
	assert_true(parse(text));
	assert_string_equal(plan.roles[0].external_id, "x-1");
	assert_true(plan_to_json(&plan, &object, &err));
	assert_true(json_append(object, &out, &err));
	assert_string_equal(buf_text(&out), text);
	json_decref(object);
	buf_clear(&out);
}

static void hostile_members_are_refused(void **state)
{
	static const char *const bad[] = {
	    "[]",
	    "{}",
	    "{\"key\":\"\"}",
	    "{\"key\":\"a b\"}",
	    "{\"key\":7}",
	    "{\"key\":\"p\",\"session\":\"yes\"}",
	    "{\"key\":\"p\",\"session\":true,\"duration_s\":899}",
	    "{\"key\":\"p\",\"session\":true,\"duration_s\":129601}",
	    "{\"key\":\"p\",\"session\":true,\"duration_s\":1.5}",
	    "{\"key\":\"p\",\"session\":true,\"region\":\"eu west\"}",
	    "{\"key\":\"p\",\"session\":true,\"region\":\"EU\"}",
	    "{\"key\":\"p\",\"session\":true,\"endpoint\":\"http://a\\nb\"}",
	    "{\"key\":\"p\",\"session\":true,\"sesion\":true}",
	    "{\"key\":\"p\",\"session\":true,\"roles\":{}}",
	    "{\"key\":\"p\",\"session\":true,\"roles\":[{}]}",
	    "{\"key\":\"p\",\"session\":true,\"roles\":[{\"profile\":\"tf\"}]}",
	    "{\"key\":\"p\",\"session\":true,\"roles\":[{\"profile\":\"tf\",\"role_arn\":\"role\"}]"
	    "}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i]))
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err.code, ERROR_PROTOCOL);
	}
}

static void a_proxy_is_a_host_and_a_port(void **state)
{
	static const char *const good[] = {"http://proxy:3128", "https://proxy.example.com:443/",
					   "http://dev:p%40ss@10.0.0.1:80", "http://[fe80::1]:3128",
					   "http://my_proxy:65535"};
	static const char *const bad[] = {"",
					  "proxy:3128",
					  "socks5://proxy:1080",
					  "file:///etc/passwd",
					  "http://",
					  "http://:3128",
					  "http://proxy",
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
	assert_false(parse("{\"key\":\"p\",\"session\":true,\"proxy\":\"nonsense\"}"));
	assert_int_equal(err.code, ERROR_PROTOCOL);
}

static void a_ninth_role_is_refused(void **state)
{
	struct buf text = BUF_INIT(8192);

	(void)state;
	assert_true(buf_printf(&text, &err, "{\"key\":\"p\",\"session\":true,\"roles\":["));
	for (int i = 0; i < 9; i++)
		assert_true(buf_printf(&text, &err, "%s" ROLE, i ? "," : "", ""));
	assert_true(buf_printf(&text, &err, "]}"));
	assert_false(parse(buf_text(&text)));
	buf_clear(&text);
}

static void a_long_term_key_alone_is_never_a_plan(void **state)
{
	(void)state;
	assert_false(parse("{\"key\":\"p\",\"session\":false}"));
	assert_int_equal(err.code, ERROR_USAGE);
}

static void a_role_assumed_from_a_role_lasts_an_hour_at_the_most(void **state)
{
	(void)state;
	plan_init(&plan, "p");
	plan.roles_count = 2;
	assert_true(plan_check(&plan, &err));
	plan.duration_s = 3601;
	assert_false(plan_check(&plan, &err));
	plan.duration_s = 3600;
	assert_true(plan_check(&plan, &err));
	plan.duration_s = 0;
	plan.roles[1].duration_s = 7200;
	assert_false(plan_check(&plan, &err));
}

static void a_single_role_lasts_twelve_hours_at_the_most(void **state)
{
	(void)state;
	plan_init(&plan, "p");
	plan.roles_count = 1;
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
	    cmocka_unit_test(a_ninth_role_is_refused),
	    cmocka_unit_test(a_long_term_key_alone_is_never_a_plan),
	    cmocka_unit_test(a_role_assumed_from_a_role_lasts_an_hour_at_the_most),
	    cmocka_unit_test(a_single_role_lasts_twelve_hours_at_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
