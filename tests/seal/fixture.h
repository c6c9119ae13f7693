/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_SEAL_FIXTURE_H
#define CV_TESTS_SEAL_FIXTURE_H

#include "tests/seal/vectors.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/seal/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/** What a seal is made under, as an argument. */
#define SEAL_OF(keys_, vault_id_, epoch_) \
	(&(struct seal_ctx){.keys = (keys_), .vault_id = (vault_id_), .epoch = (epoch_)})

/** What the tests of this layer share: the vectors' vault key, its subkeys and vault id. */

enum { FIXTURE_BYTES_MAX = 65536 };

static struct secret vault_key;
static struct keys keys;
static unsigned char vault_id[SEAL_ID_BYTES];
static struct error err;

/** Fails with the error's text unless `expr` is true. */
#define assert_good(expr_)                                       \
	do {                                                     \
		if (!(expr_))                                    \
			fail_msg("%s: %s", #expr_, err.message); \
	} while (0)

/** `expr` must be false and the error have this code. */
#define assert_refused(expr_, code_)                                                  \
	do {                                                                          \
		err = ERROR_INIT;                                                     \
		assert_false(expr_);                                                  \
		assert_string_equal(error_name(err.code), error_name(ERROR_##code_)); \
	} while (0)

/** The bytes of a hex text; returns how many. */
static inline size_t unhex(const char *hex, unsigned char *out, size_t size)
{
	size_t n = strlen(hex) / 2;

	assert_true(n <= size);
	assert_true(text_unhex(hex, out, n));
	return n;
}

static inline void assert_hex(const void *data, size_t len, const char *hex)
{
	static char text[2 * FIXTURE_BYTES_MAX + 1];

	text_hex(data, len, text);
	assert_string_equal(text, hex);
}

static inline int fixture_open(void **state)
{
	unsigned char bytes[SEAL_KEY_BYTES];

	(void)state;
	err = ERROR_INIT;
	assert_good(secret_open(true, &err));
	unhex(VECTOR_VK, bytes, sizeof(bytes));
	assert_good(secret_set(&vault_key, bytes, sizeof(bytes), &err));
	unhex(VECTOR_VAULT, vault_id, sizeof(vault_id));
	assert_good(keys_derive(&vault_key, &keys, &err));
	return 0;
}

static inline int fixture_close(void **state)
{
	(void)state;
	secret_clear(&vault_key);
	keys_clear(&keys);
	secret_close();
	return 0;
}

#define FIXTURE_RUN(tests_) cmocka_run_group_tests(tests_, fixture_open, fixture_close)

#endif
