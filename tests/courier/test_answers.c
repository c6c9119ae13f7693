/* SPDX-License-Identifier: MIT */
#include "vault/courier/xml.h"

#include "tests/aws/script.h"
#include "tests/format/vectors.h"

#include "vault/aws/iam.h"
#include "vault/aws/sts.h"
#include "vault/format/time.h"

/* Published answers of AWS, through the courier's XML and the callers' checks. */

static char *answer(const char *file)
{
	struct buf text = BUF_INIT(262144);
	struct buf json = BUF_INIT(1048576);
	struct error err;
	json_t *tree;
	char root[512];
	char *copy;

	vectors_need("botocore/response_parsing", root);
	vectors_read(root, ".", file, &text);
	assert_true(xml_parse(text.data, text.len, &tree));
	assert_true(json_append(tree, &json, &err));
	copy = strdup(buf_text(&json));
	assert_non_null(copy);
	json_decref(tree);
	buf_clear(&text);
	buf_clear(&json);
	return copy;
}

static void access_keys_are_listed(void **state)
{
	char *tree = answer("iam-list-access-keys.xml");
	struct script *s = SCRIPT({.tree = tree});
	struct iam_access_keys keys;

	(void)state;
	assert_true(iam_list_access_keys(&s->aws, "Bob", &keys, NULL, &s->err));
	assert_int_equal(keys.count, 2);
	assert_string_equal(keys.items[0].access_key_id, "AKIAIOSFODNN7EXAMPLE");
	assert_string_equal(keys.items[0].status, "Active");
	assert_string_equal(keys.items[1].access_key_id, "AKIAI44QH8DHBEXAMPLE");
	assert_string_equal(keys.items[1].status, "Inactive");
	assert_string_equal(keys.items[1].user_name, "Bob");
	script_end(s);
	free(tree);
}

static void mfa_devices_are_listed(void **state)
{
	char *tree = answer("iam-list-mfa-devices.xml");
	struct script *s = SCRIPT({.tree = tree});
	struct iam_mfa_devices devices;

	(void)state;
	assert_true(iam_list_mfa_devices(&s->aws, "Bob", &devices, NULL, &s->err));
	assert_int_equal(devices.count, 1);
	assert_string_equal(devices.items[0].serial, "R1234");
	assert_string_equal(devices.items[0].user_name, "Bob");
	script_end(s);
	free(tree);
}

static void a_session_is_taken_with_its_token_in_one_piece(void **state)
{
	char *tree = answer("sts-get-session-token.xml");
	struct script *s = SCRIPT({.tree = tree});
	struct credentials got = CREDENTIALS_INIT;
	int64_t ends;

	(void)state;
	assert_true(time_parse_iso("2011-07-11T19:55:29Z", &ends));
	s->real_ms = (ends - 3600) * 1000;
	if (!sts_get_session_token(&s->aws, 3600, NULL, &got, NULL, &s->err))
		fail_msg("%s", s->err.message);
	assert_int_equal(got.expires_at, ends);
	assert_true(got.session_token.len > 100);
	assert_null(strpbrk(buf_text(&got.session_token), " \r\n\t"));
	credentials_clear(&got);
	script_end(s);
	free(tree);
}

static void the_same_session_is_refused_today(void **state)
{
	char *tree = answer("sts-get-session-token.xml");
	struct script *s = SCRIPT({.tree = tree});
	struct credentials got = CREDENTIALS_INIT;

	(void)state;
	assert_false(sts_get_session_token(&s->aws, 3600, NULL, &got, NULL, &s->err));
	assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
	script_end(s);
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(access_keys_are_listed),
	    cmocka_unit_test(mfa_devices_are_listed),
	    cmocka_unit_test(a_session_is_taken_with_its_token_in_one_piece),
	    cmocka_unit_test(the_same_session_is_refused_today),
	};

	return cmocka_run_group_tests(tests, script_open, script_close);
}
