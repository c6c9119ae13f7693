/* SPDX-License-Identifier: MIT */
#include "vault/store/verified/verified_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { KEYS = 500, ROUNDS = 20000 };

/* Few different places, so that searches run into one another and around the end. */
static void key_of(unsigned int number, unsigned char key[static NAME_INDEX_KEY_BYTES])
{
	memset(key, 0, NAME_INDEX_KEY_BYTES);
	key[0] = (unsigned char)(number % 3 ? 0xfe : number % 5);
	key[1] = (unsigned char)(number % 3 ? 0xff : 0);
	key[4] = (unsigned char)number;
	key[5] = (unsigned char)(number >> 8);
}

static void what_was_added_is_there_and_what_was_removed_is_not(void **state)
{
	struct name_index names = NAMES_EMPTY;
	unsigned char key[NAME_INDEX_KEY_BYTES];
	unsigned int there[KEYS] = {0}, x = 1;
	size_t count = 0;

	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int number = (x = x * 1103515245 + 12345) / 65536 % KEYS;

		key_of(number, key);
		assert_int_equal(name_index_have(&names, key), there[number] > 0);
		if (x / 7 % 5 < 3) {
			assert_true(name_index_add(&names, key));
			there[number]++;
			count++;
		} else {
			name_index_remove(&names, key);
			count -= there[number] > 0;
			there[number] -= there[number] > 0;
		}
		assert_int_equal(names.count, count);
	}
	for (unsigned int number = 0; number < KEYS; number++) {
		key_of(number, key);
		assert_int_equal(name_index_have(&names, key), there[number] > 0);
	}
	name_index_clear(&names);
	assert_false(name_index_have(&names, key));
	name_index_remove(&names, key);
}

static struct record_id row_of(unsigned char number)
{
	struct record_id id = {.table = 1, .version = 1, .epoch = 1};

	memset(id.id, number, sizeof(id.id));
	memset(id.name_index, 0x80 ^ number, sizeof(id.name_index));
	return id;
}

static void the_index_follows_every_change_and_every_undoing(void **state)
{
	unsigned char digest[SEAL_DIGEST_BYTES] = {1};
	struct record_id one = row_of(1), two = row_of(2), three = row_of(3);
	struct verified_rows rows;
	struct error err;

	(void)state;
	verified_rows_init(&rows);
	assert_false(verified_rows_has_name(&rows, one.name_index));
	assert_true(verified_rows_load(&rows, &one, digest, &err));
	assert_true(verified_rows_has_name(&rows, one.name_index));
	assert_false(verified_rows_has_name(&rows, two.name_index));
	assert_true(verified_rows_set(&rows, &two, digest, &err));
	assert_true(verified_rows_set(&rows, &two, digest, &err));
	assert_true(verified_rows_has_name(&rows, two.name_index));
	assert_true(verified_rows_remove(&rows, &one, &err));
	assert_false(verified_rows_has_name(&rows, one.name_index));
	assert_true(verified_rows_set(&rows, &three, digest, &err));
	verified_rows_undo(&rows, 0);
	assert_true(verified_rows_has_name(&rows, one.name_index));
	assert_false(verified_rows_has_name(&rows, two.name_index));
	assert_false(verified_rows_has_name(&rows, three.name_index));
	assert_int_equal(rows.names.count, rows.count);
	verified_rows_clear(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_added_is_there_and_what_was_removed_is_not),
	    cmocka_unit_test(the_index_follows_every_change_and_every_undoing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
