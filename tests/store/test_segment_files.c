/* SPDX-License-Identifier: MIT */
#include "vault/store/log/segment_file.h"

#include "tests/store/verify_log.h"
#include "tests/store/rekeying.h"
#include "tests/store/rolling.h"
#include "vault/store/inspect/inspect.h"
#include "vault/store/change/segment_roll.h"
#include "vault/store/log/segment_row.h"
#include "vault/store/store.h"

static size_t closed(const struct vault *vault)
{
	return vault->store->state.closed_count;
}

static void a_full_segment_becomes_a_file_and_the_next_one_opens(void **state)
{
	struct vault *vault = *state;
	char path[SEGMENT_PATH_MAX];
	struct stat st;

	append_to(vault, 2 * SMALL);
	assert_int_equal(closed(vault), 1);
	append_to(vault, 2 * SMALL + 1);
	assert_int_equal(closed(vault), 2);
	path_of(vault, 0, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	log_is_whole(vault->store, 2 * SMALL + 1);
	vault_reopen(vault);
	assert_int_equal(closed(vault), 2);
	assert_int_equal(vault->store->state.segment.first, 2 * SMALL + 1);
	log_is_whole(vault->store, 2 * SMALL + 1);
}

static void a_segment_of_so_many_bytes_is_full_too(void **state)
{
	struct vault *vault = *state;

	segment_set_limits(vault->store, 1000, 1500);
	for (unsigned int i = 1; i <= 7; i++)
		append_number(vault, i);
	assert_int_equal(closed(vault), 2);
	vault_reopen(vault);
	segment_set_limits(vault->store, 1000, 1500);
	for (unsigned int i = 8; i <= 10; i++)
		append_number(vault, i);
	assert_int_equal(closed(vault), 3);
	log_is_whole(vault->store, 10);
}

static bool count_one(void *arg, uint64_t seq, const struct buf *plain, struct error *err)
{
	uint64_t *range = arg;

	(void)plain;
	(void)err;
	if (range[0] == 0)
		range[0] = seq;
	range[1] = seq;
	return true;
}

static void any_range_is_read_across_segments(void **state)
{
	struct vault *vault = *state;
	const uint64_t last = 3 * SMALL + 2;

	append_to(vault, (unsigned int)last);
	for (uint64_t from = 1; from <= last; from++) {
		for (uint64_t count = 1; count <= last + 2; count++) {
			uint64_t to = from + count - 1, range[2] = {0, 0};

			REQUIRE(segment_each(vault->store, from, count, count_one, range, err));
			assert_int_equal(range[0], from);
			assert_int_equal(range[1], to < last ? to : last);
		}
	}
}

static void two_segments_never_share_a_key(void **state)
{
	struct vault *vault = *state;
	struct chain_keys keys[3] = {0};

	append_to(vault, 2 * SMALL + 1);
	for (size_t i = 0; i < 2; i++)
		REQUIRE(segment_row_keys(vault->store, &vault->keys, &vault->store->state, i,
					 &keys[i], err));
	REQUIRE(secret_set(&keys[2].payload, vault->store->state.segment_keys.payload.data,
			   SEAL_KEY_BYTES, err));
	for (size_t i = 0; i < 3; i++)
		assert_memory_not_equal(keys[i].payload.data, keys[(i + 1) % 3].payload.data,
					SEAL_KEY_BYTES);
	assert_memory_not_equal(keys[0].chain.data, keys[1].chain.data, SEAL_KEY_BYTES);
	for (size_t i = 0; i < 3; i++)
		chain_keys_clear(&keys[i]);
}

static void read_whole(const char *path, struct buf *out)
{
	*out = BUF_INIT(0);
	REQUIRE(segment_file_read(path, out, err));
}

/* History is not encrypted again: only the few bytes that wrap the keys change. */
static void a_rekey_leaves_the_files_as_they_are_and_opens_them(void **state)
{
	struct vault *vault = *state;
	char path[3][SEGMENT_PATH_MAX];
	struct buf before[3], after;

	append_to(vault, 3 * SMALL + 2);
	assert_int_equal(closed(vault), 3);
	for (size_t i = 0; i < 3; i++) {
		path_of(vault, i, path[i]);
		read_whole(path[i], &before[i]);
	}
	rekey(vault);
	log_is_whole(vault->store, 3 * SMALL + 2);
	rekey(vault);
	vault_reopen(vault);
	log_is_whole(vault->store, 3 * SMALL + 2);
	for (size_t i = 0; i < 3; i++) {
		read_whole(path[i], &after);
		assert_int_equal(after.len, before[i].len);
		assert_memory_equal(after.data, before[i].data, after.len);
		buf_clear(&after);
		buf_clear(&before[i]);
	}
	append_to(vault, 5 * SMALL);
	log_is_whole(vault->store, 5 * SMALL);
}

static void a_vault_whose_files_are_gone_opens_and_goes_on(void **state)
{
	struct vault *vault = *state;
	char path[SEGMENT_PATH_MAX];
	uint64_t range[2] = {0, 0};

	append_to(vault, 2 * SMALL + 1);
	path_of(vault, 0, path);
	assert_int_equal(unlink(path), 0);
	vault_reopen(vault);
	append_to(vault, 3 * SMALL + 1);
	REFUSED(ERROR_TAMPERED, verify_log(vault->store, err));
	REFUSED(ERROR_TAMPERED, segment_each(vault->store, 2, 1, count_one, range, err));
	REQUIRE(segment_each(vault->store, SMALL + 1, 100, count_one, range, err));
	assert_int_equal(range[1], 3 * SMALL + 1);
}

static void rows_of_segments_that_were_changed_are_refused(void **state)
{
	static const char *const edits[] = {
	    "DELETE FROM segment WHERE no = 1",
	    "DELETE FROM segment WHERE no = 2",
	    "DELETE FROM segment WHERE no = 3",
	    "UPDATE segment SET first = first + 1 WHERE no = 2",
	    "UPDATE segment SET no = no + 1 WHERE no = 3",
	    "UPDATE segment SET head = randomblob(32) WHERE no = 2",
	    "UPDATE segment SET id = randomblob(16) WHERE no = 1",
	    "UPDATE segment SET digest = randomblob(32) WHERE no = 1",
	    "UPDATE segment SET digest = zeroblob(32) WHERE no = 2",
	    "UPDATE segment SET wrapped = randomblob(80) WHERE no = 1",
	    "UPDATE segment SET (nonce, wrapped) = "
	    "(SELECT nonce, wrapped FROM segment WHERE no = 1) WHERE no = 2",
	    "UPDATE segment SET (id, digest) = (SELECT id, digest FROM segment WHERE no = 1) "
	    "WHERE no = 2",
	    "DELETE FROM segment WHERE no = 3; DELETE FROM log",
	};
	struct vault *vault = *state;
	char copy[128], path[160];

	append_to(vault, 2 * SMALL + 2);
	vault_close(vault);
	(void)snprintf(copy, sizeof(copy), "%s/copy", vault->directory);
	(void)snprintf(path, sizeof(path), "%s/vault.db", copy);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		copy_files(vault->directory, copy);
		edit(vault, edits[i]);
		vault_is_refused(vault);
		assert_int_equal(rename(path, vault->path), 0);
		remove_files(copy);
	}
	vault_reopen(vault);
	log_is_whole(vault->store, 2 * SMALL + 2);
}

