/* SPDX-License-Identifier: MIT */
#include "vault/seal/pae.h"

#include "tests/seal/fixture.h"

static struct buf encode(const struct pae_item *items, size_t count)
{
	struct buf out = BUF_INIT(FIXTURE_BYTES_MAX);

	assert_good(pae_append(&out, items, count, &err));
	return out;
}

static void the_encoding_is_the_frozen_one(void **state)
{
	struct pae_u64 number = pae_u64(0x0102030405060708);
	struct pae_item items[] = {PAE_TEXT("a"), {NULL, 0}, PAE_TEXT("bc"), PAE_U64(number)};
	struct buf out = encode(items, 4);

	(void)state;
	assert_hex(out.data, out.len, VECTOR_PAE);
	buf_clear(&out);
}

/* TRAP 1: "ab" + "c" is not "a" + "bc". */
static void trap_1_two_lists_never_have_one_encoding(void **state)
{
	struct pae_item lists[][3] = {
	    {PAE_TEXT("ab"), PAE_TEXT("c"), {NULL, 0}},
	    {PAE_TEXT("a"), PAE_TEXT("bc"), {NULL, 0}},
	    {PAE_TEXT("abc"), {NULL, 0}, {NULL, 0}},
	    {{NULL, 0}, PAE_TEXT("abc"), {NULL, 0}},
	    {PAE_TEXT("a\1\0\0\0b"), PAE_TEXT("c"), {NULL, 0}},
	};
	enum { LISTS = sizeof(lists) / sizeof(lists[0]) };
	struct buf out[2 * LISTS];

	(void)state;
	for (size_t i = 0; i < LISTS; i++) {
		out[2 * i] = encode(lists[i], 2);
		out[2 * i + 1] = encode(lists[i], 3);
	}
	for (size_t i = 0; i < 2 * LISTS; i++) {
		for (size_t j = 0; j < i; j++)
			assert_false(out[i].len == out[j].len &&
				     memcmp(out[i].data, out[j].data, out[i].len) == 0);
	}
	for (size_t i = 0; i < 2 * LISTS; i++)
		buf_clear(&out[i]);
}

static void what_was_joined_comes_apart_again(void **state)
{
	struct pae_item items[] = {PAE_TEXT("one"), {NULL, 0}, PAE_TEXT("three")}, got[4];
	struct buf out = encode(items, 3);
	size_t n = 0;

	(void)state;
	assert_good(pae_split(&(struct pae_item){out.data, out.len}, "test", got, 4, &n, &err));
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(got[i].len, items[i].len);
		if (got[i].len > 0)
			assert_memory_equal(got[i].data, items[i].data, got[i].len);
	}
	buf_clear(&out);
}

static void every_truncation_is_refused(void **state)
{
	struct pae_item items[] = {PAE_TEXT("one"), PAE_TEXT("two")}, got[4];
	struct buf out = encode(items, 2);
	size_t n = 0;

	(void)state;
	for (size_t len = 0; len < out.len; len++)
		assert_refused(
		    pae_split(&(struct pae_item){out.data, len}, "test", got, 4, &n, &err),
		    TAMPERED);
	buf_clear(&out);
}

static void a_byte_behind_the_list_is_refused(void **state)
{
	struct pae_item items[] = {PAE_TEXT("one")}, got[4];
	struct buf out = encode(items, 1);
	size_t n = 0;

	(void)state;
	assert_good(buf_append(&out, "", 1, &err));
	assert_refused(pae_split(&(struct pae_item){out.data, out.len}, "test", got, 4, &n, &err),
		       TAMPERED);
	buf_clear(&out);
}

static void more_elements_than_expected_are_refused(void **state)
{
	struct pae_item items[] = {PAE_TEXT("one"), PAE_TEXT("two")}, got[1];
	struct buf out = encode(items, 2);
	size_t n = 0;

	(void)state;
	assert_refused(pae_split(&(struct pae_item){out.data, out.len}, "test", got, 1, &n, &err),
		       TAMPERED);
	buf_clear(&out);
}

static void lengths_that_reach_too_far_are_refused(void **state)
{
	static const unsigned char far[] = {1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 'a'};
	static const unsigned char many[] = {0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 'a'};
	static const unsigned char by_one[] = {1, 0, 0, 0, 2, 0, 0, 0, 'a'};
	struct pae_item got[4];
	size_t n = 0;

	(void)state;
	assert_refused(pae_split(&(struct pae_item){far, sizeof(far)}, "test", got, 4, &n, &err),
		       TAMPERED);
	assert_refused(pae_split(&(struct pae_item){many, sizeof(many)}, "test", got, 4, &n, &err),
		       TAMPERED);
	assert_refused(
	    pae_split(&(struct pae_item){by_one, sizeof(by_one)}, "test", got, 4, &n, &err),
	    TAMPERED);
}

static void numbers_survive_the_way_to_bytes_and_back(void **state)
{
	static const uint64_t numbers[] = {0, 1, 255, 256, UINT32_MAX, INT64_MAX, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_int_equal(pae_read_u64(pae_u64(numbers[i]).bytes), numbers[i]);
}

static void a_full_buffer_is_an_error_and_not_a_short_encoding(void **state)
{
	struct pae_item items[] = {PAE_TEXT("longer than that")};
	struct buf out = BUF_INIT(8);

	(void)state;
	assert_refused(pae_append(&out, items, 1, &err), FAILED);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_encoding_is_the_frozen_one),
	    cmocka_unit_test(trap_1_two_lists_never_have_one_encoding),
	    cmocka_unit_test(what_was_joined_comes_apart_again),
	    cmocka_unit_test(every_truncation_is_refused),
	    cmocka_unit_test(a_byte_behind_the_list_is_refused),
	    cmocka_unit_test(more_elements_than_expected_are_refused),
	    cmocka_unit_test(lengths_that_reach_too_far_are_refused),
	    cmocka_unit_test(numbers_survive_the_way_to_bytes_and_back),
	    cmocka_unit_test(a_full_buffer_is_an_error_and_not_a_short_encoding),
	};

	return FIXTURE_RUN(tests);
}
