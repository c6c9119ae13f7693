/* SPDX-License-Identifier: MIT */
#include "cli/ui/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const titles[] = {"NAME", "WHAT", "", NULL};

static void expect(const struct table *table, int columns, bool colour, const char *wanted)
{
	struct out out = {.pending = BUF_INIT(65536), .columns = columns, .colour = colour};

	table_print(table, &out);
	assert_string_equal(buf_text(&out.pending), wanted);
	buf_clear(&out.pending);
}

static void add(struct table *table, enum out_colour colour, const char *a, const char *b,
		const char *c)
{
	const char *cells[] = {a, b, c};
	struct error err;

	assert_true(table_add(table, colour, cells, &err));
}

static void columns_are_as_wide_as_their_content(void **state)
{
	struct table table;
	struct error err;

	(void)state;
	assert_true(table_init(&table, titles, &err));
	add(&table, OUT_PLAIN, "a", "AKIA…M2PE", NULL);
	add(&table, OUT_RED, "longer-name", "-", "due");
	expect(&table, 0, false,
	       "NAME         WHAT\na            AKIA…M2PE\nlonger-name  -          due\n");
	expect(&table, 80, true,
	       "NAME         WHAT\na            AKIA…M2PE\n"
	       "\033[31mlonger-name  -          due\033[0m\n");
	table_clear(&table);
	table_clear(&table);
}

static void a_narrow_terminal_cuts_the_widest(void **state)
{
	struct table table;
	struct error err;

	(void)state;
	assert_true(table_init(&table, titles, &err));
	add(&table, OUT_PLAIN, "abcdefghijklmnopqrst", "x", NULL);
	expect(&table, 18, false, "NAME          WHAT\nabcdefghijk…  x\n");
	expect(&table, 14, false, "NAME      WHAT\nabcdefg…  x\n");
	table_clear(&table);
}

static void no_line_is_longer_than_the_terminal(void **state)
{
	struct table table;
	struct error err;

	(void)state;
	assert_true(table_init(&table, titles, &err));
	add(&table, OUT_PLAIN, "abcdefghijklmnopqrst", "uvwxyzabcdef", "due");
	expect(&table, 16, false, "NAME      WHAT\nabcdefg…  uvwxy…\n    due\n");
	expect(&table, 12, false, "NAME      W…\nabcdefg…  u…\n    due\n");
	expect(&table, 11, false, "NAME\nabcdefg…\n    due\n");
	expect(&table, 6, false, "NAME\nabcde…\n    d…\n");
	expect(&table, 3, false, "NA…\nab…\n");
	table_clear(&table);
}

static void remarks_go_below_where_there_is_no_room_for_them(void **state)
{
	struct table table;
	struct error err;

	(void)state;
	assert_true(table_init(&table, titles, &err));
	add(&table, OUT_RED, "prod", "AKIA…M2PE", "old key off, deleted in 23h");
	add(&table, OUT_PLAIN, "ci", "-", NULL);
	expect(&table, 80, false,
	       "NAME  WHAT\nprod  AKIA…M2PE  old key off, deleted in 23h\nci    -\n");
	expect(&table, 40, true,
	       "NAME  WHAT\n\033[31mprod  AKIA…M2PE\033[0m\n"
	       "\033[31m    old key off, deleted in 23h\033[0m\nci    -\n");
	table_clear(&table);
}

static void a_line_on_its_own_is_aligned_too(void **state)
{
	static const size_t widths[] = {4, 10, 0};
	static const char *const cells[] = {"a", "AKIA…M2PE", "all of it"};
	struct out out = {.pending = BUF_INIT(65536)};

	(void)state;
	table_print_line(&out, widths, cells, 3, OUT_PLAIN);
	out.columns = 24;
	table_print_line(&out, widths, cells, 3, OUT_PLAIN);
	assert_string_equal(buf_text(&out.pending),
			    "a     AKIA…M2PE   all of it\na     AKIA…M2PE   all o…\n");
	buf_clear(&out.pending);
}

static void nothing_steers_the_terminal(void **state)
{
	struct table table;
	struct error err;

	(void)state;
	assert_true(table_init(&table, titles, &err));
	add(&table, OUT_PLAIN, "a\033[2Jb", "x\ny", "");
	expect(&table, 0, false, "NAME       WHAT\na\\x1b[2Jb  x\\x0ay\n");
	table_clear(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns_are_as_wide_as_their_content),
	    cmocka_unit_test(a_narrow_terminal_cuts_the_widest),
	    cmocka_unit_test(no_line_is_longer_than_the_terminal),
	    cmocka_unit_test(remarks_go_below_where_there_is_no_room_for_them),
	    cmocka_unit_test(a_line_on_its_own_is_aligned_too),
	    cmocka_unit_test(nothing_steers_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
