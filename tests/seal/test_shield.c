/* SPDX-License-Identifier: MIT */
#include "vault/seal/shield.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "what waits in memory";

static void what_was_put_comes_back(void **state)
{
	struct shield shield = {.key = SECRET_EMPTY};
	struct buf sealed = BUF_INIT(256), plain = BUF_INIT(256);
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(shield_put(&shield, text, strlen(text), &sealed, &err));
	assert_int_equal(sealed.len, strlen(text) + SHIELD_EXTRA_BYTES);
	assert_null(memmem(sealed.data, sealed.len, text, 8));
	assert_true(shield_get(&shield, &sealed, &plain, &err));
	assert_string_equal(buf_text(&plain), text);
	assert_true(shield_put(&shield, "", 0, &sealed, &err));
	assert_true(shield_get(&shield, &sealed, &plain, &err));
	assert_int_equal(plain.len, 0);
	buf_clear(&sealed);
	buf_clear(&plain);
	shield_clear(&shield);
}

static void every_shield_has_a_key_of_its_own_and_forgets_it(void **state)
{
	struct shield one = {.key = SECRET_EMPTY}, other = {.key = SECRET_EMPTY};
	struct buf sealed = BUF_INIT(256), plain = BUF_INIT(256);
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(shield_put(&other, text, 1, &sealed, &err));
	assert_true(shield_put(&one, text, strlen(text), &sealed, &err));
	assert_false(shield_get(&other, &sealed, &plain, &err));
	assert_int_equal(err.code, ERROR_TAMPERED);
	assert_int_equal(plain.len, 0);
	shield_clear(&one);
	assert_false(shield_get(&one, &sealed, &plain, &err));
	shield_clear(&one);
	shield_clear(&other);
	buf_clear(&sealed);
	buf_clear(&plain);
}

static void what_was_changed_does_not_come_back(void **state)
{
	struct shield shield = {.key = SECRET_EMPTY};
	struct buf sealed = BUF_INIT(256), plain = BUF_INIT(256);
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(shield_put(&shield, text, strlen(text), &sealed, &err));
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 1;
		assert_false(shield_get(&shield, &sealed, &plain, &err));
		sealed.data[i] ^= 1;
	}
	sealed.len = SHIELD_EXTRA_BYTES - 1;
	assert_false(shield_get(&shield, &sealed, &plain, &err));
	buf_clear(&sealed);
	buf_clear(&plain);
	shield_clear(&shield);
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
	    cmocka_unit_test(what_was_put_comes_back),
	    cmocka_unit_test(every_shield_has_a_key_of_its_own_and_forgets_it),
	    cmocka_unit_test(what_was_changed_does_not_come_back),
	};

	return cmocka_run_group_tests(tests, open_all, NULL);
}
