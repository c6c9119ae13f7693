/* SPDX-License-Identifier: MIT */
#include "vault/store/backup/staged.h"

#include "tests/store/fixture.h"
#include "vault/base/file.h"
#include "vault/store/backup/copy.h"

static void backup_path(const struct vault *vault, char out[static 100])
{
	(void)snprintf(out, 100, "%s/vault.db.copy-1", vault->directory);
}

static void make_backup(struct vault *vault)
{
	struct copy_facts facts;
	char path[100];

	backup_path(vault, path);
	put(vault, TABLE_KEY, "prod", 7);
	put(vault, TABLE_SESSION, "a session", 8);
	REQUIRE(copy_write(vault->store, path, &facts, err));
}

static struct staged opened(const struct vault *vault)
{
	struct staged staged;
	char path[100];

	backup_path(vault, path);
	REQUIRE(staged_open(path, &vault->keys, &staged, err));
	return staged;
}

static void a_backup_gets_the_vaults_name_only_where_it_is_free(void **state)
{
	struct vault *vault = *state;
	struct staged staged;

	make_backup(vault);
	vault_close(vault);
	staged = opened(vault);
	REFUSED(ERROR_EXISTS, staged_install(&staged, vault->path, err));
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_SESSION, "a session"), 8);
	vault_close(vault);
	assert_int_equal(unlink(vault->path), 0);
	staged = opened(vault);
	REQUIRE(staged_install(&staged, vault->path, err));
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 7);
}

static void an_old_journal_keeps_a_backup_out(void **state)
{
	struct vault *vault = *state;
	struct staged staged;
	char wal[100];
	int fd;

	make_backup(vault);
	vault_close(vault);
	assert_int_equal(unlink(vault->path), 0);
	(void)snprintf(wal, sizeof(wal), "%s-wal", vault->path);
	fd = open(wal, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	staged = opened(vault);
	REFUSED(ERROR_EXISTS, staged_install(&staged, vault->path, err));
	assert_int_not_equal(access(vault->path, F_OK), 0);
}

static void nothing_is_left_of_a_backup_that_was_only_looked_at(void **state)
{
	struct vault *vault = *state;
	struct staged staged;
	struct dirent *entry;
	int files = 0;
	DIR *dir;

	make_backup(vault);
	staged = opened(vault);
	staged_close(&staged);
	dir = opendir(vault->directory);
	while (dir && (entry = readdir(dir)))
		files += strncmp(entry->d_name, "vault.db.copy-1", 15) == 0;
	(void)closedir(dir);
	assert_int_equal(files, 1);
}

static void a_plain_copy_of_a_vault_loses_its_sessions_on_the_way(void **state)
{
	struct vault *vault = *state;
	struct buf data = BUF_INIT(0);
	struct staged staged;
	struct thing thing;
	char path[100];
	int fd;

	put(vault, TABLE_KEY, "prod", 7);
	put(vault, TABLE_SESSION, "a session", 8);
	vault_close(vault);
	backup_path(vault, path);
	REQUIRE(file_read(vault->path, 1024 * 1024, &data, err));
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0 && file_write_all(fd, data.data, data.len));
	(void)close(fd);
	buf_clear(&data);
	staged = opened(vault);
	REQUIRE(get(staged.store, TABLE_KEY, "prod", &thing, err));
	REFUSED(ERROR_NOT_FOUND, get(staged.store, TABLE_SESSION, "a session", &thing, err));
	staged_close(&staged);
}

static void a_backup_that_was_changed_is_refused(void **state)
{
	struct vault *vault = *state;
	struct staged staged;
	sqlite3 *db = NULL;
	char path[100];

	make_backup(vault);
	backup_path(vault, path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE rec SET ver = ver + 1", NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	REFUSED(ERROR_TAMPERED, staged_open(path, &vault->keys, &staged, err));
	assert_null(staged.store);
}

static void a_yes_holds_for_what_was_shown(void **state)
{
	struct vault *vault = *state;
	const char *const drop[] = {"prod"};
	unsigned char one[STAGED_DIGEST_BYTES], other[STAGED_DIGEST_BYTES];
	struct staged staged;

	make_backup(vault);
	staged = opened(vault);
	REQUIRE(staged_agree(&staged, vault->store, NULL, 0, one, err));
	staged_close(&staged);
	/* Opened anew it is the same; another name, or a change of the vault, is not. */
	staged = opened(vault);
	REQUIRE(staged_agree(&staged, vault->store, NULL, 0, other, err));
	assert_memory_equal(one, other, sizeof(one));
	REQUIRE(staged_agree(&staged, vault->store, drop, 1, other, err));
	assert_memory_not_equal(one, other, sizeof(one));
	put(vault, TABLE_KEY, "prod", 8);
	REQUIRE(staged_agree(&staged, vault->store, NULL, 0, other, err));
	assert_memory_not_equal(one, other, sizeof(one));
	staged_close(&staged);
}

static void a_backup_is_outdated_when_a_later_key_was_seen(void **state)
{
	struct witness_finding finding = {.verdict = WITNESS_UNVERIFIABLE};

	(void)state;
	assert_false(staged_is_outdated(&finding, 2));
	finding.mark.sequence = 1;
	finding.mark.epoch = 2;
	assert_false(staged_is_outdated(&finding, 2));
	finding.mark.epoch = 3;
	assert_true(staged_is_outdated(&finding, 2));
	finding = (struct witness_finding){.pin.there = true};
	assert_false(staged_is_outdated(&finding, 2));
	finding.pin.commitment[0] = 1;
	assert_true(staged_is_outdated(&finding, 2));
}

int main(void)
{
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, vault_setup_created, vault_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_backup_gets_the_vaults_name_only_where_it_is_free),
	    TEST(an_old_journal_keeps_a_backup_out),
	    TEST(nothing_is_left_of_a_backup_that_was_only_looked_at),
	    TEST(a_plain_copy_of_a_vault_loses_its_sessions_on_the_way),
	    TEST(a_backup_that_was_changed_is_refused),
	    TEST(a_yes_holds_for_what_was_shown),
	    TEST(a_backup_is_outdated_when_a_later_key_was_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
