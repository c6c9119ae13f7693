/* SPDX-License-Identifier: MIT */
#include "tests/rotate/scripted.h"

#include "tests/store/rekeying.h"
#include "vault/store/store.h"

static char log_path[96];

/* SQLite has to be set up by the store first. */
static int setup(void **state)
{
	(void)script_setup(state);
	disk_hook();
	return 0;
}

static void fill_the_disk(void)
{
	disk.fail_writes_to = log_path;
	disk.error = ENOSPC;
	script.silent = "DeleteAccessKey";
}

static bool is_aside(const struct vault *vault)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(vault->directory);

	while (dir && (entry = readdir(dir)))
		found |= strstr(entry->d_name, ".new-") != NULL;
	if (dir)
		(void)closedir(dir);
	return found;
}

/* The disk is full when the key comes, and AWS does not answer its deletion either. */
static void lose_the_place(struct vault *vault)
{
	(void)snprintf(log_path, sizeof(log_path), "%.80s-wal", vault->path);
	script.on_create = fill_the_disk;
	script_rotate(vault, "rotate");
	assert_false(script.ok);
	assert_non_null(strstr(script.err.message, "recovery file beside"));
	memset(&disk, 0, sizeof(disk));
	script.on_create = NULL;
	script.silent = NULL;
	vault_reopen(vault);
	assert_true(is_aside(vault));
	assert_ptr_equal(script_current(vault), &script.keys[0]);
}

static void finish(struct vault *vault)
{
	script_rotate(vault, "rotate");
	assert_true(script.ok);
	assert_int_equal(script.step, ROTATION_OFF);
	assert_int_equal(script.made, 2);
	assert_ptr_equal(script_current(vault), &script.keys[1]);
	assert_false(is_aside(vault));
}

static void a_key_in_the_recovery_file_is_taken_in_by_the_next_run(void **state)
{
	lose_the_place(*state);
	finish(*state);
}

static void a_key_in_the_recovery_file_survives_a_new_vault_key(void **state)
{
	struct vault *vault = *state;

	lose_the_place(vault);
	/* As `passwd` does it: what stands aside is sealed under the keys that go. */
	REQUIRE(journal_take_all(vault->store, &script_clock, err));
	rekey(vault);
	vault_reopen(vault);
	finish(vault);
}

static void taking_all_in_takes_no_more_than_there_is(void **state)
{
	struct vault *vault = *state;
	struct store_state before, after;

	script_rotate(vault, "intend");
	REQUIRE(store_state(vault->store, &before, err));
	REQUIRE(journal_take_all(vault->store, &script_clock, err));
	REQUIRE(store_state(vault->store, &after, err));
	assert_memory_equal(&before, &after, sizeof(before));
	script_rotate(vault, "abort");
	assert_true(script.over);
}

static void what_was_taken_in_can_be_taken_back(void **state)
{
	struct vault *vault = *state;

	lose_the_place(vault);
	REQUIRE(journal_take_all(vault->store, &script_clock, err));
	rekey(vault);
	script_rotate(vault, "abort");
	assert_true(script.ok && script.over);
	assert_int_equal(script_count(false), 1);
	assert_ptr_equal(script_current(vault), &script.keys[0]);
	assert_int_equal(script_rows(vault), 0);
	assert_false(is_aside(vault));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_faulty)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_key_in_the_recovery_file_is_taken_in_by_the_next_run),
	    TEST(a_key_in_the_recovery_file_survives_a_new_vault_key),
	    TEST(taking_all_in_takes_no_more_than_there_is),
	    TEST(what_was_taken_in_can_be_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
