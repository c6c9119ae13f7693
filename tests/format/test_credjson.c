/* SPDX-License-Identifier: MIT */
#include "vault/format/credjson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vault/format/json.h"

static const int64_t expiry = 1795165331;

static void make(struct credentials *c, const char *secret, bool session)
{
	struct error err = ERROR_INIT;

	credentials_init(c);
	(void)snprintf(c->access_key_id, sizeof(c->access_key_id), "%s", "ASIAIOSFODNN7EXAMPLE");
	assert_true(secret_set(&c->secret_access_key, secret, strlen(secret), &err));
	if (!session)
		return;
	assert_true(buf_text_append(&c->session_token, "tok/en==", &err));
	c->expires_at = expiry;
	(void)snprintf(c->region, sizeof(c->region), "%s", "eu-central-1");
	(void)snprintf(c->account_id, sizeof(c->account_id), "%s", "123456789012");
}

static void process_is_one_object_in_the_contracts_spelling(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "wJalrXUtnFEMI/K7MDENG", true);
	assert_true(credjson_process(&c, &out, &err));
	assert_string_equal(
	    buf_text(&out),
	    "{\"Version\":1,\"AccessKeyId\":\"ASIAIOSFODNN7EXAMPLE\",\"SecretAccessKey\":"
	    "\"wJalrXUtnFEMI/K7MDENG\",\"SessionToken\":\"tok/en==\",\"Expiration\":"
	    "\"2026-11-20T09:02:11Z\",\"AccountId\":\"123456789012\"}");
	buf_clear(&out);
	credentials_clear(&c);
}

static void json_has_the_region_too(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "wJalrXUtnFEMI/K7MDENG", true);
	assert_true(credjson_json(&c, &out, &err));
	assert_non_null(strstr(buf_text(&out), "\"2026-11-20T09:02:11Z\",\"Region\":"
					       "\"eu-central-1\",\"AccountId\":\"123456789012\"}"));
	buf_clear(&out);
	credentials_clear(&c);
}

static void what_has_no_value_is_left_out_and_never_empty(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "wJalrXUtnFEMI/K7MDENG", false);
	assert_true(credjson_json(&c, &out, &err));
	assert_string_equal(buf_text(&out),
			    "{\"Version\":1,\"AccessKeyId\":\"ASIAIOSFODNN7EXAMPLE\","
			    "\"SecretAccessKey\":\"wJalrXUtnFEMI/K7MDENG\"}");
	buf_reset(&out);
	assert_true(credjson_sdk(&c, &out, &err));
	assert_string_equal(buf_text(&out),
			    "{\"credentials\":{\"accessKeyId\":\"ASIAIOSFODNN7EXAMPLE\","
			    "\"secretAccessKey\":\"wJalrXUtnFEMI/K7MDENG\"}}");
	buf_clear(&out);
	credentials_clear(&c);
}

static void quotes_and_backslashes_in_a_secret_survive_json(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;
	json_t *value;

	(void)state;
	make(&c, "a\"b\\c\",\"Version\":2", true);
	assert_true(credjson_process(&c, &out, &err));
	assert_true(json_parse(out.data, out.len, CREDJSON_LIMIT, &value, &err));
	assert_string_equal(json_string_value(json_object_get(value, "SecretAccessKey")),
			    "a\"b\\c\",\"Version\":2");
	assert_int_equal(json_integer_value(json_object_get(value, "Version")), 1);
	json_decref(value);
	buf_clear(&out);
	credentials_clear(&c);
}

static void sdk_json_is_nested_so_that_the_sdk_reads_it_again(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "a\"b\\c", true);
	assert_true(credjson_sdk(&c, &out, &err));
	assert_string_equal(buf_text(&out),
			    "{\"credentials\":{\"accessKeyId\":\"ASIAIOSFODNN7EXAMPLE\","
			    "\"secretAccessKey\":\"a\\\"b\\\\c\",\"sessionToken\":\"tok/en==\"},"
			    "\"region\":\"eu-central-1\"}");
	buf_clear(&out);
	credentials_clear(&c);
}

