/* SPDX-License-Identifier: MIT */
#include "vault/store/verified/tag_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 5000 };

static const unsigned char *digest(uint64_t number)
{
	static unsigned char bytes[TAG_INDEX_KEY_BYTES];

	memcpy(bytes, &number, sizeof(bytes));
	return bytes;
}

static void what_was_put_is_there_and_nothing_else(void **state)
{
	struct tag_index tags = {.slots = NULL};
	uint64_t value;

	(void)state;
	assert_false(tag_index_get(&tags, digest(1), &value));
	for (uint64_t i = 0; i < MANY; i++)
		tag_index_put(&tags, digest(i * 64), i);
	tag_index_put(&tags, digest(64), 7);
	assert_true(tag_index_get(&tags, digest(64), &value));
	assert_int_equal(value, 7);
	for (uint64_t i = 2; i < MANY; i++) {
		assert_true(tag_index_get(&tags, digest(i * 64), &value));
		assert_int_equal(value, i);
		assert_false(tag_index_get(&tags, digest(i * 64 + 1), &value));
	}
	assert_int_equal(tags.count, MANY);
	tag_index_clear(&tags);
	assert_false(tag_index_get(&tags, digest(64), &value));
	tag_index_clear(&tags);
}

static void what_is_far_too_much_is_forgotten(void **state)
{
	struct tag_index tags = {.slots = NULL};
	uint64_t value;

	(void)state;
	for (uint64_t i = 1; i <= MANY; i++)
		tag_index_put(&tags, digest(i), i);
	tag_index_thin(&tags, MANY / 2);
	assert_true(tag_index_get(&tags, digest(1), &value));
	tag_index_thin(&tags, MANY / 4);
	assert_false(tag_index_get(&tags, digest(1), &value));
	assert_int_equal(tags.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_put_is_there_and_nothing_else),
	    cmocka_unit_test(what_is_far_too_much_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
