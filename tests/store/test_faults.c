/* SPDX-License-Identifier: MIT */
#include "tests/store/verify_log.h"
#include "tests/store/disk.h"
#include "vault/store/change/commit.h"
#include "vault/store/change/reserve.h"
#include "vault/store/store.h"

#include <signal.h>
#include <sys/resource.h>

struct both {
	struct change change;
	char text[16];
};

static bool change_and_log(struct txn *txn, void *arg, struct error *err)
{
	struct both *both = arg;

	return put_thing(txn, &both->change, err) && append_text(txn, both->text, err);
}

static void a_commit_ends_with_a_flush_and_a_new_vault_with_the_directory(void **state)
{
	struct vault *vault = *state;

	/* Made in the setup, before the writes were watched. */
	assert_true(disk.directory_syncs >= 1);
	for (int i = 0; i < 3; i++) {
		int syncs = disk.syncs;

		disk.last = EVENT_NONE;
		append(vault, "on record");
		assert_int_equal(disk.last, EVENT_SYNC);
		assert_true(disk.syncs > syncs);
	}
	/* One flush per transaction, once the journal is there. */
	disk.syncs = 0;
	append(vault, "on record");
	assert_int_equal(disk.syncs, 1);
}

/*
 * Each write of a transaction fails in turn: all is old, or all is new, and the answer says which.
 */
static void a_write_that_fails_anywhere_leaves_all_or_nothing(void **state)
{
	static const int errors[] = {ENOSPC, EIO};
	struct vault *vault = *state;
	uint64_t value = 1, entries = 1;
	int failed = 0;

	put(vault, TABLE_KEY, "prod", value);
	append(vault, "first");
	for (int round = 0; round < 24; round++) {
		struct both both = {.change = change_of(TABLE_KEY, "prod", value + 1),
				    .text = "more"};
		struct error why = ERROR_INIT;

		if (round % 8 == 7)
			vault_reopen(vault);
		disk.error = errors[round % 2];
		disk.fail_write = round / 2 + 1;
		if (store_commit(vault->store, change_and_log, &both, &why)) {
			value++;
			entries++;
		} else {
			failed++;
			assert_int_equal(why.code, ERROR_IO);
			if (disk.error == ENOSPC)
				assert_non_null(strstr(why.message, "the disk is full"));
		}
		disk.fail_write = 0;
		assert_int_equal(value_of(vault, TABLE_KEY, "prod"), value);
		assert_int_equal(log_count(vault), entries);
		REQUIRE(verify_log(vault->store, err));
	}
	assert_true(failed >= 4);
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), value);
	assert_int_equal(log_count(vault), entries);
}

static void a_flush_that_fails_is_an_error_and_the_vault_goes_on(void **state)
{
	struct vault *vault = *state;
	char text[] = "lost";

	append(vault, "first");
	disk.fail_sync = 1;
	REFUSED(ERROR_IO, store_commit(vault->store, append_text, text, err));
	assert_int_equal(log_count(vault), 1);
	append(vault, "second");
	vault_reopen(vault);
	assert_int_equal(log_count(vault), 2);
}

static void a_store_that_cannot_tell_what_it_wrote_is_not_used_again(void **state)
{
	struct vault *vault = *state;
	struct store_state now;
	char text[] = "lost";
	struct thing thing;

	put(vault, TABLE_KEY, "prod", 1);
	disk.fail_read = true;
	disk.fail_sync = 1;
	REFUSED(ERROR_IO, store_commit(vault->store, append_text, text, err));
	disk.fail_read = false;
	REFUSED(ERROR_IO, store_commit(vault->store, append_text, text, err));
	REFUSED(ERROR_IO, get(vault->store, TABLE_KEY, "prod", &thing, err));
	REFUSED(ERROR_IO, store_state(vault->store, &now, err));
	REFUSED(ERROR_IO, store_unlock(vault->store, &vault->keys, err));
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 1);
}

static void a_checkpoint_that_fails_says_so_and_can_be_repeated(void **state)
{
	struct vault *vault = *state;

	put(vault, TABLE_KEY, "prod", 1);
	disk.fail_write = 1;
	disk.error = EIO;
	REFUSED(ERROR_IO, store_checkpoint(vault->store, err));
	REQUIRE(store_checkpoint(vault->store, err));
	put(vault, TABLE_KEY, "prod", 2);
	disk.fail_write = 1;
	REFUSED(ERROR_IO, store_close(vault->store, err));
	vault->store = NULL;
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 2);
}

/* The real limit of the system, not a pretended one; the journal cannot be filled either. */
static void a_full_disk_keeps_the_old_state_and_says_so(void **state)
{
	struct vault *vault = *state;
	struct rlimit before, little;
	struct error why = ERROR_INIT;
	char text[] = "one more";
	uint64_t entries;
	struct stat st;

	append(vault, "first");
	vault_close(vault);
	assert_int_equal(stat(vault->path, &st), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	little = before;
	little.rlim_cur = RESERVE_BYTES + 20000;
	assert_true(st.st_size < RESERVE_BYTES);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	vault_reopen(vault);
	for (entries = 1; entries < 1000; entries++) {
		if (!store_commit(vault->store, append_text, text, &why))
			break;
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(why.code, ERROR_IO);
	if (!strstr(why.message, "the disk is full"))
		fail_msg("%s", why.message);
	assert_int_equal(log_count(vault), entries);
	append(vault, "room again");
	vault_reopen(vault);
	assert_int_equal(log_count(vault), entries + 1);
}

static void a_vault_for_which_there_is_no_room_leaves_nothing(void **state)
{
	struct vault *vault = *state;
	struct store *store = NULL;
	struct dirent *entry;
	char reserve[128];
	int failed = 0;
	DIR *dir;

	vault_close(vault);
	assert_int_equal(unlink(vault->path), 0);
	(void)snprintf(reserve, sizeof(reserve), "%s.reserve", vault->path);
	assert_int_equal(unlink(reserve), 0);
	for (int n = 1; n < 60; n++) {
		struct error why = ERROR_INIT;

		disk.error = ENOSPC;
		disk.fail_write = n;
		if (store_create(&(struct store_new){.path = vault->path,
						     .header = &vault->header,
						     .keys = &vault->keys,
						     .now = 1},
				 &store, &why))
			break;
		failed++;
		assert_int_equal(why.code, ERROR_IO);
		dir = opendir(vault->directory);
		while ((entry = readdir(dir)))
			assert_int_equal(entry->d_name[0], '.');
		(void)closedir(dir);
	}
	assert_true(failed > 5);
	disk.fail_write = 0;
	REQUIRE(store_close(store, err));
	vault_reopen(vault);
}

int main(void)
{
#define FAULT_TEST(name_) cmocka_unit_test_setup_teardown(name_, setup_faulty, teardown_faulty)
	const struct CMUnitTest tests[] = {
	    FAULT_TEST(a_commit_ends_with_a_flush_and_a_new_vault_with_the_directory),
	    FAULT_TEST(a_write_that_fails_anywhere_leaves_all_or_nothing),
	    FAULT_TEST(a_flush_that_fails_is_an_error_and_the_vault_goes_on),
	    FAULT_TEST(a_store_that_cannot_tell_what_it_wrote_is_not_used_again),
	    FAULT_TEST(a_checkpoint_that_fails_says_so_and_can_be_repeated),
	    FAULT_TEST(a_full_disk_keeps_the_old_state_and_says_so),
	    FAULT_TEST(a_vault_for_which_there_is_no_room_leaves_nothing),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
