/* SPDX-License-Identifier: MIT */
#include "vault/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/base/remnant.h"

static void an_empty_buffer_is_an_empty_text(void **state)
{
	struct buf buf = BUF_INIT(0);
	struct error err = ERROR_INIT;

	(void)state;
	assert_string_equal(buf_text(&buf), "");
	assert_true(buf_append(&buf, NULL, 0, &err));
	assert_string_equal(buf_text(&buf), "");
	assert_false(buf_append(&buf, "x", 1, &err));
	buf_reset(&buf);
	buf_drop(&buf, 0);
	buf_clear(&buf);
	buf_clear(&buf);
}

static void it_takes_exactly_its_limit(void **state)
{
	struct buf buf = BUF_INIT(8);
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(buf_text_append(&buf, "12345678", &err));
	assert_false(buf_append(&buf, "9", 1, &err));
	assert_int_equal(err.code, ERROR_FAILED);
	assert_string_equal(buf_text(&buf), "12345678");
	assert_false(buf_printf(&buf, &err, "%d", 9));
	assert_string_equal(buf_text(&buf), "12345678");
	assert_false(buf_reserve(&buf, 1, &err));
	assert_false(buf_reserve(&buf, SIZE_MAX, &err));
	assert_true(buf_reserve(&buf, 0, &err));
	buf_clear(&buf);
	assert_int_equal(buf.limit, 8);
}

static void what_is_appended_is_always_terminated(void **state)
{
	struct buf buf = BUF_INIT(100000);
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		assert_true(buf_append(&buf, "ab", 2, &err));
		assert_int_equal(buf.data[buf.len], '\0');
		assert_true(buf.cap > buf.len);
	}
	assert_int_equal(strlen(buf_text(&buf)), 10000);
	buf_clear(&buf);
}

static void formatted_text_is_appended_whole(void **state)
{
	struct buf buf = BUF_INIT(1000);
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(buf_text_append(&buf, "a", &err));
	assert_true(buf_printf(&buf, &err, "-%d-%s", 42, "x"));
	assert_true(buf_printf(&buf, &err, "%400d", 7));
	assert_int_equal(buf.len, 406);
	assert_int_equal(strncmp(buf_text(&buf), "a-42-x ", 7), 0);
	buf_clear(&buf);
}

static void dropping_from_the_front_keeps_the_rest(void **state)
{
	struct buf buf = BUF_INIT(100);
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(buf_text_append(&buf, "header:rest", &err));
	buf_drop(&buf, 7);
	assert_string_equal(buf_text(&buf), "rest");
	assert_int_equal(buf.data[5], '\0');
	buf_drop(&buf, 99);
	assert_string_equal(buf_text(&buf), "");
	buf_clear(&buf);
}

static void growth_reset_drop_and_clear_leave_no_remnant(void **state)
{
	struct buf buf = BUF_INIT(1000000);
	struct error err = ERROR_INIT;

	(void)state;
	for (int round = 0; round < 3; round++) {
		assert_true(buf_reserve(&buf, 200, &err));
		memset(buf.data, 'x', 100);
		remnant_write(buf.data + 100);
		buf.len = 200;
		assert_int_equal(remnant_count(), 1);
		/* Not so much that free() would unmap the pages, and hide what is in them. */
		assert_true(buf_reserve(&buf, 5000, &err));
		assert_int_equal(remnant_count(), 1);
		if (round == 0)
			buf_clear(&buf);
		else if (round == 1)
			buf_reset(&buf);
		else
			buf_drop(&buf, 160);
		assert_int_equal(remnant_count(), 0);
	}
	buf_clear(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_buffer_is_an_empty_text),
	    cmocka_unit_test(it_takes_exactly_its_limit),
	    cmocka_unit_test(what_is_appended_is_always_terminated),
	    cmocka_unit_test(formatted_text_is_appended_whole),
	    cmocka_unit_test(dropping_from_the_front_keeps_the_rest),
	    cmocka_unit_test(growth_reset_drop_and_clear_leave_no_remnant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
