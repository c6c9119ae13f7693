/* SPDX-License-Identifier: MIT */
#include "cli/profile/written_file.h"

#include "tests/fault/cut.h"
#include "tests/fault/disk.h"
#include "tests/fault/files.h"

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

/* A file of `export --write` at every write: the old one or the new one, and known as ours. */

enum { NAME_BYTES = 64, PATH_BYTES = 128 };

static const char *const contents[] = {NULL, "{\"old\":\"credentials\"}\n", "{\"new\":\"ones\"}\n"};
enum content { ABSENT, OLD, NEW };

static char root[NAME_BYTES], records[PATH_BYTES], path[PATH_BYTES];

static int make_root(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/cv-fault-written-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	(void)snprintf(records, sizeof(records), "%s/" FILES_STATE, root);
	(void)snprintf(path, sizeof(path), "%s/aws.json", root);
	disk_watch(root);
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	files_remove(root);
	return rmdir(root);
}

static bool put(struct written_file *file, enum content content)
{
	struct buf text = BUF_INIT(4096);
	struct error err = ERROR_INIT;
	bool done;

	done = buf_text_append(&text, contents[content], &err) &&
	       written_file_put(file, &text, &err);
	buf_clear(&text);
	return done;
}

/* An export: takes the path and writes the new content. */
static bool export(void)
{
	struct written_file file;
	struct error err = ERROR_INIT;
	bool done = written_file_open(records, "/vault.db", path, &file, &err) && put(&file, NEW);

	written_file_close(&file);
	return done;
}

/* What is there before the export. */
static void begin(enum content content)
{
	struct written_file file;
	struct error err = ERROR_INIT;

	files_remove(root);
	if (content == ABSENT)
		return;
	assert_true(written_file_open(records, "/vault.db", path, &file, &err));
	assert_true(put(&file, content));
	written_file_close(&file);
}

/* What the file holds; anything else than the three contents fails the test. */
static enum content look(void)
{
	char got[256];
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file)
		return ABSENT;
	n = fread(got, 1, sizeof(got) - 1, file);
	got[n] = '\0';
	(void)fclose(file);
	for (enum content i = OLD; i <= NEW; i++) {
		if (strcmp(got, contents[i]) == 0)
			return i;
	}
	fail_msg("a file that is neither old nor new: %zu bytes", n);
	return ABSENT;
}

static void tell(void *ctx, const char *name, const struct error *why)
{
	(void)ctx;
	(void)name;
	if (why)
		fail_msg("not known as ours: %s", why->message);
}

/* Whatever has happened: a lock leaves nothing, and another export is possible. */
static void assert_mendable(void)
{
	struct files files = {.count = 0};
	char left[PATH_BYTES];

	written_files_remove(records, "/vault.db", tell, NULL);
	assert_int_equal(look(), ABSENT);
	files_read(root, &files);
	for (size_t i = 0; i < files.count; i++)
		assert_int_equal(files.at[i].len, 0);
	files_clear(&files);
	/* What the new content stood in until it had its name. */
	assert_true(export());
	(void)snprintf(left, sizeof(left), "%s/.aws.json.credvault", root);
	assert_int_not_equal(access(left, F_OK), 0);
	assert_int_equal(look(), NEW);
}

/* The whole act, counted; then each of its calls in every way. */
static void every_call(enum content before)
{
	static const enum disk_fault ways[] = {DISK_DIE_BEFORE,	  DISK_DIE_AFTER, DISK_TORN,
					       DISK_EIO,	  DISK_ENOSPC,	  DISK_EIO_STAYS,
					       DISK_ENOSPC_STAYS, DISK_FULL};
	uint64_t calls;

	begin(before);
	disk_count();
	assert_true(export());
	calls = disk_counted();
	disk_disarm();
	assert_true(calls >= 8);
	for (uint64_t at = 1; at <= calls; at++) {
		for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
			enum content after;
			int status;
			pid_t child;

			begin(before);
			child = fork();
			if (child == 0) {
				disk_arm(at, ways[way]);
				_exit(export() ? 0 : 1);
			}
			assert_int_equal(waitpid(child, &status, 0), child);
			assert_true(WIFEXITED(status));
			after = look();
			assert_true(after == before || after == NEW);
			if (WEXITSTATUS(status) == 0)
				assert_int_equal(after, NEW);
			assert_mendable();
		}
	}
}

static void a_call_that_fails_or_never_returns_leaves_the_old_file_or_the_new(void **state)
{
	(void)state;
	every_call(OLD);
	every_call(ABSENT);
}

struct stage {
	struct files files;
	enum content before;
	size_t acknowledged;
	size_t points;
};

static void one_cut(void *arg, const struct cut *cut)
{
	struct stage *stage = arg;
	struct files files;
	enum content after;

	cut_make(&stage->files, cut, &files);
	files_write(root, &files);
	files_clear(&files);
	/* The folder of the records is made when it is missing. */
	after = look();
	assert_true(after == stage->before || after == NEW);
	if (cut->moment >= stage->acknowledged)
		assert_int_equal(after, NEW);
	assert_mendable();
	stage->points++;
}

static void power_cuts(enum content before)
{
	static const struct cut_reach reach = {.singles = 16, .dice = 8};
	struct stage stage = {.before = before};
	struct cut cut = {.moment = 0};
	size_t count;

	begin(before);
	if (before == ABSENT)
		assert_int_equal(mkdir(records, 0700), 0);
	files_read(root, &stage.files);
	disk_record();
	assert_true(export());
	cut.events = disk_events(&stage.acknowledged);
	disk_record_end();
	count = stage.acknowledged;
	cut.safe = calloc(count + 1, sizeof(*cut.safe));
	assert_non_null(cut.safe);
	for (cut.moment = 0; cut.moment <= count; cut.moment++)
		cut_each(&cut, &reach, one_cut, &stage);
	assert_true(stage.points > count);
	free(cut.safe);
	disk_events_clear();
	files_clear(&stage.files);
}

static void a_power_cut_leaves_the_old_file_or_the_new_and_what_was_acknowledged(void **state)
{
	(void)state;
	power_cuts(OLD);
	power_cuts(ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_call_that_fails_or_never_returns_leaves_the_old_file_or_the_new),
	    cmocka_unit_test(a_power_cut_leaves_the_old_file_or_the_new_and_what_was_acknowledged),
	};

	return cmocka_run_group_tests_name("written_file", tests, make_root, remove_root);
}
