/* SPDX-License-Identifier: MIT */
#include "tests/agent/rig.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

static json_t *key_args(void)
{
	return json_pack("{s:s,s:s,s:s}", "name", "new", "access_key_id", "AKIAADDED00000000001",
			 "secret_access_key", SECRET);
}

static json_t *with(json_t *args, const char *name, json_t *value)
{
	(void)json_object_set_new(args, name, value);
	return args;
}

static json_t *go(struct rig *rig, const json_t *ask)
{
	(void)rig;
	assert_string_equal(json_text_of(ask, "kind"), "add");
	assert_string_equal(json_text_of(ask, "access_key_id"), "AKIAADDED00000000001");
	assert_string_equal(json_text_of(ask, "account_id"), "111122223333");
	return json_pack("{s:b,s:s}", "go", true, "region", "eu-west-3");
}

static json_t *no(struct rig *rig, const json_t *ask)
{
	(void)rig;
	(void)ask;
	return json_pack("{s:b}", "go", false);
}

static void what_a_person_decides_belongs_to_the_key(void **state)
{
	struct rig *rig = *state;
	json_t *message = rig_ask(rig, "add", with(key_args(), "confirm", json_true()), go);
	const json_t *key = json_object_get(message, "ok");

	assert_int_equal(rig->asks, 1);
	assert_string_equal(json_text_of(key, "region"), "eu-west-3");
	assert_string_equal(json_text_of(key, "account_id"), "111122223333");
	json_decref(message);
}

static void a_no_stores_nothing(void **state)
{
	struct rig *rig = *state;

	rig_expect("DECLINED", rig_ask(rig, "add", with(key_args(), "confirm", json_true()), no));
	assert_int_equal(rig->asks, 1);
	rig_expect("NOT_FOUND", rig_ask(rig, "show", json_pack("{s:s}", "name", "new"), NULL));
}

static void unchecked_nobody_is_asked(void **state)
{
	struct rig *rig = *state;
	json_t *args = with(key_args(), "no_check", json_true());
	int calls = rig->calls;

	rig_expect("ok", rig_ask(rig, "add", with(args, "confirm", json_true()), go));
	assert_int_equal(rig->asks, 0);
	assert_int_equal(rig->calls, calls);
}

static void a_taken_name_is_told_before_aws_is_asked(void **state)
{
	struct rig *rig = *state;
	int calls;

	rig_expect("ok", rig_add(rig, "ci", NULL, false));
	calls = rig->calls;
	rig_expect("EXISTS",
		   rig_ask(rig, "add", with(key_args(), "name", json_string("ci")), NULL));
	assert_int_equal(rig->calls, calls);
}

static void aws_is_asked_through_the_proxy(void **state)
{
	struct rig *rig = *state;

	rig_expect("ok",
		   rig_ask(rig, "add",
			   with(key_args(), "proxy", json_string("http://proxy.example:3128")),
			   NULL));
	assert_string_equal(rig->last_proxy, "http://proxy.example:3128");
	rig_expect("ok",
		   rig_ask(rig, "add", with(key_args(), "name", json_string("direct")), NULL));
	assert_string_equal(rig->last_proxy, "");
}

static void a_proxy_that_is_no_url_is_refused(void **state)
{
	rig_expect("PROTOCOL", rig_ask(*state, "add",
				       with(key_args(), "proxy", json_string("http://a b")), NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_a_person_decides_belongs_to_the_key),
	    TEST(a_no_stores_nothing),
	    TEST(unchecked_nobody_is_asked),
	    TEST(a_taken_name_is_told_before_aws_is_asked),
	    TEST(aws_is_asked_through_the_proxy),
	    TEST(a_proxy_that_is_no_url_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
