/* SPDX-License-Identifier: MIT */
#include "vault/format/arn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Fills a text with n of one character. */
static const char *times(char c, size_t n)
{
	static char text[32768];

	memset(text, c, n);
	text[n] = '\0';
	return text;
}

static void an_arn_is_split_at_its_first_five_colons(void **state)
{
	struct arn arn;

	(void)state;
	assert_true(arn_parse("arn:aws-us-gov:iam::123456789012:role/path/a:b", &arn));
	assert_string_equal(arn.partition, "aws-us-gov");
	assert_string_equal(arn.service, "iam");
	assert_string_equal(arn.region, "");
	assert_string_equal(arn.account, "123456789012");
	assert_string_equal(arn.resource, "role/path/a:b");
	assert_true(arn_parse("arn:aws:sts:us-east-1:123456789012:x", &arn));
	assert_string_equal(arn.region, "us-east-1");
	assert_true(arn_parse("arn:aws:iam::aws:policy/ReadOnlyAccess", &arn));
	assert_string_equal(arn.account, "aws");
	assert_true(arn_parse("arn:aws:s3:::bucket/key", &arn));
}

static void what_is_no_arn_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "arn",
	    "arn:",
	    "arn:aws:iam::123456789012:",
	    "arn:aws:iam::123456789012",
	    "ARN:aws:iam::123456789012:role/a",
	    "arn::iam::123456789012:role/abc",
	    "arn:aws:::123456789012:role/abcd",
	    "arn:aws:iam::12345678901:role/abc",
	    "arn:aws:iam::1234567890123:role/a",
	    "arn:aws:iam::12345678901a:role/ab",
	    "arn:aws:iam::123456789012:role/a b",
	    "arn:aws:iam::123456789012:role/a\n",
	    "arn:aws:iam::123456789012:role/\xc3\xa4",
	    "arn:a/s:iam::123456789012:role/abc",
	    "arn:aws:iam:us-east-1/../../:123456789012:x",
	    "arn:aws:iam:us-east-1..:123456789012:x",
	};
	struct arn arn = {.service = "kept"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (arn_parse(bad[i], &arn))
			fail_msg("%s was taken for an ARN", bad[i]);
	}
	assert_string_equal(arn.service, "kept");
}

static void an_arn_has_at_most_2048_characters(void **state)
{
	static char text[4096];
	const char *head = "arn:aws:iam::123456789012:role/";
	struct arn arn;

	(void)state;
	(void)snprintf(text, sizeof(text), "%s", head);
	memset(text + strlen(head), 'a', ARN_MAX - strlen(head));
	text[ARN_MAX] = '\0';
	assert_true(arn_parse(text, &arn));
	assert_true(arn_is_role(text));
	text[ARN_MAX] = 'a';
	assert_false(arn_parse(text, &arn));
	assert_false(arn_is_role(text));
}

static void only_a_role_of_iam_is_a_role(void **state)
{
	(void)state;
	assert_true(arn_is_role("arn:aws:iam::123456789012:role/Admin"));
	assert_true(arn_is_role("arn:aws-cn:iam::123456789012:role/team/Admin+=,.@-_"));
	assert_false(arn_is_role("arn:aws:iam::123456789012:role/"));
	assert_false(arn_is_role("arn:aws:iam::123456789012:user/bob"));
	assert_false(arn_is_role("arn:aws:iam::aws:role/Admin0000"));
	assert_false(arn_is_role("arn:aws:iam:::role/Administrator"));
	assert_false(arn_is_role("arn:aws:sts::123456789012:role/Admin"));
	assert_false(arn_is_role("arn:aws:iam:us-east-1:123456789012:role/Admin"));
	assert_false(arn_is_role("arn:aws:iam::123456789012:role/Admin?x"));
}

static void only_an_accounts_root_user_is_root(void **state)
{
	(void)state;
	assert_true(arn_is_root("arn:aws:iam::123456789012:root"));
	assert_true(arn_is_root("arn:aws-cn:iam::123456789012:root"));
	assert_false(arn_is_root("arn:aws:iam::123456789012:user/root"));
	assert_false(arn_is_root("arn:aws:iam::123456789012:rooted"));
	assert_false(arn_is_root("arn:aws:iam:::root"));
	assert_false(arn_is_root("arn:aws:sts::123456789012:root"));
	assert_false(arn_is_root(""));
}

