/* SPDX-License-Identifier: MIT */
#include "cli/vault/passphrase_strength.h"

#include "tests/support/skip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct passphrase_strength estimate(const char *library, const char *text)
{
	struct secret passphrase = SECRET_EMPTY;
	struct passphrase_strength strength;
	struct error err;

	assert_true(secret_set(&passphrase, text, strlen(text), &err));
	assert_true(passphrase_strength_estimate(library, &passphrase, &strength, &err));
	secret_clear(&passphrase);
	return strength;
}

static struct passphrase_strength of(const char *text)
{
	struct passphrase_strength strength = estimate(PASSPHRASE_STRENGTH_LIBRARY, text);

	if (!strength.known)
		skip_because("libzxcvbn0 is not installed on this machine (dlopen says so)");
	return strength;
}

static void what_everybody_knows_is_weak_and_says_why(void **state)
{
	struct passphrase_strength strength;

	(void)state;
	strength = of("password1987!");
	assert_true(strength.bits < PASSPHRASE_STRENGTH_FLOOR);
	assert_non_null(strstr(strength.why, "common words"));
	assert_non_null(strstr(of("kdhw2019-1987").why, "a date"));
	strength = of("aaaaaaaaaaaaaaaa");
	assert_true(strength.bits < PASSPHRASE_STRENGTH_FLOOR);
	assert_non_null(strstr(strength.why, "repetitions"));
	assert_string_equal(of("qwertyuiop[]").why, "keys that lie side by side");
	assert_non_null(strstr(of("credvault credvault").why, "words of this program"));
}

static void three_common_words_are_warned_of_and_four_are_good(void **state)
{
	int bits;

	(void)state;
	bits = of("correct horse battery").bits;
	assert_in_range(bits, PASSPHRASE_STRENGTH_FLOOR, PASSPHRASE_STRENGTH_GOOD - 1);
	assert_true(of("correct horse battery staple").bits >= PASSPHRASE_STRENGTH_GOOD);
}

static void the_longest_passphrase_is_estimated_too(void **state)
{
	char text[1025] = "";

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = (char)('!' + i * i % 89);
	assert_true(of(text).bits >= PASSPHRASE_STRENGTH_GOOD);
}

static void without_the_library_nothing_is_known(void **state)
{
	struct passphrase_strength strength;

	(void)state;
	strength = estimate("libnobodyhas.so.0", "password1987!");
	assert_false(strength.known);
	/* A library of that name with another content is as good as none. */
	assert_false(estimate("libc.so.6", "password1987!").known);
	assert_string_equal(strength.why, "");
}

static int set_up(void **state)
{
	struct error err;

	(void)state;
	return secret_open(true, &err) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_everybody_knows_is_weak_and_says_why),
	    cmocka_unit_test(three_common_words_are_warned_of_and_four_are_good),
	    cmocka_unit_test(the_longest_passphrase_is_estimated_too),
	    cmocka_unit_test(without_the_library_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
