/* SPDX-License-Identifier: MIT */
#include "tests/store/fixture.h"
#include "vault/store/change/commit.h"
#include "vault/store/file/engine.h"
#include "vault/store/store.h"

#include <errno.h>
#include <sys/wait.h>

static bool opens(const struct vault *vault, struct error *err)
{
	struct store *store = NULL;
	struct error ignored;
	bool ok = store_open_waiting(vault->path, 0, &store, err);

	(void)store_close(store, &ignored);
	return ok;
}

static void beside(const struct vault *vault, const char *suffix, char out[static 128])
{
	(void)snprintf(out, 128, "%s%s", vault->path, suffix);
}

static void a_vault_that_is_not_there_is_not_found(void **state)
{
	struct vault *vault = *state;

	REFUSED(ERROR_NOT_FOUND, opens(vault, err));
	(void)snprintf(vault->path, sizeof(vault->path), "%s/no/vault.db", vault->directory);
	REFUSED(ERROR_NOT_FOUND, opens(vault, err));
}

static void a_new_vault_is_one_private_file(void **state)
{
	struct vault *vault = *state;
	char path[128];
	struct stat st;

	assert_int_equal(stat(vault->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	append(vault, "something for the journal");
	beside(vault, "-wal", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	beside(vault, "-shm", path);
	assert_int_equal(stat(path, &st), -1);
	vault_close(vault);
	beside(vault, "-wal", path);
	assert_int_equal(stat(path, &st), -1);
	beside(vault, "-journal", path);
	assert_int_equal(stat(path, &st), -1);
}

static void an_existing_file_is_never_made_into_a_vault(void **state)
{
	struct vault *vault = *state;
	struct store *store = NULL;
	char path[128];
	int fd;

	REFUSED(ERROR_EXISTS, store_create(&(struct store_new){.path = vault->path,
							       .header = &vault->header,
							       .keys = &vault->keys,
							       .now = 1},
					   &store, err));
	vault_reopen(vault);
	vault_close(vault);
	assert_int_equal(unlink(vault->path), 0);
	beside(vault, "-wal", path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	REFUSED(ERROR_EXISTS, store_create(&(struct store_new){.path = vault->path,
							       .header = &vault->header,
							       .keys = &vault->keys,
							       .now = 1},
					   &store, err));
}

static void a_vault_that_could_not_be_made_leaves_nothing_behind(void **state)
{
	struct vault *vault = *state;
	struct store *store = NULL;
	struct dirent *entry;
	DIR *dir;

	keys_clear_records(&vault->keys);
	secret_clear(&vault->keys.at[KEY_LOG]);
	REFUSED(ERROR_LOCKED, store_create(&(struct store_new){.path = vault->path,
							       .header = &vault->header,
							       .keys = &vault->keys,
							       .now = 1},
					   &store, err));
	vault->header.data[3] ^= 1;
	REFUSED(ERROR_TAMPERED, store_create(&(struct store_new){.path = vault->path,
								 .header = &vault->header,
								 .keys = &vault->keys,
								 .now = 1},
					     &store, err));
	assert_null(store);
	dir = opendir(vault->directory);
	while ((entry = readdir(dir)))
		assert_int_equal(entry->d_name[0], '.');
	(void)closedir(dir);
}

static void a_link_a_fifo_or_a_directory_is_no_vault(void **state)
{
	struct vault *vault = *state;
	char other[128];

	vault_close(vault);
	beside(vault, ".other", other);
	assert_int_equal(link(vault->path, other), 0);
	REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
	assert_int_equal(unlink(vault->path), 0);
	assert_int_equal(symlink(other, vault->path), 0);
	REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
	assert_int_equal(unlink(vault->path), 0);
	assert_int_equal(mkfifo(vault->path, 0600), 0);
	REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
	assert_int_equal(unlink(vault->path), 0);
	assert_int_equal(mkdir(vault->path, 0700), 0);
	REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
	assert_int_equal(rmdir(vault->path), 0);
	assert_int_equal(rename(other, vault->path), 0);
	REQUIRE(opens(vault, err));
}

static void what_others_can_reach_is_refused(void **state)
{
	struct vault *vault = *state;

	vault_close(vault);
	assert_int_equal(chmod(vault->path, 0640), 0);
	REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
	assert_int_equal(chmod(vault->path, 0602), 0);
	REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
	assert_int_equal(chmod(vault->path, 0600), 0);
	assert_int_equal(chmod(vault->directory, 0770), 0);
	REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
	assert_int_equal(chmod(vault->directory, 01777), 0);
	REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
	assert_int_equal(chmod(vault->directory, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(vault->path, 65534, 65534), 0);
		REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
		assert_int_equal(chown(vault->path, 0, 0), 0);
		assert_int_equal(chown(vault->directory, 65534, 65534), 0);
		REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
		assert_int_equal(chown(vault->directory, 0, 0), 0);
	}
	REQUIRE(opens(vault, err));
}

static void a_planted_journal_is_refused(void **state)
{
	static const char *const suffixes[] = {"-wal", "-journal", "-shm"};
	struct vault *vault = *state;
	char path[128];

	vault_close(vault);
	for (size_t i = 0; i < 3; i++) {
		beside(vault, suffixes[i], path);
		assert_int_equal(symlink("/etc/hostname", path), 0);
		REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkfifo(path, 0600), 0);
		REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
		assert_int_equal(unlink(path), 0);
	}
	REQUIRE(opens(vault, err));
}

static void a_file_of_monstrous_size_is_refused(void **state)
{
	struct vault *vault = *state;

	vault_close(vault);
	assert_int_equal(truncate(vault->path, STORE_FILE_MAX + 4096), 0);
	REFUSED(ERROR_UNSAFE_FILE, opens(vault, err));
}

/* TRAP 17: a file that gets descriptor 2 is written into by the next stray message. */
static void trap_17_closed_standard_descriptors_never_become_the_vault(void **state)
{
	struct vault *vault = *state;
	int status;
	pid_t child;

	vault_close(vault);
	child = fork();
	if (child == 0) {
		struct stat is, null;
		struct store *store;
		struct error err;
		int bad = 0;

		for (int fd = 0; fd < 3; fd++)
			(void)close(fd);
		/*
		 * Even where it comes to nothing: SQLite itself stays away from these three later.
		 */
		if (store_open("/nobody/has/this", &store, &err))
			_exit(92);
		for (int fd = 0; fd < 3; fd++)
			bad += fcntl(fd, F_GETFD) < 0;
		if (!store_open_waiting(vault->path, 0, &store, &err))
			_exit(90);
		if (stat("/dev/null", &null) != 0)
			_exit(91);
		for (int fd = 0; fd < 3; fd++)
			bad += fstat(fd, &is) != 0 || is.st_rdev != null.st_rdev;
		_exit(bad);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* What a process of its own sees: 0 when somebody holds a lock on the file, 1 when nobody does. */
static int lock_as_others_see_it(const struct vault *vault)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		int fd = open(vault->path, O_RDWR);

		if (fd < 0 || fcntl(fd, F_GETLK, &lock) != 0)
			_exit(90);
		_exit(lock.l_type == F_UNLCK);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

/* TRAP 18: closing any descriptor of the file drops all locks of the process on it. */
static void trap_18_looking_at_an_open_vault_keeps_its_lock(void **state)
{
	struct vault *vault = *state;
	struct store *other = NULL;

	assert_int_equal(lock_as_others_see_it(vault), 0);
	REFUSED(ERROR_FAILED, store_open_waiting(vault->path, 0, &other, err));
	REFUSED(ERROR_EXISTS, store_create(&(struct store_new){.path = vault->path,
							       .header = &vault->header,
							       .keys = &vault->keys,
							       .now = 1},
					   &other, err));
	assert_int_equal(lock_as_others_see_it(vault), 0);
	vault_close(vault);
	assert_int_equal(lock_as_others_see_it(vault), 1);
}

/*
 * TRAP 22: nobody can write between the readings of one unlock, because nobody else can write at
 * all.
 */
static void trap_22_while_a_vault_is_open_another_process_is_told_so(void **state)
{
	struct vault *vault = *state;
	int opened[2], status;
	char byte = 0;
	pid_t child;

	/*
	 * The child is there before SQLite has seen the file, so only the lock in the kernel tells
	 * it.
	 */
	vault_close(vault);
	assert_int_equal(pipe(opened), 0);
	child = fork();
	if (child == 0) {
		struct store *store;
		struct error err = ERROR_INIT;

		if (read(opened[0], &byte, 1) != 1)
			_exit(92);
		if (store_open_waiting(vault->path, 0, &store, &err))
			_exit(90);
		_exit(err.code == ERROR_FAILED && strstr(err.message, "another process") ? 0 : 91);
	}
	vault_reopen(vault);
	assert_int_equal(write(opened[1], &byte, 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 0);
	append(vault, "and the owner goes on");
	(void)close(opened[0]);
	(void)close(opened[1]);
}

/* TRAP 19: Debian's SQLite takes file: names unless it is told not to. */
static void trap_19_a_name_that_looks_like_an_address_is_only_a_name(void **state)
{
	struct vault *vault = *state;
	struct store *store = NULL;
	sqlite3 *db = NULL;
	char address[128], before[4096];

	vault_close(vault);
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(vault->directory), 0);
	REFUSED(ERROR_NOT_FOUND, store_open("file:vault.db?immutable=1", &store, err));
	REQUIRE(store_create(&(struct store_new){.path = "file:vault.db?mode=memory",
						 .header = &vault->header,
						 .keys = &vault->keys,
						 .now = 1},
			     &store, err));
	REQUIRE(store_close(store, err));
	assert_int_equal(access("file:vault.db?mode=memory", F_OK), 0);
	assert_int_equal(chdir(before), 0);
	(void)snprintf(address, sizeof(address), "file:%s?immutable=1", vault->path);
	assert_int_equal(sqlite3_open_v2(address, &db, SQLITE_OPEN_READWRITE, NULL),
			 SQLITE_CANTOPEN);
	(void)sqlite3_close(db);
}

static void write_bytes(const struct vault *vault, off_t at, const void *data, size_t n)
{
	int fd = open(vault->path, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, n, at), n);
	assert_int_equal(close(fd), 0);
}

/* TRAP 20: two bytes of the file say which journal it has; whoever wrote it chose them. */
static void trap_20_the_file_does_not_choose_its_journal(void **state)
{
	static const unsigned char modes[][2] = {{1, 1}, {2, 2}};
	struct vault *vault = *state;
	sqlite3_stmt *stmt;

	append(vault, "one");
	for (size_t i = 0; i < 2; i++) {
		vault_close(vault);
		write_bytes(vault, 18, modes[i], 2);
		vault_reopen(vault);
		(void)sqlite3_set_authorizer(vault->store->db, NULL, NULL);
		assert_int_equal(
		    sqlite3_prepare_v2(vault->store->db, "PRAGMA journal_mode", -1, &stmt, NULL),
		    SQLITE_OK);
		assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
		assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "wal");
		(void)sqlite3_finalize(stmt);
		append(vault, "more");
	}
	assert_int_equal(log_count(vault), 3);
	vault_close(vault);
	write_bytes(vault, 18, "\3\3", 2);
	vault_is_refused(vault);
}

/* TRAP 21 and its relatives: whatever was added to the schema, or taken from it. */
static void trap_21_a_schema_that_is_not_exactly_ours_is_refused(void **state)
{
	static const char *const plants[][2] = {
	    {"CREATE TRIGGER t BEFORE UPDATE ON rec BEGIN SELECT RAISE(IGNORE); END",
	     "DROP TRIGGER t"},
	    {"CREATE VIEW v AS SELECT * FROM rec", "DROP VIEW v"},
	    {"CREATE INDEX i ON rec(tbl)", "DROP INDEX i"},
	    {"CREATE TABLE t(x)", "DROP TABLE t"},
	    {"ALTER TABLE log ADD COLUMN note TEXT", "ALTER TABLE log DROP COLUMN note"},
	    {"PRAGMA user_version = 2", "PRAGMA user_version = 1"},
	    {"PRAGMA user_version = 0", "PRAGMA user_version = 1"},
	    {"PRAGMA application_id = 0", "PRAGMA application_id = 0x63766c74"},
	    {"PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql = replace(sql, '8192', "
	     "'8193')",
	     "PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql = replace(sql, '8193', "
	     "'8192')"},
	};
	struct vault *vault = *state;

	vault_close(vault);
	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
		edit(vault, plants[i][0]);
		vault_is_refused(vault);
		edit(vault, plants[i][1]);
		REQUIRE(opens(vault, err));
	}
}

/* The list of free pages is of no use to us, so only SQLite's own check sees that it is broken. */
static void a_file_that_does_not_hold_together_is_refused(void **state)
{
	static const unsigned char pages[] = {0, 0, 0, 7};
	struct vault *vault = *state;

	vault_close(vault);
	write_bytes(vault, 36, pages, sizeof(pages));
	vault_is_refused(vault);
}

static void a_vault_with_nothing_in_it_is_refused(void **state)
{
	static const char *const losses[] = {"header", "manifest", "segment"};
	struct vault *vault = *state;
	char sql[64];

	vault_close(vault);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(sql, sizeof(sql), "DELETE FROM %s", losses[i]);
		edit(vault, sql);
		vault_is_refused(vault);
		assert_int_equal(unlink(vault->path), 0);
		REQUIRE(store_create(&(struct store_new){.path = vault->path,
							 .header = &vault->header,
							 .keys = &vault->keys,
							 .now = 1},
				     &vault->store, err));
		vault_close(vault);
	}
}

/* Deeper defences, on an open vault whose schema check is past. */
static void trap_21_a_trigger_planted_later_neither_runs_nor_cancels(void **state)
{
	struct vault *vault = *state;
	struct change change = change_of(TABLE_KEY, "prod", 8);

	put(vault, TABLE_KEY, "prod", 7);
	(void)sqlite3_set_authorizer(vault->store->db, NULL, NULL);
	assert_int_equal(sqlite3_exec(vault->store->db,
				      "CREATE TRIGGER t BEFORE UPDATE ON rec BEGIN "
				      "SELECT RAISE(IGNORE); END",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	/* The switch of step 7 keeps it from running … */
	REQUIRE(store_commit(vault->store, put_thing, &change, err));
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 8);
	/* … and were it on, the count of changed rows would tell. */
	assert_int_equal(
	    sqlite3_db_config(vault->store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL),
	    SQLITE_OK);
	change.thing.value = 9;
	REFUSED(ERROR_TAMPERED, store_commit(vault->store, put_thing, &change, err));
}

static void after_opening_there_is_no_sql_but_ours(void **state)
{
	static const char *const texts[] = {"CREATE TABLE t(x)",
					    "DROP TABLE log",
					    "ATTACH ':memory:' AS other",
					    "PRAGMA journal_mode = DELETE",
					    "PRAGMA writable_schema = 1",
					    "SELECT load_extension('x')",
					    "SELECT sql FROM sqlite_schema",
					    "SELECT randomblob(9)"};
	struct vault *vault = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_not_equal(sqlite3_exec(vault->store->db, texts[i], NULL, NULL, NULL),
				     SQLITE_OK);
}

static void the_engine_is_bounded(void **state)
{
	(void)state;
	REQUIRE(engine_start(err));
	assert_int_equal(sqlite3_hard_heap_limit64(-1), ENGINE_HEAP_MAX);
	REQUIRE(engine_start(err));
}

int main(void)
{
#define ON_A_VAULT(name_) \
	cmocka_unit_test_setup_teardown(name_, vault_setup_created, vault_teardown)
#define ON_NOTHING(name_) cmocka_unit_test_setup_teardown(name_, vault_setup, vault_teardown)
	const struct CMUnitTest tests[] = {
	    ON_NOTHING(a_vault_that_is_not_there_is_not_found),
	    ON_A_VAULT(a_new_vault_is_one_private_file),
	    ON_A_VAULT(an_existing_file_is_never_made_into_a_vault),
	    ON_NOTHING(a_vault_that_could_not_be_made_leaves_nothing_behind),
	    ON_A_VAULT(a_link_a_fifo_or_a_directory_is_no_vault),
	    ON_A_VAULT(what_others_can_reach_is_refused),
	    ON_A_VAULT(a_planted_journal_is_refused),
	    ON_A_VAULT(a_file_of_monstrous_size_is_refused),
	    ON_A_VAULT(trap_17_closed_standard_descriptors_never_become_the_vault),
	    ON_A_VAULT(trap_18_looking_at_an_open_vault_keeps_its_lock),
	    ON_A_VAULT(trap_22_while_a_vault_is_open_another_process_is_told_so),
	    ON_A_VAULT(trap_19_a_name_that_looks_like_an_address_is_only_a_name),
	    ON_A_VAULT(trap_20_the_file_does_not_choose_its_journal),
	    ON_A_VAULT(trap_21_a_schema_that_is_not_exactly_ours_is_refused),
	    ON_A_VAULT(a_file_that_does_not_hold_together_is_refused),
	    ON_A_VAULT(a_vault_with_nothing_in_it_is_refused),
	    ON_A_VAULT(trap_21_a_trigger_planted_later_neither_runs_nor_cancels),
	    ON_A_VAULT(after_opening_there_is_no_sql_but_ours),
	    ON_A_VAULT(the_engine_is_bounded),
	};

	return cmocka_run_group_tests_name("open", tests, NULL, NULL);
}