static void identifiers_keep_to_their_lengths(void **state)
{
	static const struct {
		bool (*is)(const char *);
		size_t least, most;
	} bounds[] = {{arn_is_mfa_serial, 9, 256},	{arn_is_access_key_id, 16, 128},
		      {arn_is_session_token, 1, 16384}, {arn_is_session_name, 2, 64},
		      {arn_is_external_id, 2, 1224},	{arn_is_region, 1, 64}};

	(void)state;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		assert_true(bounds[i].is(times('a', bounds[i].least)));
		assert_true(bounds[i].is(times('a', bounds[i].most)));
		assert_false(bounds[i].is(times('a', bounds[i].least - 1)));
		assert_false(bounds[i].is(times('a', bounds[i].most + 1)));
		assert_false(bounds[i].is(""));
	}
}

/* Whether exactly the characters of `want` are taken, in the middle of a text of `a`. */
static void expect_set(bool (*is)(const char *), const char *want)
{
	char text[18];

	for (int c = 1; c < 256; c++) {
		memcpy(text, "aaaaaaaaaaaaaaaaa", sizeof(text));
		text[8] = (char)c;
		if (is(text) != (strchr(want, c) != NULL))
			fail_msg("character %d", c);
	}
}

#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

static void identifiers_keep_to_their_characters(void **state)
{
	(void)state;
	expect_set(arn_is_mfa_serial, WORD "+=/:,.@-");
	expect_set(arn_is_access_key_id, WORD);
	expect_set(arn_is_session_token, WORD "+=/,.-");
	expect_set(arn_is_session_name, WORD "+=,.@-");
	expect_set(arn_is_external_id, WORD "+=,.@:/-");
	expect_set(arn_is_region, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

static void an_account_id_is_twelve_digits(void **state)
{
	(void)state;
	assert_true(arn_is_account_id("000000000000"));
	assert_false(arn_is_account_id("00000000000"));
	assert_false(arn_is_account_id("0000000000000"));
	assert_false(arn_is_account_id("00000000000a"));
	assert_false(arn_is_account_id(""));
}

static void temporary_keys_are_told_by_their_first_letters(void **state)
{
	(void)state;
	assert_true(arn_is_temporary_key_id("ASIAIOSFODNN7EXAMPLE"));
	assert_false(arn_is_temporary_key_id("AKIAIOSFODNN7EXAMPLE"));
	assert_false(arn_is_temporary_key_id("ASIA"));
}

static void a_secret_key_is_printable_and_of_its_length(void **state)
{
	(void)state;
	assert_true(arn_is_secret_access_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 40));
	assert_true(arn_is_secret_access_key(times('a', 16), 16));
	assert_true(arn_is_secret_access_key(times('a', 128), 128));
	assert_false(arn_is_secret_access_key(times('a', 15), 15));
	assert_false(arn_is_secret_access_key(times('a', 129), 129));
	assert_false(arn_is_secret_access_key("wJalrXUtnFEMI/K7MDENG bPxRfiCYEXAMPLEKEY", 40));
	assert_false(arn_is_secret_access_key("wJalrXUtnFEMI/K7MDENG\0bPxRfiCYEXAMPLEKEY", 40));
	assert_false(arn_is_secret_access_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE\n", 40));
	assert_false(arn_is_secret_access_key("wJalrXUtnFEMI/K7MDENG\x80"
					      "bPxRfiCYEXAMPLEKEY",
					      40));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_arn_is_split_at_its_first_five_colons),
	    cmocka_unit_test(what_is_no_arn_is_refused),
	    cmocka_unit_test(an_arn_has_at_most_2048_characters),
	    cmocka_unit_test(only_a_role_of_iam_is_a_role),
	    cmocka_unit_test(only_an_accounts_root_user_is_root),
	    cmocka_unit_test(identifiers_keep_to_their_lengths),
	    cmocka_unit_test(identifiers_keep_to_their_characters),
	    cmocka_unit_test(an_account_id_is_twelve_digits),
	    cmocka_unit_test(temporary_keys_are_told_by_their_first_letters),
	    cmocka_unit_test(a_secret_key_is_printable_and_of_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