/*
 * TRAP 11 for parts of the log: the row of a part from when it was open is as genuine as the one it
 * has now.
 */
static void a_row_of_a_segment_from_before_it_was_closed_is_refused(void **state)
{
	struct vault *vault = *state;
	char copy[128], path[160], sql[400];

	append_to(vault, SMALL);
	vault_close(vault);
	(void)snprintf(copy, sizeof(copy), "%s/copy", vault->directory);
	(void)snprintf(path, sizeof(path), "%s/vault.db", copy);
	copy_files(vault->directory, copy);
	vault_reopen(vault);
	append_to(vault, SMALL + 1);
	vault_close(vault);
	(void)snprintf(sql, sizeof(sql),
		       "ATTACH '%s' AS o; DELETE FROM segment WHERE no = 1;"
		       "INSERT INTO segment SELECT * FROM o.segment",
		       path);
	edit(vault, sql);
	vault_is_refused(vault);
	remove_files(copy);
}

/* What lies under the name of the next part, after a copy from before was put back, is kept. */
static void a_file_that_has_the_name_already_is_not_written_over(void **state)
{
	struct vault *vault = *state;
	char path[SEGMENT_PATH_MAX];
	struct buf there;
	FILE *file;

	append_to(vault, SMALL);
	segment_file_path(vault->store, &vault->store->state.segment, path);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs("the other past", file);
	(void)fclose(file);
	assert_int_equal(chmod(path, 0600), 0);
	append_to(vault, SMALL + 1);
	assert_int_equal(closed(vault), 1);
	read_whole(path, &there);
	assert_string_equal(buf_text(&there), "the other past");
	buf_clear(&there);
	REFUSED(ERROR_TAMPERED, verify_log(vault->store, err));
	assert_int_equal(unlink(path), 0);
	log_is_whole(vault->store, SMALL + 1);
}

