/* SPDX-License-Identifier: MIT */
#include "vault/seal/box.h"

#include "vault/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { LONGEST = 2 * SEAL_PAD_BYTES + 3, SEALED_MAX = 4 * SEAL_PAD_BYTES };

static const unsigned char key[SEAL_KEY_BYTES] = {7};
static const struct box box = {.key = key, .what = "test", .max = SEALED_MAX};

static void text_of_any_length_comes_back_out_of_its_padding(void **state)
{
	struct buf sealed = BUF_INIT(SEALED_MAX), plain = BUF_INIT(SEALED_MAX);
	unsigned char nonce[SEAL_NONCE_BYTES], text[LONGEST];
	struct error err = ERROR_INIT;

	(void)state;
	/* Text that ends like padding, too. */
	for (size_t fill = 0; fill < 3; fill++) {
		memset(text, fill == 0 ? 0 : fill == 1 ? 0x80 : 'x', sizeof(text));
		for (size_t len = 0; len <= LONGEST; len++) {
			assert_true(box_seal_padded(&box, text, len, nonce, &sealed, &err));
			assert_int_equal(sealed.len % SEAL_PAD_BYTES, SEAL_TAG_BYTES);
			assert_true(
			    box_open_padded(&box, nonce, sealed.data, sealed.len, &plain, &err));
			assert_int_equal(plain.len, len);
			assert_memory_equal(plain.data, text, len);
		}
	}
	buf_clear(&sealed);
	buf_clear(&plain);
}

static void expect_refused(const unsigned char *padded)
{
	unsigned char nonce[SEAL_NONCE_BYTES], sealed[2 * SEAL_PAD_BYTES + SEAL_TAG_BYTES];
	struct buf plain = BUF_INIT(SEALED_MAX);
	struct error err = ERROR_INIT;

	assert_true(box_seal(&box, padded, 2 * (size_t)SEAL_PAD_BYTES, nonce, sealed, &err));
	assert_false(box_open_padded(&box, nonce, sealed, sizeof(sealed), &plain, &err));
	assert_int_equal(err.code, ERROR_TAMPERED);
	assert_int_equal(plain.len, 0);
	buf_clear(&plain);
}

static void what_is_not_padded_is_refused_whoever_sealed_it(void **state)
{
	unsigned char padded[2 * SEAL_PAD_BYTES];

	(void)state;
	memset(padded, 'x', sizeof(padded));
	expect_refused(padded);
	padded[sizeof(padded) - 1] = 0;
	expect_refused(padded);
	/* The mark is there, but further away than padding reaches. */
	memset(padded + 1, 0, sizeof(padded) - 1);
	padded[SEAL_PAD_BYTES - 1] = 0x80;
	expect_refused(padded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_of_any_length_comes_back_out_of_its_padding),
	    cmocka_unit_test(what_is_not_padded_is_refused_whoever_sealed_it),
	};
	struct error err = ERROR_INIT;

	if (!secret_open(true, &err))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
