/* SPDX-License-Identifier: MIT */
#include "vault/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/base/remnant.h"

static void the_search_for_remnants_finds_what_is_there(void **state)
{
	unsigned char *live = malloc(4096);

	(void)state;
	assert_non_null(live);
	assert_int_equal(remnant_count(), 0);
	remnant_write(live + 1000);
	assert_int_equal(remnant_count(), 1);
	memset(live, 1, 4096);
	assert_int_equal(remnant_count(), 0);
	free(live);
}

static void freed_memory_is_wiped(void **state)
{
	(void)state;
	for (size_t size = 128; size < 300000; size = size * 3 + 1) {
		unsigned char *p = alloc_wiping_malloc(size);

		assert_non_null(p);
		remnant_write(p + size - REMNANT_BYTES);
		alloc_wiping_free(p);
		assert_int_equal(remnant_count(), 0);
	}
	alloc_wiping_free(NULL);
}

static void growing_keeps_the_content_and_wipes_where_it_was(void **state)
{
	unsigned char *p = alloc_wiping_malloc(128), *grown;

	(void)state;
	assert_non_null(p);
	remnant_write(p + 64);
	grown = alloc_wiping_realloc(p, 100000);
	assert_non_null(grown);
	assert_int_equal(remnant_in(grown + 64, REMNANT_BYTES), 1);
	assert_int_equal(remnant_count(), 1);
	assert_ptr_equal(alloc_wiping_realloc(grown, 10), grown);
	assert_null(alloc_wiping_realloc(grown, 0));
	assert_int_equal(remnant_count(), 0);
}

static void it_keeps_the_contract_of_malloc(void **state)
{
	unsigned char *p = alloc_wiping_calloc(7, 9);
	char *text = alloc_wiping_strdup("text");
	void *empty[] = {alloc_wiping_malloc(0), alloc_wiping_calloc(0, 5),
			 alloc_wiping_realloc(NULL, 0)};

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < 63; i++)
		assert_int_equal(p[i], 0);
	assert_string_equal(text, "text");
	for (size_t i = 0; i < 3; i++) {
		assert_non_null(empty[i]);
		alloc_wiping_free(empty[i]);
	}
	alloc_wiping_free(p);
	alloc_wiping_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_search_for_remnants_finds_what_is_there),
	    cmocka_unit_test(freed_memory_is_wiped),
	    cmocka_unit_test(growing_keeps_the_content_and_wipes_where_it_was),
	    cmocka_unit_test(it_keeps_the_contract_of_malloc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