static void links_are_neither_followed_nor_read(void **state)
{
	struct vault *vault = *state;
	char path[SEGMENT_PATH_MAX], other[SEGMENT_PATH_MAX + 8];
	uint64_t range[2] = {0, 0};

	append_to(vault, SMALL + 1);
	path_of(vault, 0, path);
	(void)snprintf(other, sizeof(other), "%s.x", path);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	REFUSED(ERROR_TAMPERED, verify_log(vault->store, err));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(link(other, path), 0);
	REFUSED(ERROR_TAMPERED, segment_each(vault->store, 1, 1, count_one, range, err));
	assert_int_equal(unlink(other), 0);
	log_is_whole(vault->store, SMALL + 1);
	/* TRAP 18: a link to the vault itself is not even opened, or its locks would be gone. */
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(link(vault->path, path), 0);
	REFUSED(ERROR_TAMPERED, verify_log(vault->store, err));
	assert_int_equal(unlink(path), 0);
}

static void inspecting_the_vault_names_the_files_too(void **state)
{
	static struct inspection found;
	struct vault *vault = *state;
	char path[SEGMENT_PATH_MAX];

	append_to(vault, 2 * SMALL + 1);
	REQUIRE(store_inspect(vault->store, NULL, &found, err));
	assert_int_equal(found.count, 0);
	path_of(vault, 1, path);
	assert_int_equal(unlink(path), 0);
	REQUIRE(store_inspect(vault->store, NULL, &found, err));
	assert_int_equal(found.count, 1);
	assert_non_null(strstr(found.problems[0], "entries 5-8 of the log: the file is missing"));
	vault_close(vault);
	REQUIRE(store_open(vault->path, &vault->store, err));
	REQUIRE(store_inspect(vault->store, &vault->keys, &found, err));
	assert_int_equal(found.count, 1);
}

/* A flood that the disk takes: the file of the vault stays as small as one segment makes it. */
static void a_flood_does_not_fill_the_vault(void **state)
{
	struct vault *vault = *state;
	struct stat st;

	segment_set_limits(vault->store, 64, UINT64_MAX / 16);
	for (unsigned int i = 1; i <= 1000; i++)
		append_number(vault, i);
	assert_int_equal(closed(vault), 15);
	vault_reopen(vault);
	assert_int_equal(stat(vault->path, &st), 0);
	assert_true(st.st_size < 256 * 1024);
	log_is_whole(vault->store, 1000);
}

int main(void)
{
#define FILES_TEST(name_) \
	cmocka_unit_test_setup_teardown(name_, vault_setup_created, vault_teardown)
	const struct CMUnitTest tests[] = {
	    FILES_TEST(a_full_segment_becomes_a_file_and_the_next_one_opens),
	    FILES_TEST(a_segment_of_so_many_bytes_is_full_too),
	    FILES_TEST(any_range_is_read_across_segments),
	    FILES_TEST(two_segments_never_share_a_key),
	    FILES_TEST(a_rekey_leaves_the_files_as_they_are_and_opens_them),
	    FILES_TEST(a_vault_whose_files_are_gone_opens_and_goes_on),
	    FILES_TEST(rows_of_segments_that_were_changed_are_refused),
	    FILES_TEST(a_row_of_a_segment_from_before_it_was_closed_is_refused),
	    FILES_TEST(a_file_that_has_the_name_already_is_not_written_over),
	    FILES_TEST(links_are_neither_followed_nor_read),
	    FILES_TEST(inspecting_the_vault_names_the_files_too),
	    FILES_TEST(a_flood_does_not_fill_the_vault),
	};

	return cmocka_run_group_tests_name("segment_files", tests, NULL, NULL);
}
