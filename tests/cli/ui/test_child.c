/* SPDX-License-Identifier: MIT */
#include "cli/ui/child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a shell's words come to; the status in *status. */
static bool run(const char *words, int limit_s, struct buf *out, int *status, struct error *err)
{
	char shell[] = "/bin/sh", flag[] = "-c", path[] = "PATH=/usr/bin:/bin";
	char *argv[] = {shell, flag, (char *)(uintptr_t)words, NULL}, *envp[] = {path, NULL};

	return child_answer(argv, envp, limit_s, out, status, err);
}

static void the_answer_is_what_was_printed(void **state)
{
	struct buf out = BUF_INIT(CHILD_ANSWER_MAX);
	struct error err = ERROR_INIT;
	int status = -1;

	(void)state;
	assert_true(run("echo one; echo two; exit 3", 60, &out, &status, &err));
	assert_string_equal(buf_text(&out), "one\ntwo");
	assert_int_equal(status, 3);
	buf_clear(&out);
}

static void whoever_is_left_behind_is_not_waited_for(void **state)
{
	struct buf out = BUF_INIT(CHILD_ANSWER_MAX);
	struct error err = ERROR_INIT;
	int status = -1;

	(void)state;
	assert_true(run("sleep 600 & echo $!", 60, &out, &status, &err));
	assert_int_equal(kill((pid_t)strtol(buf_text(&out), NULL, 10), SIGKILL), 0);
	buf_clear(&out);
}

static void one_that_closes_its_output_and_stays_is_killed_in_time(void **state)
{
	struct buf out = BUF_INIT(CHILD_ANSWER_MAX);
	struct error err = ERROR_INIT;
	int status = 0;

	(void)state;
	assert_false(run("echo 123456; exec >&- sleep 600", 1, &out, &status, &err));
	assert_int_equal(status, -1);
	buf_clear(&out);
}

static void one_that_never_says_anything_is_killed_in_time(void **state)
{
	struct buf out = BUF_INIT(CHILD_ANSWER_MAX);
	struct error err = ERROR_INIT;
	int status = 0;

	(void)state;
	assert_false(run("exec sleep 600", 1, &out, &status, &err));
	assert_int_equal(status, -1);
	buf_clear(&out);
}

static void a_flood_is_cut_short(void **state)
{
	struct buf out = BUF_INIT(CHILD_ANSWER_MAX);
	struct error err = ERROR_INIT;
	int status = 0;

	(void)state;
	assert_false(run("exec cat /dev/zero", 60, &out, &status, &err));
	assert_non_null(strstr(err.message, "too long"));
	assert_true(out.len <= CHILD_ANSWER_MAX);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_answer_is_what_was_printed),
	    cmocka_unit_test(whoever_is_left_behind_is_not_waited_for),
	    cmocka_unit_test(one_that_closes_its_output_and_stays_is_killed_in_time),
	    cmocka_unit_test(one_that_never_says_anything_is_killed_in_time),
	    cmocka_unit_test(a_flood_is_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
