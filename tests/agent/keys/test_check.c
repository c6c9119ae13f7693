/* SPDX-License-Identifier: MIT */
#include "tests/agent/rig.h"

#include "vault/agent/keys/checked_keys.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

static json_t *key_args(int number)
{
	char id[32];

	(void)snprintf(id, sizeof(id), "AKIACHECKED%05d", number);
	return json_pack("{s:s,s:s}", "access_key_id", id, "secret_access_key", SECRET);
}

static json_t *check(struct rig_client *client, int number)
{
	return rig_call(client, "check", key_args(number), NULL);
}

/* By its id alone: the agent is to know the rest. */
static json_t *add(struct rig_client *client, int number)
{
	json_t *args = key_args(number);
	char name[16];

	(void)snprintf(name, sizeof(name), "key-%d", number);
	(void)json_object_del(args, "secret_access_key");
	(void)json_object_set_new(args, "name", json_string(name));
	return rig_call(client, "add", args, NULL);
}

static void several_checked_keys_wait_to_be_added(void **state)
{
	struct rig *rig = *state;
	struct rig_client *client = rig_connect(rig, false);
	json_t *message;

	for (int i = 1; i <= 3; i++)
		rig_expect("ok", check(client, i));
	for (int i = 1; i <= 3; i++) {
		message = add(client, i);
		assert_string_equal(rig_result(message), "ok");
		assert_string_equal(json_string_value(json_object_get(
					json_object_get(message, "ok"), "account_id")),
				    "111122223333");
		json_decref(message);
	}
	rig_hang_up(client);
}

static void what_was_added_waits_no_more(void **state)
{
	struct rig_client *client = rig_connect(*state, false);

	rig_expect("ok", check(client, 1));
	rig_expect("ok", add(client, 1));
	rig_expect("USAGE", add(client, 1));
	rig_hang_up(client);
}

static void another_connection_knows_nothing_of_them(void **state)
{
	struct rig_client *one = rig_connect(*state, false), *other = rig_connect(*state, false);

	rig_expect("ok", check(one, 1));
	rig_expect("USAGE", add(other, 1));
	rig_hang_up(one);
	rig_hang_up(other);
}

static void the_oldest_goes_when_there_are_too_many(void **state)
{
	struct rig_client *client = rig_connect(*state, false);

	for (int i = 0; i <= CHECKED_KEYS_MAX; i++)
		rig_expect("ok", check(client, i));
	rig_expect("USAGE", add(client, 0));
	rig_expect("ok", add(client, 1));
	rig_expect("ok", add(client, CHECKED_KEYS_MAX));
	rig_hang_up(client);
}

static void a_key_that_is_checked_again_stands_once(void **state)
{
	struct rig_client *client = rig_connect(*state, false);

	rig_expect("ok", check(client, 0));
	for (int i = 0; i < 2 * CHECKED_KEYS_MAX; i++)
		rig_expect("ok", check(client, 1));
	rig_expect("ok", add(client, 0));
	rig_expect("ok", add(client, 1));
	rig_hang_up(client);
}

static void aws_is_asked_through_the_proxy(void **state)
{
	struct rig *rig = *state;
	json_t *args = key_args(1);

	(void)json_object_set_new(args, "proxy", json_string("http://proxy.example:3128"));
	rig_expect("ok", rig_ask(rig, "check", args, NULL));
	assert_string_equal(rig->last_proxy, "http://proxy.example:3128");
	rig_expect("ok", rig_ask(rig, "check", key_args(1), NULL));
	assert_string_equal(rig->last_proxy, "");
}

static void a_proxy_that_is_no_url_is_refused(void **state)
{
	json_t *args = key_args(1);

	(void)json_object_set_new(args, "proxy", json_string("http://a b"));
	rig_expect("PROTOCOL", rig_ask(*state, "check", args, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(several_checked_keys_wait_to_be_added),
	    TEST(what_was_added_waits_no_more),
	    TEST(another_connection_knows_nothing_of_them),
	    TEST(the_oldest_goes_when_there_are_too_many),
	    TEST(a_key_that_is_checked_again_stands_once),
	    TEST(aws_is_asked_through_the_proxy),
	    TEST(a_proxy_that_is_no_url_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
