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
static const struct table_step remarks_go_first[] = {{TABLE_FOLD, 2, 0}, {TABLE_END, 0, 0}};
static const struct table_layout layout = {titles, remarks_go_first, NULL};

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
	assert_true(table_init(&table, &layout, &err));
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
	assert_true(table_init(&table, &layout, &err));
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
	assert_true(table_init(&table, &layout, &err));
	add(&table, OUT_PLAIN, "abcdefghijklmnopqrst", "uvwxyzabcdef", "due");
	expect(&table, 16, false, "NAME      WHAT\nabcdefg…  uvwxy…\n    due\n");
	expect(&table, 12, false, "NAME      W…\nabcdefg…  u…\n    due\n");
	expect(&table, 11, false, "NAME\nabcdefg…\n    due\n");
	expect(&table, 6, false, "NAME\nabcde…\n    du\n    e\n");
	expect(&table, 3, false, "NA…\nab…\n");
	table_clear(&table);
}

static void remarks_go_below_where_there_is_no_room_for_them(void **state)
{
	struct table table;
	struct error err;

	(void)state;
	assert_true(table_init(&table, &layout, &err));
	add(&table, OUT_RED, "prod", "AKIA…M2PE", "old key off, deleted in 23h");
	add(&table, OUT_PLAIN, "ci", "-", NULL);
	expect(&table, 80, false,
	       "NAME  WHAT\nprod  AKIA…M2PE  old key off, deleted in 23h\nci    -\n");
	expect(&table, 40, true,
	       "NAME  WHAT\n\033[31mprod  AKIA…M2PE\033[0m\n"
	       "\033[31m    old key off, deleted in 23h\033[0m\nci    -\n");
	table_clear(&table);
}

/* A log of one entry, which gives way as the command's does. */
static const char *const log_titles[] = {"TIME (local)", "NAME", "WHAT", "FOR", NULL};
static const struct table_step log_steps[] = {
    {TABLE_SHORTEN, 0, 0}, {TABLE_SHORTEN, 0, 0}, {TABLE_WRAP, 3, 8}, {TABLE_WRAP, 2, 12},
    {TABLE_FOLD, 3, 0},	   {TABLE_DROP, 1, 0},	  {TABLE_FOLD, 2, 0}, {TABLE_END, 0, 0}};
static const size_t log_widths[] = {19, 8, 20, 10};
static const struct table_layout log_layout = {log_titles, log_steps, log_widths};
static const char *const entry[] = {"2026-11-20 09:15:02", "prod", "MFA refused by AWS",
				    "node[4711] npm"};

static void a_table_gives_way_step_by_step_and_cuts_nothing(void **state)
{
	static const struct {
		int columns;
		const char *wanted;
	} screens[] = {
	    {61, "TIME (local)         NAME  WHAT                FOR\n"
		 "2026-11-20 09:15:02  prod  MFA refused by AWS  node[4711] npm\n"},
	    {60, "TIME (local)    NAME  WHAT                FOR\n"
		 "11-20 09:15:02  prod  MFA refused by AWS  node[4711] npm\n"},
	    {54, "TIME         NAME  WHAT                FOR\n"
		 "11-20 09:15  prod  MFA refused by AWS  node[4711] npm\n"},
	    {50, "TIME         NAME  WHAT                FOR\n"
		 "11-20 09:15  prod  MFA refused by AWS  node[4711]\n"
		 "                                       npm\n"},
	    {42, "TIME         NAME  WHAT           FOR\n"
		 "11-20 09:15  prod  MFA refused    node[471\n"
		 "                   by AWS         1] npm\n"},
	    {38, "TIME         NAME  WHAT\n    FOR\n"
		 "11-20 09:15  prod  MFA refused by AWS\n    node[4711] npm\n"},
	    {30, "TIME         WHAT\n    FOR\n"
		 "11-20 09:15  MFA refused by\n             AWS\n    node[4711] npm\n"},
	    {20, "TIME\n    WHAT   FOR\n"
		 "11-20 09:15\n    MFA refused by\n    AWS   node[4711]\n    npm\n"},
	};
	struct table table;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
		assert_true(table_init(&table, &log_layout, &err));
		assert_true(table_add(&table, OUT_PLAIN, entry, &err));
		expect(&table, screens[i].columns, false, screens[i].wanted);
		table_clear(&table);
	}
}

static void a_line_on_its_own_has_the_columns_of_all_others(void **state)
{
	struct out out = {.pending = BUF_INIT(65536)};

	(void)state;
	table_print_line(&log_layout, OUT_PLAIN, entry, &out);
	out.columns = 63;
	table_print_line(&log_layout, OUT_PLAIN, entry, &out);
	assert_string_equal(buf_text(&out.pending),
			    "2026-11-20 09:15:02  prod      MFA refused by AWS    node[4711] npm\n"
			    "2026-11-20 09:15:02  prod      MFA refused by AWS    node[4711]\n"
			    "                                                     npm\n");
	buf_clear(&out.pending);
}

static void letters_of_east_asia_take_two_columns(void **state)
{
	struct table table;
	struct error err;

	(void)state;
	assert_true(table_init(&table, &layout, &err));
	add(&table, OUT_PLAIN, "東京東京東京", "x", NULL);
	expect(&table, 80, false, "NAME          WHAT\n東京東京東京  x\n");
	expect(&table, 16, false, "NAME        WHAT\n東京東京…   x\n");
	table_clear(&table);
}

static void a_locale_without_utf_8_gets_ascii(void **state)
{
	struct out out = {.pending = BUF_INIT(65536), .ascii = true, .columns = 24};
	struct table table;
	struct error err;

	(void)state;
	assert_true(table_init(&table, &layout, &err));
	add(&table, OUT_PLAIN, "abcdefghijklmnopqrst", "AKIA…M2PE", NULL);
	table_print(&table, &out);
	assert_string_equal(buf_text(&out.pending),
			    "NAME         WHAT\nabcdefgh...  AKIA...M2PE\n");
	buf_clear(&out.pending);
	table_clear(&table);
}

static void nothing_steers_the_terminal(void **state)
{
	struct table table;
	struct error err;

	(void)state;
	assert_true(table_init(&table, &layout, &err));
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
	    cmocka_unit_test(a_table_gives_way_step_by_step_and_cuts_nothing),
	    cmocka_unit_test(a_line_on_its_own_has_the_columns_of_all_others),
	    cmocka_unit_test(letters_of_east_asia_take_two_columns),
	    cmocka_unit_test(a_locale_without_utf_8_gets_ascii),
	    cmocka_unit_test(nothing_steers_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
