/* SPDX-License-Identifier: MIT */
#include "cli/profile/written_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64], records[128], path[128], target[128];

static int make_root(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/cv-written-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	(void)snprintf(records, sizeof(records), "%s/state/written", root);
	(void)snprintf(path, sizeof(path), "%s/aws.json", root);
	(void)snprintf(target, sizeof(target), "%s/target", root);
	return 0;
}

static int remove_root(void **state)
{
	char state_folder[128];

	(void)state;
	(void)snprintf(state_folder, sizeof(state_folder), "%s/state", root);
	return rmdir(records) || rmdir(state_folder) || unlink(target) || rmdir(root);
}

static bool try_open(struct written_file *file, struct error *err)
{
	return written_file_open(records, "/vault.db", path, file, err);
}

static void put(struct written_file *file, const char *text)
{
	struct buf buf = BUF_INIT(4096);
	struct error err = ERROR_INIT;

	assert_true(buf_text_append(&buf, text, &err));
	assert_true(written_file_put(file, &buf, &err));
	buf_clear(&buf);
}

static bool try_put(struct written_file *file, const char *text, struct error *err)
{
	struct buf buf = BUF_INIT(4096);
	bool done;

	assert_true(buf_text_append(&buf, text, err));
	done = written_file_put(file, &buf, err);
	buf_clear(&buf);
	return done;
}

/* By hand, as another program would. */
static void scribble(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void assert_holds(const char *name, const char *text)
{
	char got[256];
	FILE *file = fopen(name, "r");

	assert_non_null(file);
	got[fread(got, 1, sizeof(got) - 1, file)] = '\0';
	(void)fclose(file);
	assert_string_equal(got, text);
}

static bool is_there(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0;
}

struct told {
	size_t removed, kept;
};

static void tell(void *ctx, const char *name, const struct error *why)
{
	struct told *told = ctx;

	assert_string_equal(name, path);
	told->removed += !why;
	told->kept += why != NULL;
}

static struct told remove_all(void)
{
	struct told told = {.removed = 0};

	written_files_remove(records, "/vault.db", tell, &told);
	return told;
}

static void a_file_is_private_and_is_replaced_whole(void **state)
{
	struct written_file file;
	struct error err;
	struct stat first, second;

	(void)state;
	assert_true(try_open(&file, &err));
	put(&file, "one");
	assert_int_equal(stat(path, &first), 0);
	assert_int_equal(first.st_mode & 07777, 0600);
	/* Who has it open reads on in the old one. */
	put(&file, "two");
	assert_int_equal(stat(path, &second), 0);
	assert_true(first.st_ino != second.st_ino);
	assert_holds(path, "two");
	assert_true(written_file_remove(&file, &err));
	assert_false(is_there(path));
}

static void a_later_export_may_write_over_what_an_earlier_one_wrote(void **state)
{
	struct written_file file;
	struct error err;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(try_open(&file, &err));
		put(&file, "one");
		written_file_close(&file);
	}
	assert_int_equal(chmod(path, 0644), 0);
	assert_true(try_open(&file, &err));
	put(&file, "two");
	written_file_close(&file);
	assert_holds(path, "two");
	assert_int_equal(remove_all().removed, 1);
	assert_false(is_there(path));
	assert_int_equal(remove_all().removed, 0);
}

