/* SPDX-License-Identifier: MIT */
#include "vault/format/key_tag.h"

#include "vault/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char nonce[KEY_TAG_NONCE_BYTES] = {1}, later[KEY_TAG_NONCE_BYTES] = {2};

static void tag(const unsigned char *under, const char *name, const char *id, const char *secret,
		unsigned char out[static DIGEST_BYTES])
{
	struct error err;

	assert_true(key_tag_make(
	    under,
	    &(struct key_tag_of){
		.name = name, .access_key_id = id, .secret = secret, .secret_len = strlen(secret)},
	    out, &err));
}

static void a_tag_is_of_this_key_by_this_name_for_this_question(void **state)
{
	static const char *const others[][3] = {{"b", "id", "secret"},
						{"a", "ie", "secret"},
						{"a", "id", "secreu"},
						{"ai", "d", "secret"},
						{"a", "ids", "ecret"}};
	unsigned char one[DIGEST_BYTES], other[DIGEST_BYTES];

	(void)state;
	tag(nonce, "a", "id", "secret", one);
	tag(nonce, "a", "id", "secret", other);
	assert_memory_equal(one, other, sizeof(one));
	/* An answer that was recorded for an earlier nonce is none to this one. */
	tag(later, "a", "id", "secret", other);
	assert_memory_not_equal(one, other, sizeof(one));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		tag(nonce, others[i][0], others[i][1], others[i][2], other);
		assert_memory_not_equal(one, other, sizeof(one));
	}
}

static int open_memory(void **state)
{
	struct error err;

	(void)state;
	return secret_open(true, &err) ? 0 : -1;
}

static int close_memory(void **state)
{
	(void)state;
	secret_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_tag_is_of_this_key_by_this_name_for_this_question),
	};

	return cmocka_run_group_tests(tests, open_memory, close_memory);
}
