/* SPDX-License-Identifier: MIT */
#include "tests/store/rolling.h"

/** What somebody with the files can do to closed segments, and what checking says of it. */

struct found {
	size_t count;
	struct segment_problem at[8];
	uint64_t good;
};

static bool find(void *arg, const struct segment_problem *problem, struct error *err)
{
	struct found *found = arg;

	(void)err;
	if (found->count < 8)
		found->at[found->count] = *problem;
	found->count++;
	return true;
}

static bool count_good(void *arg, uint64_t seq, const struct buf *plain, struct error *err)
{
	struct found *found = arg;

	(void)seq;
	(void)plain;
	(void)err;
	found->good++;
	return true;
}

static struct found check(struct vault *vault)
{
	struct found found = {.count = 0};
	const struct segment_watch watch = {.entry = count_good, .problem = find, .arg = &found};

	REQUIRE(segment_check(vault->store, &watch, err));
	return found;
}

enum { LAST = 3 * SMALL + 2 };

static int setup_log(void **state)
{
	(void)vault_setup_created(state);
	append_to(*state, LAST);
	return 0;
}

static void read_whole(const char *path, struct buf *out)
{
	*out = BUF_INIT(0);
	REQUIRE(segment_file_read(path, out, err));
}

static void put_bytes(const char *path, const void *data, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

/* The only problem is one of the second segment, with these entries lost. */
static void only(const struct found *found, uint64_t from, uint64_t to)
{
	if (found->count != 1 || found->at[0].from != from || found->at[0].to != to)
		fail_msg("%zu problems, the first: %llu to %llu: %s", found->count,
			 (unsigned long long)found->at[0].from, (unsigned long long)found->at[0].to,
			 found->at[0].what);
	assert_int_equal(found->good, LAST - (from ? to - from + 1 : 0));
}

static void every_byte_that_is_changed_is_noticed_and_its_entry_named(void **state)
{
	struct vault *vault = *state;
	char path[SEGMENT_PATH_MAX];
	size_t head, row, step = getenv("CREDVAULT_UNDER_VALGRIND") ? 41 : 3;
	struct buf file;

	path_of(vault, 1, path);
	read_whole(path, &file);
	row = 4 + SEAL_NONCE_BYTES + 512 + SEAL_TAG_BYTES;
	head = file.len - SMALL * row;
	for (size_t at = 0; at < file.len; at += at < head + 40 ? 1 : step) {
		size_t in = at < head ? 0 : (at - head) % row;
		uint64_t seq = SMALL + 1 + (at < head ? 0 : (at - head) / row);
		struct found found;

		file.data[at] = (char)(file.data[at] ^ (1 << (at % 8)));
		put_bytes(path, file.data, file.len);
		found = check(vault);
		file.data[at] = (char)(file.data[at] ^ (1 << (at % 8)));
		assert_true(found.count >= 1);
		if (at < head)
			only(&found, SMALL + 1, 2 * SMALL);
		else if (in >= 4)
			only(&found, seq, seq);
		else
			/* Without its length nothing behind it can be found. */
			assert_int_equal(found.at[0].from, seq);
	}
	put_bytes(path, file.data, file.len);
	assert_int_equal(check(vault).count, 0);
	buf_clear(&file);
}

static void a_file_cut_anywhere_loses_what_was_behind(void **state)
{
	struct vault *vault = *state;
	char path[SEGMENT_PATH_MAX];
	size_t head, row;
	struct buf file;

	path_of(vault, 1, path);
	read_whole(path, &file);
	row = 4 + SEAL_NONCE_BYTES + 512 + SEAL_TAG_BYTES;
	head = file.len - SMALL * row;
	for (uint64_t kept = 0; kept < SMALL; kept++) {
		struct found found;

		put_bytes(path, file.data, head + kept * row);
		found = check(vault);
		only(&found, SMALL + 1 + kept, 2 * SMALL);
		put_bytes(path, file.data, head + kept * row + 100);
		found = check(vault);
		only(&found, SMALL + 1 + kept, 2 * SMALL);
	}
	put_bytes(path, file.data, head / 2);
	assert_int_equal(check(vault).at[0].to, 2 * SMALL);
	put_bytes(path, "", 0);
	assert_int_equal(check(vault).at[0].from, SMALL + 1);
	buf_clear(&file);
}

static void entries_that_were_exchanged_added_or_doubled_are_noticed(void **state)
{
	struct vault *vault = *state;
	char path[SEGMENT_PATH_MAX], *copy;
	size_t head, row;
	struct found found;
	struct buf file;

	path_of(vault, 1, path);
	read_whole(path, &file);
	row = 4 + SEAL_NONCE_BYTES + 512 + SEAL_TAG_BYTES;
	head = file.len - SMALL * row;
	copy = malloc(file.len + row);
	assert_non_null(copy);
	memcpy(copy, file.data, file.len);
	memcpy(copy + head, file.data + head + row, row);
	memcpy(copy + head + row, file.data + head, row);
	put_bytes(path, copy, file.len);
	found = check(vault);
	only(&found, SMALL + 1, SMALL + 2);
	memcpy(copy, file.data, file.len);
	memcpy(copy + file.len, file.data + file.len - row, row);
	put_bytes(path, copy, file.len + row);
	found = check(vault);
	only(&found, 0, 0);
	memcpy(copy + head, file.data + head + row, file.len - head - row);
	put_bytes(path, copy, file.len - row);
	found = check(vault);
	assert_int_equal(found.good, LAST - SMALL);
	free(copy);
	buf_clear(&file);
}

static void files_that_are_missing_exchanged_or_foreign_are_named(void **state)
{
	struct vault *vault = *state;
	char first[SEGMENT_PATH_MAX], second[SEGMENT_PATH_MAX], other[SEGMENT_PATH_MAX + 8];
	struct found found;

	path_of(vault, 0, first);
	path_of(vault, 1, second);
	(void)snprintf(other, sizeof(other), "%s.x", first);
	assert_int_equal(rename(first, other), 0);
	found = check(vault);
	only(&found, 1, SMALL);
	assert_string_equal(found.at[0].what, "the file is missing");
	assert_non_null(strstr(first, found.at[0].file));
	assert_int_equal(rename(second, first), 0);
	assert_int_equal(rename(other, second), 0);
	found = check(vault);
	assert_int_equal(found.count, 2);
	assert_true(found.at[0].from == 1 && found.at[0].to == SMALL);
	assert_true(found.at[1].from == SMALL + 1 && found.at[1].to == 2 * SMALL);
	assert_int_equal(rename(second, other), 0);
	assert_int_equal(rename(first, second), 0);
	assert_int_equal(rename(other, first), 0);
	assert_int_equal(check(vault).count, 0);
	(void)snprintf(other, sizeof(other), "%s.log-00112233445566778899aabbccddeeff",
		       vault->path);
	put_bytes(other, "x", 1);
	found = check(vault);
	only(&found, 0, 0);
	assert_non_null(strstr(other, found.at[0].file));
}

/* CVE-2023-31438 was a log that could be cut off and gone on with. */
static void what_is_missing_in_the_open_part_is_named(void **state)
{
	struct vault *vault = *state;
	struct found found;

	assert_int_equal(
	    sqlite3_exec(vault->store->db, "DELETE FROM log WHERE seq = 13", NULL, NULL, NULL),
	    SQLITE_OK);
	found = check(vault);
	only(&found, 13, 13);
	assert_int_equal(sqlite3_exec(vault->store->db, "DELETE FROM log", NULL, NULL, NULL),
			 SQLITE_OK);
	found = check(vault);
	only(&found, 13, LAST);
}

int main(void)
{
#define LOG_TEST(name_) cmocka_unit_test_setup_teardown(name_, setup_log, vault_teardown)
	const struct CMUnitTest tests[] = {
	    LOG_TEST(every_byte_that_is_changed_is_noticed_and_its_entry_named),
	    LOG_TEST(a_file_cut_anywhere_loses_what_was_behind),
	    LOG_TEST(entries_that_were_exchanged_added_or_doubled_are_noticed),
	    LOG_TEST(files_that_are_missing_exchanged_or_foreign_are_named),
	    LOG_TEST(what_is_missing_in_the_open_part_is_named),
	};

	return cmocka_run_group_tests_name("segment_tamper", tests, NULL, NULL);
}
