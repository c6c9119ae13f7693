/* SPDX-License-Identifier: MIT */
#include "vault/format/key_pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Made up: the id of account 444455556666, and 40 letters. */
#define ID	    "AKIAWO645SY5KUJDIVTY"
#define OLD_ID	    "AKIAJQ7XK3M5ZT2BVC4D"
#define SECRET	    "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"
#define DOCS_ID	    "AKIAIOSFODNN7EXAMPLE"
#define DOCS_SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

/* The kinds of all hits, a letter each: k, i, s. */
static const char *kinds_of(const char *text)
{
	static char kinds[16];
	struct span span = {text, strlen(text)};
	struct key_pattern hit;
	size_t at = 0, n = 0;

	while (key_pattern_next(span, &at, &hit) && n < sizeof(kinds) - 1)
		kinds[n++] = "kis"[hit.kind];
	kinds[n] = '\0';
	return kinds;
}

static void an_id_names_its_account(void **state)
{
	char account[ARN_ACCOUNT_BYTES];

	(void)state;
	assert_true(key_pattern_is_id(ID, account));
	assert_string_equal(account, "444455556666");
	/* Before 2019 ids said nothing. */
	assert_true(key_pattern_is_id(OLD_ID, account));
	assert_string_equal(account, "");
}

static void what_has_not_the_form_of_an_id_is_none(void **state)
{
	static const char *const bad[] = {
	    "AKIA1O645SY5KUJDIVTY",			    /* 1 is no letter of base32 */
	    "AKIAwO645SY5KUJDIVTY", "AKIAAO645SY5KUJDIVTY", /* the topmost bit is not set */
	    "AKIA7777777777777777",			    /* an account of 13 digits */
	    "AROAWO645SY5KUJDIVTY",			    /* a role's, no key's */
	};
	char account[ARN_ACCOUNT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (key_pattern_is_id(bad[i], account))
			fail_msg("%s was taken for an id", bad[i]);
	}
	assert_string_equal(kinds_of("x" ID " " SECRET), "");
	assert_string_equal(kinds_of(ID "9 " SECRET), "");
}

static void an_id_with_a_secret_near_it_is_a_key(void **state)
{
	static const char *const texts[] = {
	    "[prod]\naws_access_key_id = " ID "\naws_secret_access_key = " SECRET "\n",
	    "{\"SecretAccessKey\":\"" SECRET "\",\"AccessKeyId\":\"" ID "\"}",
	    "dev," ID "," SECRET "\r\n",
	    "https://" ID ":" SECRET "@bucket.s3.amazonaws.com/",
	    ID "\n" SECRET,
	    "Credential=" OLD_ID "/20240101 secret " SECRET,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_string_equal(kinds_of(texts[i]), "k");
}

static void a_secret_far_from_its_id_is_not_near_it(void **state)
{
	char text[2 * KEY_PATTERN_NEAR + 100];

	(void)state;
	memset(text, '-', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text, ID, KEY_PATTERN_ID);
	memcpy(text + KEY_PATTERN_NEAR - 50, SECRET, KEY_PATTERN_SECRET);
	assert_string_equal(kinds_of(text), "k");
	memset(text + KEY_PATTERN_NEAR - 50, '-', KEY_PATTERN_SECRET);
	memcpy(text + KEY_PATTERN_NEAR + 50, SECRET, KEY_PATTERN_SECRET);
	assert_string_equal(kinds_of(text), "i");
}

static void digests_paths_and_longer_texts_are_no_secrets(void **state)
{
	static const char *const texts[] = {
	    ID " da39a3ee5e6b4b0d3255bfef95601890afd80709",    /* SHA-1 */
	    ID " /usr/share/doc/libsodium23/changelog.Debian", /* a path */
	    ID " " SECRET "x",				       /* 41 letters */
	    ID " " SECRET "=",				       /* base64 of another length */
	    ID " aaaaaaaaaaaaaaaaaaaaAAAAAAAAAAAAAAAAAAA1",    /* no random letters */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_string_equal(kinds_of(texts[i]), "i");
}

static void a_secret_behind_its_name_is_found_without_an_id(void **state)
{
	static const char *const found[] = {
	    "AWS_SECRET_ACCESS_KEY=" SECRET,
	    "export AWS_SECRET_ACCESS_KEY='" SECRET "'",
	    "  aws_secret_access_key: \"" SECRET "\"",
	    "secretAccessKey => '" SECRET "'",
	    "\\\"SecretAccessKey\\\": \\\"" SECRET "\\\"",
	    "aws.secret-key = " SECRET,
	    "AwsSecret=" SECRET,
	};
	static const char *const passed[] = {
	    "secret_key = " SECRET, /* of some other service, or none */
	    "aws_secret_access_key " SECRET,
	    "AWS_SECRET_ACCESS_KEY=$SECRET",
	    "aws_secret_access_key = " DOCS_SECRET,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++)
		assert_string_equal(kinds_of(found[i]), "s");
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		assert_string_equal(kinds_of(passed[i]), "");
}

static void the_keys_of_the_documentation_are_none(void **state)
{
	(void)state;
	assert_string_equal(kinds_of(DOCS_ID " " DOCS_SECRET), "");
	assert_string_equal(kinds_of(ID " " DOCS_SECRET), "i");
	assert_string_equal(kinds_of("AKIAXXXXXXXXXXXXXXXX " SECRET), "");
	/* A real secret beside an example's id is one all the same. */
	assert_string_equal(kinds_of(DOCS_ID "\nsecret_access_key=" SECRET), "s");
}

static void hits_come_in_order_with_ids_first(void **state)
{
	(void)state;
	assert_string_equal(kinds_of("x\n" ID "\n" ID "\n"), "ii");
	assert_string_equal(kinds_of(""), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_id_names_its_account),
	    cmocka_unit_test(what_has_not_the_form_of_an_id_is_none),
	    cmocka_unit_test(an_id_with_a_secret_near_it_is_a_key),
	    cmocka_unit_test(a_secret_far_from_its_id_is_not_near_it),
	    cmocka_unit_test(digests_paths_and_longer_texts_are_no_secrets),
	    cmocka_unit_test(a_secret_behind_its_name_is_found_without_an_id),
	    cmocka_unit_test(the_keys_of_the_documentation_are_none),
	    cmocka_unit_test(hits_come_in_order_with_ids_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
