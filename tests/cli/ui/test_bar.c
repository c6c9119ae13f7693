/* SPDX-License-Identifier: MIT */
#include "cli/ui/bar.h"

#include "vault/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct bar some = {
    .done = 9,
    .count = 12,
    .elapsed_ms = 14900,
    .columns = 110,
    .unicode = true,
    .busy = {{"ci-pay", "proving"}, {"ci-mail", "creating"}, {"ci-img", "waiting for IAM"}},
    .busy_count = 3};

static const char *drawn(struct bar bar)
{
	static char line[BAR_BYTES];

	bar_many(&bar, line);
	return line;
}

static void it_says_how_far_it_is_and_what_is_busy(void **state)
{
	(void)state;
	assert_string_equal(drawn(some),
			    " ▕███████████████░░░░░▏ 9 of 12   ci-pay proving, ci-mail creating, "
			    "ci-img waiting for IAM    00:14");
}

static void without_unicode_it_is_ascii(void **state)
{
	struct bar bar = some;

	(void)state;
	bar.unicode = false;
	bar.busy_count = 1;
	assert_string_equal(drawn(bar),
			    " [###############.....] 9 of 12   ci-pay proving    00:14");
}

static void what_does_not_fit_is_counted(void **state)
{
	struct bar bar = some;

	(void)state;
	bar.columns = 80;
	assert_string_equal(drawn(bar), " ▕███████████████░░░░░▏ 9 of 12   ci-pay proving, "
					"ci-mail creating +1    00:14");
	bar.columns = 40;
	assert_string_equal(drawn(bar), " ▕██████░░▏ 9 of 12    00:14");
}

static void it_never_fills_the_last_column(void **state)
{
	static const char name[] = "team-00/a-service-with-quite-a-long-name";
	struct bar bar = some;

	(void)state;
	bar.busy_count = BAR_BUSY_MAX;
	for (size_t i = 0; i < BAR_BUSY_MAX; i++)
		bar.busy[i] = (struct bar_busy){name + i % 30, "waiting for IAM"};
	for (bar.columns = 12; bar.columns < 1500; bar.columns++) {
		const char *line = drawn(bar);

		if (text_width(line) >= (size_t)bar.columns)
			fail_msg("%d columns: %s", bar.columns, line);
	}
	bar.columns = 0;
	assert_string_equal(drawn(bar), " 9 of 12");
}

static void hours_are_told_as_hours(void **state)
{
	struct bar bar = some;

	(void)state;
	bar.busy_count = 0;
	bar.elapsed_ms = 3661000;
	assert_string_equal(drawn(bar), " ▕███████████████░░░░░▏ 9 of 12    1:01:01");
}

static void a_proof_is_counted_down(void **state)
{
	char line[BAR_BYTES];

	(void)state;
	bar_proving(0, 0, 3000, true, line);
	assert_string_equal(line, "  proving ▕░░░░░░░░░░▏ 1st of 2 in 3 s");
	bar_proving(1, 1900, 3000, true, line);
	assert_string_equal(line, "  proving ▕████████░░▏ 2nd of 2 in 2 s");
	bar_proving(1, 9000, 3000, false, line);
	assert_string_equal(line, "  proving [##########] 2nd of 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_says_how_far_it_is_and_what_is_busy),
	    cmocka_unit_test(without_unicode_it_is_ascii),
	    cmocka_unit_test(what_does_not_fit_is_counted),
	    cmocka_unit_test(it_never_fills_the_last_column),
	    cmocka_unit_test(hours_are_told_as_hours),
	    cmocka_unit_test(a_proof_is_counted_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
