/* SPDX-License-Identifier: MIT */
#include "cli/files/file_swap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

enum { LIMIT = 4096 };

static char folder[64], path[128], other[128];

static int enter(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/cv-swap-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	(void)snprintf(other, sizeof(other), "%s/other", folder);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(other);
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(name, mode), 0);
}

static void expect_file(const char *name, const char *text)
{
	char have[LIMIT] = "";
	FILE *file = fopen(name, "r");

	assert_non_null(file);
	have[fread(have, 1, sizeof(have) - 1, file)] = '\0';
	assert_int_equal(fclose(file), 0);
	assert_string_equal(have, text);
}

static struct file_swap open_it(void)
{
	struct file_swap swap;
	struct error err = ERROR_INIT;

	if (!file_swap_open(&swap, path, LIMIT, true, &err))
		fail_msg("%s", err.message);
	return swap;
}

static void a_file_gets_new_bytes_and_keeps_its_mode(void **state)
{
	struct file_swap swap;
	struct error err;
	struct stat st;

	(void)state;
	write_file(path, "old", 0640);
	swap = open_it();
	assert_string_equal(buf_text(&swap.text), "old");
	assert_true(file_swap_write(&swap, "new", 3, &err));
	assert_true(file_swap_write(&swap, "newer", 5, &err));
	file_swap_close(&swap);
	file_swap_close(&swap);
	expect_file(path, "newer");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void a_link_is_written_at_its_target(void **state)
{
	struct file_swap swap;
	struct error err;
	struct stat st;

	(void)state;
	write_file(other, "old", 0600);
	assert_int_equal(symlink(other, path), 0);
	swap = open_it();
	assert_true(file_swap_write(&swap, "new", 3, &err));
	file_swap_close(&swap);
	expect_file(other, "new");
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void a_file_with_two_names_is_refused(void **state)
{
	struct file_swap swap;
	struct error err;

	(void)state;
	write_file(path, "old", 0600);
	assert_int_equal(link(path, other), 0);
	assert_false(file_swap_open(&swap, path, LIMIT, true, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_true(file_swap_open(&swap, path, LIMIT, false, &err));
	file_swap_close(&swap);
}

static void nothing_is_written_over_what_changed_meanwhile(void **state)
{
	static const char *const how[] = {"in place", "by rename", "gone"};

	(void)state;
	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		struct file_swap swap;
		struct error err;

		write_file(path, "old", 0600);
		swap = open_it();
		if (i == 0)
			write_file(path, "OLD", 0600);
		if (i == 1) {
			write_file(other, "old", 0600);
			assert_int_equal(rename(other, path), 0);
		}
		if (i == 2)
			assert_int_equal(unlink(path), 0);
		assert_false(file_swap_write(&swap, "new", 3, &err));
		assert_int_equal(err.code, ERROR_FAILED);
		assert_non_null(strstr(err.message, "changed"));
		file_swap_close(&swap);
		if (i == 0)
			expect_file(path, "OLD");
		if (i == 1)
			expect_file(path, "old");
		if (i == 2)
			assert_int_equal(access(path, F_OK), -1);
	}
}

static void a_file_that_appeared_meanwhile_stays(void **state)
{
	struct file_swap swap = open_it();
	struct error err;

	(void)state;
	assert_false(swap.there);
	write_file(path, "somebody's", 0600);
	assert_false(file_swap_write(&swap, "new", 3, &err));
	file_swap_close(&swap);
	expect_file(path, "somebody's");
}

static void a_new_file_is_private_and_can_go_again(void **state)
{
	struct file_swap swap = open_it();
	struct error err;
	struct stat st;

	(void)state;
	assert_true(file_swap_write(&swap, "new", 3, &err));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(file_swap_remove(&swap, &err));
	assert_int_equal(access(path, F_OK), -1);
	file_swap_close(&swap);
}

static void a_second_run_does_not_get_the_lock(void **state)
{
	struct file_swap swap, again;
	struct error err;

	(void)state;
	write_file(path, "old", 0600);
	swap = open_it();
	assert_false(file_swap_open(&again, path, LIMIT, true, &err));
	assert_non_null(strstr(err.message, "lock"));
	assert_true(file_swap_write(&swap, "new", 3, &err));
	assert_false(file_swap_open(&again, path, LIMIT, true, &err));
	file_swap_close(&swap);
	again = open_it();
	file_swap_close(&again);
}

static void what_a_killed_run_left_is_replaced(void **state)
{
	struct file_swap swap;
	char beside[160];
	struct error err;

	(void)state;
	(void)snprintf(beside, sizeof(beside), "%s/.file.credvault-new", folder);
	write_file(beside, "half", 0600);
	write_file(path, "old", 0600);
	swap = open_it();
	assert_true(file_swap_write(&swap, "new", 3, &err));
	file_swap_close(&swap);
	expect_file(path, "new");
	assert_int_equal(access(beside, F_OK), -1);
}

static void what_is_no_plain_file_is_refused(void **state)
{
	struct file_swap swap;
	struct error err;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(file_swap_open(&swap, path, LIMIT, true, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/nowhere/at/all", path), 0);
	assert_false(file_swap_open(&swap, path, LIMIT, true, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_int_equal(unlink(path), 0);
	write_file(path, "much", 0600);
	assert_false(file_swap_open(&swap, path, 3, true, &err));
	assert_int_equal(err.code, ERROR_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, enter, leave)
	    TEST(a_file_gets_new_bytes_and_keeps_its_mode),
	    TEST(a_link_is_written_at_its_target),
	    TEST(a_file_with_two_names_is_refused),
	    TEST(nothing_is_written_over_what_changed_meanwhile),
	    TEST(a_file_that_appeared_meanwhile_stays),
	    TEST(a_new_file_is_private_and_can_go_again),
	    TEST(a_second_run_does_not_get_the_lock),
	    TEST(what_a_killed_run_left_is_replaced),
	    TEST(what_is_no_plain_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
