/* SPDX-License-Identifier: MIT */
#include "vault/format/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vault/base/text.h"

static void sha256_gives_the_digests_of_fips_180_4(void **state)
{
	char hex[DIGEST_HEX_BYTES];

	(void)state;
	digest_sha256_hex("abc", 3, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_sha256_hex(NULL, 0, hex);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 4231: key byte (or "Jefe"), its length, the message, the tag. */
static void expect_tag(const void *key, size_t key_len, const void *data, size_t len,
		       const char *want)
{
	struct digest_hmac hmac = DIGEST_HMAC_EMPTY;
	unsigned char tag[DIGEST_BYTES];
	struct error err = ERROR_INIT;
	struct secret secret = SECRET_EMPTY, derived = SECRET_EMPTY;
	char hex[DIGEST_HEX_BYTES];

	assert_true(digest_hmac_start(&hmac, key, key_len, &err));
	for (size_t i = 0; i < len; i++)
		digest_hmac_add(&hmac, (const char *)data + i, 1);
	digest_hmac_finish(&hmac, tag);
	assert_null(hmac.state.data);
	text_hex(tag, sizeof(tag), hex);
	assert_string_equal(hex, want);
	assert_true(secret_set(&secret, key, key_len, &err));
	assert_true(digest_hmac_sha256(&secret, data, len, tag, &err));
	text_hex(tag, sizeof(tag), hex);
	assert_string_equal(hex, want);
	assert_true(digest_hmac_derive(&secret, data, len, &derived, &err));
	assert_int_equal(derived.len, DIGEST_BYTES);
	assert_memory_equal(derived.data, tag, DIGEST_BYTES);
	secret_clear(&secret);
	secret_clear(&derived);
}

static void hmac_gives_the_tags_of_rfc_4231(void **state)
{
	unsigned char key[131], data[50];

	(void)state;
	memset(key, 0x0b, 20);
	expect_tag(key, 20, "Hi There", 8,
		   "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	expect_tag("Jefe", 4, "what do ya want for nothing?", 28,
		   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	memset(data, 0xdd, sizeof(data));
	expect_tag(key, 20, data, 50,
		   "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	expect_tag(key, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
		   "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void an_abandoned_hmac_gives_its_memory_back(void **state)
{
	struct digest_hmac hmac = DIGEST_HMAC_EMPTY;
	struct error err = ERROR_INIT;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_true(digest_hmac_start(&hmac, "k", 1, &err));
	secret_clear(&hmac.state);
	assert_null(hmac.state.data);
}

static void a_full_arena_is_an_error_and_leaves_nothing_half_made(void **state)
{
	struct secret all = SECRET_EMPTY, key = SECRET_EMPTY, out = SECRET_EMPTY;
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(secret_set(&key, "k", 1, &err));
	assert_true(secret_alloc(&all, SECRET_ARENA_BYTES - (size_t)2 * SECRET_BLOCK_BYTES, &err));
	assert_false(digest_hmac_derive(&key, "d", 1, &out, &err));
	assert_int_equal(err.code, ERROR_MEMORY);
	assert_null(out.data);
	secret_clear(&all);
	secret_clear(&key);
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
	    cmocka_unit_test(sha256_gives_the_digests_of_fips_180_4),
	    cmocka_unit_test(hmac_gives_the_tags_of_rfc_4231),
	    cmocka_unit_test(an_abandoned_hmac_gives_its_memory_back),
	    cmocka_unit_test(a_full_arena_is_an_error_and_leaves_nothing_half_made),
	};

	return cmocka_run_group_tests(tests, open_all, NULL);
}
