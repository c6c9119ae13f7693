/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/key_file.h"

#include "tests/seal/fixture.h"

static const char vector[] = VECTOR_KEY_FILE_TEXT;
enum { LINE = sizeof(vector) - 1 };

static struct secret key_of_vector(void)
{
	struct secret key = SECRET_EMPTY;

	assert_good(secret_alloc(&key, SEAL_KEY_BYTES, &err));
	unhex(VECTOR_KEY_FILE, key.data, SEAL_KEY_BYTES);
	return key;
}

static void the_frozen_text_is_written_and_read(void **state)
{
	struct secret key = key_of_vector(), text = SECRET_EMPTY, got = SECRET_EMPTY;

	(void)state;
	assert_good(key_file_format(&key, &text, &err));
	assert_int_equal(text.len, KEY_FILE_TEXT_BYTES);
	assert_string_equal((char *)text.data, VECTOR_KEY_FILE_TEXT "\n");
	assert_good(key_file_parse(text.data, text.len - 1, &got, &err));
	assert_memory_equal(got.data, key.data, SEAL_KEY_BYTES);
	secret_clear(&key);
	secret_clear(&text);
	secret_clear(&got);
}

static void the_last_newline_may_be_missing(void **state)
{
	struct secret got = SECRET_EMPTY;

	(void)state;
	assert_good(key_file_parse(vector, LINE, &got, &err));
	assert_int_equal(got.len, SEAL_KEY_BYTES);
	secret_clear(&got);
}

static void every_changed_bit_is_found(void **state)
{
	struct secret got = SECRET_EMPTY;
	char text[sizeof(vector)];

	(void)state;
	for (size_t bit = 0; bit < LINE * 8; bit++) {
		memcpy(text, vector, sizeof(text));
		text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
		assert_refused(key_file_parse(text, LINE, &got, &err), FAILED);
		assert_int_equal(got.len, 0);
	}
}

static void a_cut_or_longer_file_is_refused(void **state)
{
	struct secret got = SECRET_EMPTY;
	char text[sizeof(vector) + 2] = {0};

	(void)state;
	for (size_t len = 0; len < LINE; len++)
		assert_refused(key_file_parse(vector, len, &got, &err), FAILED);
	memcpy(text, vector, LINE);
	memcpy(text + LINE, "\n\n", 2);
	assert_refused(key_file_parse(text, LINE + 2, &got, &err), FAILED);
	assert_refused(key_file_parse("AKIAIOSFODNN7EXAMPLE", 20, &got, &err), FAILED);
}

static void no_two_keys_are_the_same(void **state)
{
	struct secret a = SECRET_EMPTY, b = SECRET_EMPTY;

	(void)state;
	assert_good(key_file_new(&a, &err));
	assert_good(key_file_new(&b, &err));
	assert_int_equal(a.len, SEAL_KEY_BYTES);
	assert_memory_not_equal(a.data, b.data, SEAL_KEY_BYTES);
	secret_clear(&a);
	secret_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_frozen_text_is_written_and_read),
	    cmocka_unit_test(the_last_newline_may_be_missing),
	    cmocka_unit_test(every_changed_bit_is_found),
	    cmocka_unit_test(a_cut_or_longer_file_is_refused),
	    cmocka_unit_test(no_two_keys_are_the_same),
	};

	return FIXTURE_RUN(tests);
}
