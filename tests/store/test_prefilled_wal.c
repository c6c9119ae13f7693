/* SPDX-License-Identifier: MIT */
#include "tests/store/verify_log.h"
#include "tests/store/disk.h"
#include "vault/base/file.h"
#include "vault/store/change/commit.h"
#include "vault/store/file/sqlite_connection.h"
#include "vault/store/store.h"

#include <signal.h>
#include <sys/wait.h>

static void wal_path(const struct vault *vault, char out[static 160])
{
	(void)snprintf(out, 160, "%s-wal", vault->path);
}

static off_t wal_size(const struct vault *vault)
{
	char path[160];
	struct stat st;

	wal_path(vault, path);
	return stat(path, &st) == 0 ? st.st_size : -1;
}

static void wal_is_of_zeros(const struct vault *vault)
{
	struct buf bytes = BUF_INIT(0);
	char path[160];

	wal_path(vault, path);
	REQUIRE(file_read(path, (size_t)1 << 24, &bytes, err));
	assert_int_equal(bytes.len, SQLITE_CONNECTION_WAL_BYTES);
	for (size_t i = 0; i < bytes.len; i++)
		assert_int_equal(bytes.data[i], 0);
	buf_clear(&bytes);
}

static void unlock(struct vault *vault)
{
	REQUIRE(store_unlock(vault->store, &vault->keys, err));
	store_prefill(vault->store);
}

static void the_journal_is_filled_behind_an_unlock_and_gone_at_rest(void **state)
{
	struct vault *vault = *state;
	char path[160];

	assert_int_equal(wal_size(vault), 0);
	store_prefill(vault->store);
	wal_is_of_zeros(vault);
	unlock(vault);
	wal_is_of_zeros(vault);
	vault_close(vault);
	wal_path(vault, path);
	assert_int_equal(access(path, F_OK), -1);
	REQUIRE(store_open(vault->path, &vault->store, err));
	assert_int_equal(wal_size(vault), 0);
	unlock(vault);
	wal_is_of_zeros(vault);
}

static void commits_never_change_the_length_of_the_journal(void **state)
{
	struct vault *vault = *state;

	/* The entry of the unlock stands in it before it is filled. */
	put(vault, TABLE_KEY, "prod", 0);
	store_prefill(vault->store);
	for (unsigned int i = 0; i < 700; i++) {
		put(vault, TABLE_KEY, "prod", i);
		assert_int_equal(wal_size(vault), SQLITE_CONNECTION_WAL_BYTES);
	}
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 699);
}

static void an_emptied_journal_is_filled_again(void **state)
{
	struct vault *vault = *state;

	put(vault, TABLE_KEY, "prod", 1);
	REQUIRE(store_checkpoint(vault->store, err));
	wal_is_of_zeros(vault);
	put(vault, TABLE_KEY, "prod", 2);
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 2);
}

static off_t reserve_size(const struct vault *vault)
{
	char path[160];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s.reserve", vault->path);
	return stat(path, &st) == 0 ? st.st_size : -1;
}

/* Any of its writes, or its flush: the journal is as long as it was, and the vault as usable. */
static void a_journal_that_cannot_be_filled_is_no_error(void **state)
{
	struct vault *vault = *state;
	off_t reserve = reserve_size(vault);

	for (int round = 0; round < 3; round++) {
		vault_close(vault);
		REQUIRE(store_open(vault->path, &vault->store, err));
		disk.error = ENOSPC;
		disk.fail_write = round == 0 ? 1 : round == 1 ? 100 : 0;
		disk.fail_sync = round == 2 ? 1 : 0;
		unlock(vault);
		assert_int_equal(disk.fail_write, 0);
		assert_int_equal(disk.fail_sync, 0);
		assert_int_equal(wal_size(vault), 0);
		assert_int_equal(reserve_size(vault), reserve);
		put(vault, TABLE_KEY, "prod", (uint64_t)round);
		assert_int_equal(value_of(vault, TABLE_KEY, "prod"), round);
		/* What fails once is tried again with the next erasing. */
		REQUIRE(store_checkpoint(vault->store, err));
		wal_is_of_zeros(vault);
	}
}

/* Shares a whole disk: only what the reserve leaves goes to the journal. */
static void a_reserve_that_is_not_full_is_filled_before_the_journal(void **state)
{
	struct vault *vault = *state;
	char path[160];

	vault_close(vault);
	REQUIRE(store_open(vault->path, &vault->store, err));
	(void)snprintf(path, sizeof(path), "%s.reserve", vault->path);
	assert_int_equal(truncate(path, 0), 0);
	disk.no_room = true;
	unlock(vault);
	disk.no_room = false;
	assert_int_equal(wal_size(vault), 0);
}

/* A process that ends after so many commits, at no moment of its choice, leaves all of them. */
static void kills_after_many_numbers_of_commits_lose_none(void **state)
{
	static const unsigned int counts[] = {0, 1, 2, 37, 124, 125, 126, 250, 400, 700};
	struct vault *vault = *state;
	unsigned char key[SEAL_KEY_BYTES];
	uint64_t entries = 0;

	memcpy(key, vault->key.data, sizeof(key));
	vault_close(vault);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int status;
		pid_t child = fork();

		if (child == 0) {
			/* Secrets do not go to children. */
			REQUIRE(secret_set(&vault->key, key, sizeof(key), err));
			REQUIRE(keys_derive(&vault->key, &vault->keys, err));
			vault_reopen(vault);
			store_prefill(vault->store);
			for (unsigned int n = 0; n < counts[i]; n++)
				append(vault, "on record");
			(void)kill(getpid(), SIGKILL);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		assert_int_equal(wal_size(vault), SQLITE_CONNECTION_WAL_BYTES);
		entries += counts[i];
		vault_reopen(vault);
		assert_int_equal(log_count(vault), entries);
		REQUIRE(verify_log(vault->store, err));
		vault_close(vault);
	}
}

int main(void)
{
#define WAL_TEST(name_) cmocka_unit_test_setup_teardown(name_, setup_faulty, teardown_faulty)
	const struct CMUnitTest tests[] = {
	    WAL_TEST(the_journal_is_filled_behind_an_unlock_and_gone_at_rest),
	    WAL_TEST(commits_never_change_the_length_of_the_journal),
	    WAL_TEST(an_emptied_journal_is_filled_again),
	    WAL_TEST(a_journal_that_cannot_be_filled_is_no_error),
	    WAL_TEST(a_reserve_that_is_not_full_is_filled_before_the_journal),
	    WAL_TEST(kills_after_many_numbers_of_commits_lose_none),
	};

	return cmocka_run_group_tests_name("prefilled wal", tests, NULL, NULL);
}
