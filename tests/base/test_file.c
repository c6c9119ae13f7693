/* SPDX-License-Identifier: MIT */
#include "vault/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/skip.h"

static char root[PATH_MAX];

/* A path inside the test's own directory; two may be in use at a time. */
static const char *at(const char *name)
{
	static char paths[2][PATH_MAX * 2];
	static int turn;

	turn = !turn;
	(void)snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", root, name);
	return paths[turn];
}

static void make_file(const char *name, const char *content, mode_t mode)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_true(file_write_all(fd, content, strlen(content)));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void expect_unsafe(const char *name, const char *hint)
{
	struct error err = ERROR_INIT;
	bool exists = false;

	assert_false(file_check_private(at(name), 1000, &exists, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_true(exists);
	assert_true(strlen(err.hint) > 0 || !hint);
	if (hint && !strstr(err.hint, hint))
		fail_msg("%s: %s", err.message, err.hint);
}

static void a_private_file_is_accepted_and_an_absent_one_is_no_error(void **state)
{
	struct error err = ERROR_INIT;
	bool exists = false;

	(void)state;
	make_file("f", "12345", 0600);
	assert_true(file_check_private(at("f"), 5, &exists, &err));
	assert_true(exists);
	assert_true(file_check_private(at("absent"), 5, &exists, &err));
	assert_false(exists);
	assert_int_equal(chmod(at("f"), 0400), 0);
	assert_true(file_check_private(at("f"), 5, &exists, &err));
	assert_false(file_check_private(at("f"), 4, &exists, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
}

static void a_file_that_others_can_reach_is_refused_with_the_fix(void **state)
{
	static const mode_t modes[] = {0640, 0620, 0610, 0604, 0602, 0601, 0666, 0777};

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		make_file("f", "x", modes[i]);
		expect_unsafe("f", "chmod 600 /");
	}
}

static void trap_hard_links_accepted_by_nofollow_are_refused(void **state)
{
	(void)state;
	make_file("f", "x", 0600);
	assert_int_equal(link(at("f"), at("second")), 0);
	expect_unsafe("f", "-samefile");
	expect_unsafe("second", "-samefile");
	assert_int_equal(unlink(at("second")), 0);
}

static void a_symbolic_link_is_refused_even_to_a_good_file(void **state)
{
	(void)state;
	make_file("f", "x", 0600);
	assert_int_equal(symlink(at("f"), at("link")), 0);
	expect_unsafe("link", "readlink");
	assert_int_equal(unlink(at("f")), 0);
	expect_unsafe("link", "readlink");
	assert_int_equal(unlink(at("link")), 0);
}

static void what_is_no_plain_file_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	expect_unsafe("fifo", "ls");
	assert_int_equal(mkdir(at("dir"), 0700), 0);
	expect_unsafe("dir", "ls");
	assert_int_equal(unlink(at("fifo")), 0);
	assert_int_equal(rmdir(at("dir")), 0);
}

static void a_file_of_another_user_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip_because("only root can give a file away");
	make_file("f", "x", 0600);
	assert_int_equal(chown(at("f"), 65534, 65534), 0);
	expect_unsafe("f", "ls -l");
}

static void paths_in_errors_are_escaped(void **state)
{
	struct error err = ERROR_INIT;
	bool exists;

	(void)state;
	make_file("a\x1b[2Jb", "x", 0644);
	assert_false(file_check_private(at("a\x1b[2Jb"), 1000, &exists, &err));
	assert_null(strchr(err.message, '\x1b'));
	assert_null(strchr(err.hint, '\x1b'));
	assert_non_null(strstr(err.message, "a\\x1b[2Jb"));
}

static void a_directory_that_others_can_write_is_refused(void **state)
{
	static const mode_t modes[] = {0770, 0720, 0702, 0777, 01777};
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(mkdir(at("d"), 0700), 0);
	assert_int_equal(mkdir(at("d/inner"), 0755), 0);
	assert_true(file_check_directory(at("d/inner"), &err));
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(at("d"), modes[i]), 0);
		assert_false(file_check_directory(at("d"), &err));
		assert_int_equal(err.code, ERROR_UNSAFE_FILE);
		assert_non_null(strstr(err.hint, "chmod go-w /"));
		/* As a parent, only root's own sticky directory will do. */
		if (modes[i] == 01777 && geteuid() == 0)
			assert_true(file_check_directory(at("d/inner"), &err));
		else
			assert_false(file_check_directory(at("d/inner"), &err));
	}
	assert_int_equal(rmdir(at("d/inner")), 0);
	assert_int_equal(rmdir(at("d")), 0);
}

