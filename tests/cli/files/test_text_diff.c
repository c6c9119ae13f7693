/* SPDX-License-Identifier: MIT */
#include "cli/files/text_diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The diff of a text in which one stretch became another. */
static void expect(const char *before, size_t at, size_t len, const char *put, const char *want)
{
	struct buf after = BUF_INIT(INI_FILE_MAX), out = BUF_INIT(INI_FILE_MAX);
	const struct ini_change change = {.at = at, .len = len, .now = at, .put = strlen(put)};
	struct text_diff diff = {
	    .path = "f", .before = {before, strlen(before)}, .changes = &change, .count = 1};
	struct error err;

	assert_true(buf_append(&after, before, at, &err));
	assert_true(buf_text_append(&after, put, &err));
	assert_true(buf_text_append(&after, before + at + len, &err));
	diff.after = (struct span){buf_text(&after), after.len};
	assert_true(text_diff_append(&diff, &out, &err));
	assert_string_equal(buf_text(&out), want);
	buf_clear(&after);
	buf_clear(&out);
}

static void three_lines_stand_around_a_change(void **state)
{
	(void)state;
	expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n", 8, 2, "five\n",
	       "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

static void the_section_stands_in_the_head(void **state)
{
	(void)state;
	expect("[a]\n1\n2\n3\n4\n5\n", 10, 2, "",
	       "--- f\n+++ f\n@@ -2,5 +2,4 @@ [a]\n 1\n 2\n 3\n-4\n 5\n");
}

static void a_missing_last_end_is_said(void **state)
{
	(void)state;
	expect("a\nb", 3, 0, "\nc",
	       "--- f\n+++ f\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n"
	       "\\ No newline at end of file\n");
	expect("a\nb\nc", 3, 2, "",
	       "--- f\n+++ f\n@@ -1,3 +1,2 @@\n a\n-b\n-c\n\\ No newline at end of file\n+b\n"
	       "\\ No newline at end of file\n");
}

static void an_empty_file_has_no_lines(void **state)
{
	(void)state;
	expect("", 0, 0, "a\n", "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n");
	expect("a\n", 0, 2, "", "--- f\n+++ f\n@@ -1,1 +0,0 @@\n-a\n");
}

static void no_secret_is_shown(void **state)
{
	(void)state;
	expect("AWS_Secret_Access_Key=abc\n#aws_session_token = def\nx = 1\r\nb = \x1b[31m\n", 51,
	       7, "y = 2\n",
	       "--- f\n+++ f\n@@ -1,4 +1,4 @@\n AWS_Secret_Access_Key= ****\n"
	       " #aws_session_token = ****\n-x = 1\n+y = 2\n b = \\x1b[31m\n");
}

static void what_looks_like_a_secret_is_not_shown_under_any_name(void **state)
{
	(void)state;
	expect("[a]\naws_secr\tet = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz!\n"
	       "  wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz\nx = 1\n",
	       103, 6, "y = 2\n",
	       "--- f\n+++ f\n@@ -1,4 +1,4 @@\n [a]\n aws_secr\tet = ****!\n   ****\n-x = 1\n+y = "
	       "2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(three_lines_stand_around_a_change),
	    cmocka_unit_test(the_section_stands_in_the_head),
	    cmocka_unit_test(a_missing_last_end_is_said),
	    cmocka_unit_test(an_empty_file_has_no_lines),
	    cmocka_unit_test(no_secret_is_shown),
	    cmocka_unit_test(what_looks_like_a_secret_is_not_shown_under_any_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
