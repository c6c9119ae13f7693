/* SPDX-License-Identifier: MIT */
#include "cli/vault/new_passphrase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 400, BYTES = 29 };

static void six_words_of_consonants_and_vowels(void **state)
{
	static const char *const letters[] = {"bdfghjklmnprstvz", "aeiou", "bdfghjklmnprstvz",
					      "aeiou", " "};
	struct secret made = SECRET_EMPTY;
	struct error err;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		assert_true(new_passphrase_make(&made, &err));
		assert_int_equal(made.len, BYTES);
		for (size_t i = 0; i < BYTES; i++)
			assert_non_null(strchr(letters[i % 5], made.data[i]));
	}
	secret_clear(&made);
}

static void every_letter_comes_up_at_every_place(void **state)
{
	bool seen[BYTES][256] = {{false}};
	struct secret made = SECRET_EMPTY;
	struct error err;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		assert_true(new_passphrase_make(&made, &err));
		for (size_t i = 0; i < BYTES; i++)
			seen[i][made.data[i]] = true;
	}
	for (size_t i = 0; i < BYTES; i++) {
		int count = 0;

		for (int c = 0; c < 256; c++)
			count += seen[i][c];
		assert_int_equal(count, i % 5 == 4 ? 1 : i % 5 % 2 == 0 ? 16 : 5);
	}
	secret_clear(&made);
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
	    cmocka_unit_test(six_words_of_consonants_and_vowels),
	    cmocka_unit_test(every_letter_comes_up_at_every_place),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