static void a_sticky_parent_of_root_is_accepted(void **state)
{
	struct error err = ERROR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(stat("/tmp", &st), 0);
	if (st.st_uid != 0 || (st.st_mode & 01002) != 01002)
		skip_because("/tmp is no sticky directory of root here");
	assert_true(file_check_directory(root, &err));
	assert_false(file_check_directory("/tmp", &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
}

static void a_directory_of_another_user_is_refused_also_as_a_parent(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	if (geteuid() != 0)
		skip_because("only root can give a directory away");
	assert_int_equal(mkdir(at("d"), 0700), 0);
	assert_int_equal(mkdir(at("d/inner"), 0700), 0);
	assert_int_equal(chown(at("d"), 65534, 65534), 0);
	assert_false(file_check_directory(at("d"), &err));
	assert_false(file_check_directory(at("d/inner"), &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_int_equal(rmdir(at("d/inner")), 0);
	assert_int_equal(rmdir(at("d")), 0);
}

static void a_directory_check_wants_an_absolute_directory(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(file_check_directory("/", &err));
	assert_false(file_check_directory("relative", &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_false(file_check_directory("", &err));
	assert_false(file_check_directory(at("nothing-here"), &err));
	make_file("f", "x", 0600);
	assert_false(file_check_directory(at("f"), &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
}

static void a_path_is_resolved_but_for_its_last_part(void **state)
{
	struct error err = ERROR_INIT;
	char out[PATH_MAX], want[PATH_MAX * 2];

	(void)state;
	assert_int_equal(mkdir(at("real"), 0700), 0);
	assert_int_equal(symlink(at("real"), at("alias")), 0);
	assert_int_equal(symlink("/etc/passwd", at("real/leaf")), 0);
	(void)snprintf(want, sizeof(want), "%s/real/leaf", root);
	assert_true(file_resolve(at("alias/../alias//leaf"), out, &err));
	assert_string_equal(out, want);
	assert_true(file_resolve("/vault.db", out, &err));
	assert_string_equal(out, "/vault.db");
	assert_int_equal(chdir(root), 0);
	assert_true(file_resolve("plain", out, &err));
	(void)snprintf(want, sizeof(want), "%s/plain", root);
	assert_string_equal(out, want);
	assert_int_equal(unlink(at("real/leaf")), 0);
	assert_int_equal(unlink(at("alias")), 0);
	assert_int_equal(rmdir(at("real")), 0);
}

static void what_names_no_file_is_not_resolved(void **state)
{
	static const char *const bad[] = {"", "/", "dir/", ".", "..", "/tmp/.."};
	struct error err = ERROR_INIT;
	char out[PATH_MAX], big[PATH_MAX + 10];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(file_resolve(bad[i], out, &err));
		assert_int_equal(err.code, ERROR_USAGE);
	}
	assert_false(file_resolve(at("nothing-here/f"), out, &err));
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_false(file_resolve(big, out, &err));
	assert_int_equal(err.code, ERROR_USAGE);
}

static void missing_directories_are_made_private(void **state)
{
	struct error err = ERROR_INIT;
	struct stat st;

	(void)state;
	assert_true(file_make_directory(at("a/b/c"), &err));
	assert_true(file_make_directory(at("a/b/c"), &err));
	assert_int_equal(stat(at("a/b"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	make_file("f", "x", 0600);
	assert_false(file_make_directory(at("f/below"), &err));
	assert_int_equal(err.code, ERROR_IO);
	assert_false(file_make_directory("", &err));
	assert_int_equal(rmdir(at("a/b/c")) + rmdir(at("a/b")) + rmdir(at("a")), 0);
}

static void only_a_directory_of_mode_0700_is_ours_alone(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("a"), 0700), 0);
	assert_true(file_is_private_directory(at("a")));
	assert_int_equal(chmod(at("a"), 0710), 0);
	assert_false(file_is_private_directory(at("a")));
	assert_int_equal(errno, EPERM);
	assert_int_equal(chmod(at("a"), 0700), 0);
	make_file("f", "x", 0700);
	assert_false(file_is_private_directory(at("f")));
	assert_int_equal(errno, EPERM);
	assert_int_equal(unlink(at("f")), 0);
	assert_int_equal(symlink("a", at("f")), 0);
	assert_false(file_is_private_directory(at("f")));
	assert_int_equal(errno, EPERM);
	assert_int_equal(rmdir(at("a")), 0);
	assert_false(file_is_private_directory(at("a")));
	assert_int_equal(errno, ENOENT);
}

static void the_directory_of_a_file_is_synced_where_there_is_one(void **state)
{
	(void)state;
	assert_true(file_sync_directory(at("f")));
	assert_true(file_sync_directory("f"));
	assert_true(file_sync_directory("/f"));
	assert_false(file_sync_directory(at("missing/f")));
	assert_int_equal(errno, ENOENT);
}

static void a_whole_file_is_read_up_to_its_limit(void **state)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;
	char *big = malloc(10001);

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 10000);
	big[10000] = '\0';
	make_file("f", big, 0644);
	assert_true(file_read(at("f"), 10000, &out, &err));
	assert_int_equal(out.len, 10000);
	assert_string_equal(buf_text(&out), big);
	buf_clear(&out);
	assert_false(file_read(at("f"), 9999, &out, &err));
	assert_int_equal(err.code, ERROR_FAILED);
	buf_clear(&out);
	make_file("f", "", 0600);
	assert_true(file_read(at("f"), 100, &out, &err));
	assert_string_equal(buf_text(&out), "");
	buf_clear(&out);
	free(big);
}

static void reading_a_fifo_or_a_device_is_refused_and_does_not_hang(void **state)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_false(file_read(at("fifo"), 100, &out, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_false(file_read("/dev/zero", 100, &out, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_false(file_read(root, 100, &out, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_false(file_read(at("nothing-here"), 100, &out, &err));
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	buf_clear(&out);
	assert_int_equal(unlink(at("fifo")), 0);
}

static void a_descriptor_is_read_in_whatever_pieces_it_comes(void **state)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_true(file_write_all(pair[0], "one ", 4));
	assert_true(file_write_all(pair[0], "two", 3));
	(void)close(pair[0]);
	assert_true(file_read_fd(pair[1], 7, &out, &err));
	assert_string_equal(buf_text(&out), "one two");
	(void)close(pair[1]);
	buf_clear(&out);
	assert_false(file_read_fd(pair[1], 7, &out, &err));
	assert_int_equal(err.code, ERROR_IO);
	buf_clear(&out);
}

static int entries(void)
{
	DIR *dir = opendir(root);
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n - 2;
}

static void replacing_gives_a_new_private_file_and_leaves_nothing_beside_it(void **state)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct stat before, after;

	(void)state;
	make_file("f", "old", 0644);
	assert_int_equal(stat(at("f"), &before), 0);
	int count = entries();

	assert_true(file_replace(at("f"), "new content", 11, &err));
	assert_int_equal(stat(at("f"), &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_int_equal(after.st_mode & 07777, 0600);
	assert_true(file_read(at("f"), 100, &out, &err));
	assert_string_equal(buf_text(&out), "new content");
	assert_int_equal(entries(), count);
	buf_clear(&out);
}

static void a_failed_replacement_keeps_the_old_file(void **state)
{
	struct error err = ERROR_INIT;
	int count;

	(void)state;
	assert_int_equal(mkdir(at("d"), 0700), 0);
	make_file("d/inner", "x", 0600);
	count = entries();
	/* A directory cannot be replaced by a file, whoever asks. */
	assert_false(file_replace(at("d"), "new", 3, &err));
	assert_int_equal(err.code, ERROR_IO);
	assert_int_equal(entries(), count);
	assert_false(file_replace(at("nothing-here/f"), "new", 3, &err));
	assert_int_equal(unlink(at("d/inner")) + rmdir(at("d")), 0);
}

static void a_full_disk_is_an_error_of_writing(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_false(file_write_all(fd, "x", 1));
	assert_true(file_write_all(fd, "", 0));
	(void)close(fd);
}

static void a_name_is_what_stands_behind_the_last_slash(void **state)
{
	(void)state;
	assert_string_equal(file_name("/a/b"), "b");
	assert_string_equal(file_name("b"), "b");
	assert_string_equal(file_name("/a/"), "");
}

static int clean(void **state)
{
	static const char *const names[] = {"f", "second", "link", "fifo", "a\x1b[2Jb"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(at(names[i]));
	return 0;
}

static int make_root(void **state)
{
	char name[] = "/tmp/credvault-test-XXXXXX";

	(void)state;
	(void)umask(022);
	return mkdtemp(name) && realpath(name, root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)clean(state);
	return chdir("/") == 0 ? rmdir(root) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(a_private_file_is_accepted_and_an_absent_one_is_no_error,
				      clean),
	    cmocka_unit_test_teardown(a_file_that_others_can_reach_is_refused_with_the_fix, clean),
	    cmocka_unit_test_teardown(trap_hard_links_accepted_by_nofollow_are_refused, clean),
	    cmocka_unit_test_teardown(a_symbolic_link_is_refused_even_to_a_good_file, clean),
	    cmocka_unit_test_teardown(what_is_no_plain_file_is_refused, clean),
	    cmocka_unit_test_teardown(a_file_of_another_user_is_refused, clean),
	    cmocka_unit_test_teardown(paths_in_errors_are_escaped, clean),
	    cmocka_unit_test(a_directory_that_others_can_write_is_refused),
	    cmocka_unit_test(a_sticky_parent_of_root_is_accepted),
	    cmocka_unit_test(a_directory_of_another_user_is_refused_also_as_a_parent),
	    cmocka_unit_test_teardown(a_directory_check_wants_an_absolute_directory, clean),
	    cmocka_unit_test(a_path_is_resolved_but_for_its_last_part),
	    cmocka_unit_test(what_names_no_file_is_not_resolved),
	    cmocka_unit_test_teardown(missing_directories_are_made_private, clean),
	    cmocka_unit_test_teardown(only_a_directory_of_mode_0700_is_ours_alone, clean),
	    cmocka_unit_test(the_directory_of_a_file_is_synced_where_there_is_one),
	    cmocka_unit_test_teardown(a_whole_file_is_read_up_to_its_limit, clean),
	    cmocka_unit_test_teardown(reading_a_fifo_or_a_device_is_refused_and_does_not_hang,
				      clean),
	    cmocka_unit_test(a_descriptor_is_read_in_whatever_pieces_it_comes),
	    cmocka_unit_test_teardown(
		replacing_gives_a_new_private_file_and_leaves_nothing_beside_it, clean),
	    cmocka_unit_test_teardown(a_failed_replacement_keeps_the_old_file, clean),
	    cmocka_unit_test(a_full_disk_is_an_error_of_writing),
	    cmocka_unit_test(a_name_is_what_stands_behind_the_last_slash),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