static void sts_is_what_sts_prints(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "wJalrXUtnFEMI/K7MDENG", true);
	assert_true(credjson_sts(&c, &out, &err));
	assert_string_equal(buf_text(&out),
			    "{\"Credentials\":{\"AccessKeyId\":\"ASIAIOSFODNN7EXAMPLE\","
			    "\"SecretAccessKey\":\"wJalrXUtnFEMI/K7MDENG\",\"SessionToken\":"
			    "\"tok/en==\",\"Expiration\":\"2026-11-20T09:02:11Z\"}}");
	buf_clear(&out);
	credentials_clear(&c);
}

static void a_failure_leaves_nothing_half_written(void **state)
{
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "wJalrXUtnFEMI/K7MDENG", true);
	for (size_t limit = 4; limit < 200; limit++) {
		struct buf out = BUF_INIT(limit);

		assert_true(buf_append(&out, "kept", 4, &err));
		if (!credjson_process(&c, &out, &err))
			assert_string_equal(buf_text(&out), "kept");
		buf_clear(&out);
		out.limit = limit;
		assert_true(buf_append(&out, "kept", 4, &err));
		if (!credjson_sdk(&c, &out, &err))
			assert_string_equal(buf_text(&out), "kept");
		buf_clear(&out);
		out.limit = limit;
		assert_true(buf_append(&out, "kept", 4, &err));
		if (!credjson_sts(&c, &out, &err))
			assert_string_equal(buf_text(&out), "kept");
		buf_clear(&out);
	}
	credentials_clear(&c);
}

static void what_would_be_cut_or_raw_is_refused(void **state)
{
	struct buf out = BUF_INIT(CREDJSON_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	credentials_init(&c);
	assert_false(credjson_process(&c, &out, &err));
	assert_false(credjson_sdk(&c, &out, &err));
	assert_false(credjson_sts(&c, &out, &err));
	make(&c, "sec\x1bret", false);
	assert_false(credjson_process(&c, &out, &err));
	c.secret_access_key.data[3] = '\0';
	assert_false(credjson_sdk(&c, &out, &err));
	assert_false(credjson_sts(&c, &out, &err));
	assert_int_equal(out.len, 0);
	assert_null(strstr(err.message, "sec"));
	buf_clear(&out);
	credentials_clear(&c);
}

static void without_its_region_json_is_what_process_has(void **state)
{
	static const char *const secrets[] = {"secret", "a\",\"Region\":\"b",
					      "\\\",\"Region\":\"\\"};

	(void)state;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
		for (int session = 0; session < 2; session++) {
			struct buf json = BUF_INIT(CREDJSON_LIMIT),
				   process = BUF_INIT(CREDJSON_LIMIT);
			struct error err = ERROR_INIT;
			struct credentials c;

			make(&c, secrets[i], session);
			assert_true(credjson_json(&c, &json, &err));
			assert_true(credjson_process(&c, &process, &err));
			credjson_drop_region(&json);
			assert_string_equal(buf_text(&json), buf_text(&process));
			assert_int_equal(json.len, process.len);
			buf_clear(&json);
			buf_clear(&process);
			credentials_clear(&c);
		}
	}
}

static int open_all(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	json_open();
	return secret_open(true, &err) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(process_is_one_object_in_the_contracts_spelling),
	    cmocka_unit_test(json_has_the_region_too),
	    cmocka_unit_test(what_has_no_value_is_left_out_and_never_empty),
	    cmocka_unit_test(quotes_and_backslashes_in_a_secret_survive_json),
	    cmocka_unit_test(sdk_json_is_nested_so_that_the_sdk_reads_it_again),
	    cmocka_unit_test(sts_is_what_sts_prints),
	    cmocka_unit_test(a_failure_leaves_nothing_half_written),
	    cmocka_unit_test(without_its_region_json_is_what_process_has),
	    cmocka_unit_test(what_would_be_cut_or_raw_is_refused),
	};

	return cmocka_run_group_tests(tests, open_all, NULL);
}