static void a_file_that_is_not_ours_is_never_touched(void **state)
{
	struct written_file file;
	struct error err;

	(void)state;
	scribble(path, "theirs");
	assert_false(try_open(&file, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_holds(path, "theirs");
	assert_int_equal(unlink(path), 0);
	/* Ours, and changed by somebody since. */
	assert_true(try_open(&file, &err));
	put(&file, "one");
	scribble(path, "one and theirs");
	assert_false(try_put(&file, "two", &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_holds(path, "one and theirs");
	assert_false(written_file_withdraw(&file, &err));
	written_file_close(&file);
	assert_false(try_open(&file, &err));
	assert_int_equal(remove_all().kept, 1);
	assert_holds(path, "one and theirs");
	assert_int_equal(remove_all().kept, 0);
	assert_int_equal(unlink(path), 0);
}

static void no_link_directory_or_fifo_is_written_through(void **state)
{
	struct written_file file;
	struct error err;

	(void)state;
	scribble(target, "theirs");
	assert_int_equal(symlink(target, path), 0);
	assert_false(try_open(&file, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/nowhere/at/all", path), 0);
	assert_false(try_open(&file, &err));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(try_open(&file, &err));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(try_open(&file, &err));
	assert_int_equal(rmdir(path), 0);
	/* A link that comes while the file is kept. */
	assert_true(try_open(&file, &err));
	put(&file, "one");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_false(try_put(&file, "two", &err));
	assert_holds(target, "theirs");
	assert_int_equal(unlink(path), 0);
	assert_true(written_file_remove(&file, &err));
}

static void one_export_keeps_a_path_at_a_time(void **state)
{
	struct written_file file, other;
	struct error err;

	(void)state;
	assert_true(try_open(&file, &err));
	put(&file, "one");
	assert_false(try_open(&other, &err));
	assert_int_equal(err.code, ERROR_FAILED);
	written_file_close(&other);
	assert_holds(path, "one");
	assert_true(written_file_remove(&file, &err));
	assert_true(try_open(&other, &err));
	assert_true(written_file_remove(&other, &err));
}

static void who_is_stopped_while_the_vault_is_locked_writes_no_more(void **state)
{
	struct written_file file;
	struct error err;

	(void)state;
	assert_true(try_open(&file, &err));
	put(&file, "one");
	assert_int_equal(remove_all().removed, 1);
	assert_false(try_put(&file, "two", &err));
	assert_int_equal(err.code, ERROR_LOCKED);
	assert_false(is_there(path));
	assert_true(written_file_remove(&file, &err));
}

static void the_files_of_another_vault_stay(void **state)
{
	struct told told = {.removed = 0};
	struct written_file file;
	struct error err;

	(void)state;
	assert_true(try_open(&file, &err));
	put(&file, "one");
	written_file_close(&file);
	written_files_remove(records, "/other.db", tell, &told);
	assert_int_equal(told.removed + told.kept, 0);
	assert_true(is_there(path));
	/* The other vault writes there: from now on it is its file. */
	assert_true(written_file_open(records, "/other.db", path, &file, &err));
	put(&file, "two");
	written_file_close(&file);
	assert_int_equal(remove_all().removed, 0);
	written_files_remove(records, "/other.db", tell, &told);
	assert_int_equal(told.removed, 1);
}

static void a_record_that_was_cut_off_anywhere_harms_nobody(void **state)
{
	char record[PATH_MAX], whole[4096], cut[4096];
	struct written_file file;
	struct error err;
	size_t len;
	FILE *stream;

	(void)state;
	assert_true(try_open(&file, &err));
	put(&file, "one");
	put(&file, "two");
	(void)snprintf(record, sizeof(record), "%s", file.record_path);
	written_file_close(&file);
	stream = fopen(record, "r");
	assert_non_null(stream);
	len = fread(whole, 1, sizeof(whole) - 1, stream);
	(void)fclose(stream);
	for (size_t n = 0; n <= len; n++) {
		memcpy(cut, whole, n);
		cut[n] = '\0';
		/* What was recorded before it was written is all that may be missing. */
		scribble(record, cut);
		scribble(path, "two");
		if (try_open(&file, &err)) {
			assert_true(n + 1 >= len);
			written_file_close(&file);
		}
		assert_holds(path, "two");
		scribble(record, cut);
		assert_int_equal(unlink(path), 0);
		assert_true(try_open(&file, &err));
		put(&file, "three");
		written_file_close(&file);
		assert_int_equal(remove_all().removed, 1);
		assert_false(is_there(path));
	}
}

static void what_a_crash_left_beside_it_goes(void **state)
{
	char left[200];
	struct written_file file;
	struct error err;

	(void)state;
	(void)snprintf(left, sizeof(left), "%s/.aws.json.credvault", root);
	scribble(left, "half");
	assert_true(try_open(&file, &err));
	assert_false(is_there(left));
	scribble(left, "half");
	put(&file, "one");
	assert_false(is_there(left));
	scribble(left, "half");
	written_file_close(&file);
	assert_int_equal(remove_all().removed, 1);
	assert_false(is_there(left));
}

static void names_that_cannot_be_kept_are_refused(void **state)
{
	static const char *const bad[] = {"", ".", "..", "/", "/tmp/", "a\nb", "/nowhere/at/all"};
	struct written_file file;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(written_file_open(records, "/vault.db", bad[i], &file, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_is_private_and_is_replaced_whole),
	    cmocka_unit_test(a_later_export_may_write_over_what_an_earlier_one_wrote),
	    cmocka_unit_test(a_file_that_is_not_ours_is_never_touched),
	    cmocka_unit_test(no_link_directory_or_fifo_is_written_through),
	    cmocka_unit_test(one_export_keeps_a_path_at_a_time),
	    cmocka_unit_test(who_is_stopped_while_the_vault_is_locked_writes_no_more),
	    cmocka_unit_test(the_files_of_another_vault_stay),
	    cmocka_unit_test(a_record_that_was_cut_off_anywhere_harms_nobody),
	    cmocka_unit_test(what_a_crash_left_beside_it_goes),
	    cmocka_unit_test(names_that_cannot_be_kept_are_refused),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
