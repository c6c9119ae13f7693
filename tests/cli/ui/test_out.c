/* SPDX-License-Identifier: MIT */
#include "cli/ui/out.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void wraps(int columns, size_t indent, const char *text, const char *wanted)
{
	struct out out = {.pending = BUF_INIT(65536), .columns = columns};
	size_t mark;

	out_printf(&out, "before it all that is long and stays as it is\n");
	mark = out_mark(&out);
	out_printf(&out, "%s", text);
	out_wrap(&out, mark, indent);
	assert_string_equal(buf_text(&out.pending) + mark, wanted);
	buf_clear(&out.pending);
}

static void lines_are_broken_at_blanks(void **state)
{
	(void)state;
	wraps(16, 0, "Locked since 22:41 (asleep).\nnext\n",
	      "Locked since\n22:41 (asleep).\nnext\n");
	wraps(16, 4, "Vault   a b c d e f g\n", "Vault   a b c d\n    e f g\n");
	wraps(0, 4, "Vault   a b c d e f g\n", "Vault   a b c d e f g\n");
}

static void a_word_that_is_too_long_stays_whole(void **state)
{
	(void)state;
	wraps(10, 2, "Vault /a/very/long/path generation 8\n",
	      "Vault\n  /a/very/long/path\n  generation\n  8\n");
}

static void colours_and_letters_of_several_bytes_are_counted_as_seen(void **state)
{
	(void)state;
	wraps(12, 0, "5, \033[31m1 overdue\033[0m x\n", "5, \033[31m1 overdue\033[0m\nx\n");
	wraps(9, 0, "AKIA…M2PE x\n", "AKIA…M2PE\nx\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_broken_at_blanks),
	    cmocka_unit_test(a_word_that_is_too_long_stays_whole),
	    cmocka_unit_test(colours_and_letters_of_several_bytes_are_counted_as_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
