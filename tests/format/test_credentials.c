/* SPDX-License-Identifier: MIT */
#include "vault/format/credentials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char key_id[] = "ASIAIOSFODNN7EXAMPLE";
static const char secret_key[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
static const int64_t now = 1795165331;

static bool set(struct credentials *c, const char *id, const char *secret, const char *token,
		int64_t expires_at, struct error *err)
{
	return credentials_set(c,
			       &(struct credentials_text){.access_key_id = id,
							  .secret = secret,
							  .secret_len = strlen(secret),
							  .session_token = token,
							  .expires_at = expires_at},
			       now, err);
}

static void a_session_is_taken_over_whole(void **state)
{
	struct credentials c = CREDENTIALS_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(set(&c, key_id, secret_key, "token==", now + 1, &err));
	assert_string_equal(c.access_key_id, key_id);
	assert_int_equal(c.secret_access_key.len, strlen(secret_key));
	assert_memory_equal(c.secret_access_key.data, secret_key, strlen(secret_key));
	assert_string_equal(buf_text(&c.session_token), "token==");
	assert_int_equal(c.expires_at, now + 1);
	assert_string_equal(c.region, "");
	(void)snprintf(c.region, sizeof(c.region), "%s", "eu-central-1");
	(void)snprintf(c.account_id, sizeof(c.account_id), "%s", "123456789012");
	assert_true(credentials_validate(&c, now, &err));
	credentials_clear(&c);
	credentials_clear(&c);
	assert_null(c.secret_access_key.data);
	assert_string_equal(c.access_key_id, "");
	assert_string_equal(c.region, "");
}

static void a_long_term_key_has_neither_token_nor_expiry(void **state)
{
	struct credentials c = CREDENTIALS_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(set(&c, "AKIAIOSFODNN7EXAMPLE", secret_key, NULL, 0, &err));
	assert_true(set(&c, "AKIAIOSFODNN7EXAMPLE", secret_key, "", 0, &err));
	assert_int_equal(c.session_token.len, 0);
	assert_false(set(&c, "AKIAIOSFODNN7EXAMPLE", secret_key, NULL, now + 60, &err));
	assert_false(set(&c, key_id, secret_key, "token", 0, &err));
	credentials_clear(&c);
}

static void the_expiry_lies_ahead_and_in_this_century(void **state)
{
	struct credentials c = CREDENTIALS_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	assert_false(set(&c, key_id, secret_key, "token", now, &err));
	assert_false(set(&c, key_id, secret_key, "token", now - 1, &err));
	assert_false(set(&c, key_id, secret_key, "token", -1, &err));
	assert_false(set(&c, key_id, secret_key, "token", INT64_C(4133980800), &err));
	assert_true(set(&c, key_id, secret_key, "token", INT64_C(4133980799), &err));
	credentials_clear(&c);
}

static void hostile_values_are_refused_without_being_repeated(void **state)
{
	static const char *const bad[][3] = {
	    {"ASIA'; rm -rf ~;'xxx", secret_key, "token"},
	    {"", secret_key, "token"},
	    {"ASIA", secret_key, "token"},
	    {key_id, "wJalrXUtnFEMI\nexport X=1; EXAMPLEKEY....", "token"},
	    {key_id, "", "token"},
	    {key_id, "short", "token"},
	    {key_id, secret_key, "tok'en"},
	    {key_id, secret_key, "tok\x1b[2Jen"},
	    {key_id, secret_key, "tok en"},
	};
	struct credentials c = CREDENTIALS_INIT;
	char token[ARN_SESSION_TOKEN_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = ERROR_INIT;

		assert_false(set(&c, bad[i][0], bad[i][1], bad[i][2], now + 60, &err));
		assert_int_equal(err.code, ERROR_AWS_UNREACHABLE);
		assert_null(strstr(err.message, "rm -rf"));
		assert_null(strstr(err.message, "wJalr"));
		assert_null(strstr(err.message, "tok"));
		assert_null(c.secret_access_key.data);
		assert_string_equal(c.access_key_id, "");
	}
	memset(token, 'a', sizeof(token));
	token[ARN_SESSION_TOKEN_MAX] = '\0';
	assert_true(set(&c, key_id, secret_key, token, now + 60, &(struct error){.code = 0}));
	token[ARN_SESSION_TOKEN_MAX] = 'a';
	token[ARN_SESSION_TOKEN_MAX + 1] = '\0';
	assert_false(set(&c, key_id, secret_key, token, now + 60, &(struct error){.code = 0}));
	memset(token, 'A', 200);
	token[200] = '\0';
	assert_false(set(&c, token, secret_key, "token", now + 60, &(struct error){.code = 0}));
	assert_false(set(&c, key_id, token, "token", now + 60, &(struct error){.code = 0}));
	credentials_clear(&c);
}

static void region_and_account_are_checked_too(void **state)
{
	struct credentials c = CREDENTIALS_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(set(&c, key_id, secret_key, "token", now + 60, &err));
	(void)snprintf(c.region, sizeof(c.region), "%s", "us-east-1;");
	assert_false(credentials_validate(&c, now, &err));
	assert_non_null(strstr(err.message, "Region"));
	(void)snprintf(c.region, sizeof(c.region), "%s", "us-east-1");
	(void)snprintf(c.account_id, sizeof(c.account_id), "%s", "12345678901x");
	assert_false(credentials_validate(&c, now, &err));
	assert_non_null(strstr(err.message, "AccountId"));
	credentials_clear(&c);
	assert_false(credentials_validate(&c, now, &err));
}

static void a_token_with_a_nul_inside_is_refused(void **state)
{
	struct credentials c = CREDENTIALS_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(set(&c, key_id, secret_key, "token", now + 60, &err));
	assert_true(buf_append(&c.session_token, "\0more", 5, &err));
	assert_false(credentials_validate(&c, now, &err));
	credentials_clear(&c);
}

static void sets_that_come_and_go_give_their_secret_memory_back(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	for (int i = 0; i < SECRET_ARENA_BYTES / SECRET_BLOCK_BYTES + 1; i++) {
		struct credentials c = CREDENTIALS_INIT;

		assert_true(set(&c, key_id, secret_key, "token", now + 60, &err));
		assert_true(set(&c, key_id, secret_key, "token", now + 60, &err));
		credentials_clear(&c);
		assert_false(set(&c, key_id, secret_key, "token", now, &err));
	}
}

static int open_all(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	return secret_open(true, &err) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_session_is_taken_over_whole),
	    cmocka_unit_test(a_long_term_key_has_neither_token_nor_expiry),
	    cmocka_unit_test(the_expiry_lies_ahead_and_in_this_century),
	    cmocka_unit_test(hostile_values_are_refused_without_being_repeated),
	    cmocka_unit_test(region_and_account_are_checked_too),
	    cmocka_unit_test(a_token_with_a_nul_inside_is_refused),
	    cmocka_unit_test(sets_that_come_and_go_give_their_secret_memory_back),
	};

	return cmocka_run_group_tests(tests, open_all, NULL);
}
