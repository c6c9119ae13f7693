/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_STORE_ROLLING_H
#define CV_TESTS_STORE_ROLLING_H

#include "tests/store/verify_log.h"
#include "tests/store/fixture.h"
#include "vault/base/file.h"
#include "vault/store/log/segment_check.h"
#include "vault/store/log/segment_file.h"
#include "vault/store/change/segment_roll.h"

/** A log of small segments: SMALL entries each. */

enum { SMALL = 4 };

static UNUSED void append_number(struct vault *vault, unsigned int number)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "entry %u", number);
	append(vault, text);
}

/** Entries up to number `last`; a segment is closed by the first commit after it is full. */
static UNUSED void append_to(struct vault *vault, unsigned int last)
{
	segment_set_limits(vault->store, SMALL, UINT64_MAX / 16);
	for (unsigned int i = (unsigned int)log_count(vault) + 1; i <= last; i++)
		append_number(vault, i);
}

static UNUSED bool same_text(void *arg, uint64_t seq, const struct buf *plain, struct error *err)
{
	uint64_t *next = arg;
	char text[64];

	(void)err;
	assert_int_equal(seq, *next);
	(*next)++;
	(void)snprintf(text, sizeof(text), "entry %u", (unsigned int)seq);
	assert_int_equal(plain->len, strlen(text));
	assert_memory_equal(plain->data, text, plain->len);
	return true;
}

/** Every entry is there, says what it said, and the chain is whole. */
static UNUSED void log_is_whole(struct store *store, uint64_t last)
{
	uint64_t next = 1;

	REQUIRE(segment_each(store, 1, UINT64_MAX, same_text, &next, err));
	assert_int_equal(next, last + 1);
	REQUIRE(verify_log(store, err));
}

/** Every plain file of one directory, into another that is made for it. */
static UNUSED void copy_files(const char *from, const char *to)
{
	struct dirent *entry;
	DIR *dir = opendir(from);

	assert_non_null(dir);
	assert_int_equal(mkdir(to, 0700), 0);
	while ((entry = readdir(dir))) {
		struct buf data = BUF_INIT(0);
		char path[600];
		int fd;

		(void)snprintf(path, sizeof(path), "%s/%s", from, entry->d_name);
		if (entry->d_type != DT_REG)
			continue;
		REQUIRE(file_read(path, 64 * 1024 * 1024, &data, err));
		(void)snprintf(path, sizeof(path), "%s/%s", to, entry->d_name);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		assert_true(fd >= 0 && file_write_all(fd, data.data, data.len));
		(void)close(fd);
		buf_clear(&data);
	}
	(void)closedir(dir);
}

static UNUSED void remove_files(const char *directory)
{
	struct dirent *entry;
	DIR *dir = opendir(directory);
	char path[600];

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (entry->d_name[0] != '.')
			(void)unlink(path);
	}
	(void)closedir(dir);
	assert_int_equal(rmdir(directory), 0);
}

static UNUSED void path_of(const struct vault *vault, size_t at, char out[static SEGMENT_PATH_MAX])
{
	assert_true(at < vault->store->state.closed_count);
	segment_file_path(vault->store, &vault->store->state.closed[at], out);
}

#endif
