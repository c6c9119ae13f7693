/* SPDX-License-Identifier: MIT */
#include "tests/store/fixture.h"

#include "vault/store/inspect/inspect.h"
#include "vault/store/store.h"

static int setup_filled(void **state)
{
	struct vault *vault;

	(void)vault_setup_created(state);
	vault = *state;
	put(vault, TABLE_KEY, "dev", 1);
	put(vault, TABLE_KEY, "prod", 2);
	put(vault, TABLE_SESSION, "abc", 3);
	for (int i = 0; i < 6; i++)
		append(vault, "entry");
	return 0;
}

static bool says(const struct inspection *found, const char *text)
{
	for (size_t i = 0; i < found->count; i++) {
		if (strstr(found->problems[i], text))
			return true;
	}
	return false;
}

static void expect_only(const char *sql, const struct inspection *found, const char *text)
{
	if (found->count != 1 || !says(found, text))
		fail_msg("%s: %zu problems, the first is \"%s\", not \"%s\"", sql, found->count,
			 found->count ? found->problems[0] : "", text);
}

static void a_sound_vault_has_no_problems(void **state)
{
	struct vault *vault = *state;
	struct inspection found;
	struct store_state now;

	REQUIRE(store_inspect(vault->store, NULL, &found, err));
	REQUIRE(store_state(vault->store, &now, err));
	assert_int_equal(found.count, 0);
	assert_true(found.told);
	assert_int_equal(found.generation, now.generation);
	assert_int_equal(found.records, 3);
	assert_int_equal(found.log_entries, 6);
	store_drop_record_keys(vault->store);
	REQUIRE(store_inspect(vault->store, NULL, &found, err));
	assert_int_equal(found.count, 0);
	vault_close(vault);
	REQUIRE(store_open(vault->path, &vault->store, err));
	REFUSED(ERROR_LOCKED, store_inspect(vault->store, NULL, &found, err));
	REQUIRE(store_inspect(vault->store, &vault->keys, &found, err));
	assert_int_equal(found.count, 0);
	assert_int_equal(found.records, 3);
}

/*
 * What was done to the file, and what is to be said of it: while it was closed, and under an open
 * store.
 */
static const struct {
	const char *sql;
	const char *closed;
	const char *open;
} changes[] = {
    {"UPDATE rec SET sealed = randomblob(528) WHERE tbl = 2", "1 of 3 records fails its seal",
     "1 of 3 records fails its seal"},
    {"UPDATE rec SET nonce = randomblob(24) WHERE tbl = 1", "2 of 3 records fail their seals",
     "2 of 3 records fail their seals"},
    {"UPDATE rec SET ver = ver + 1", "3 of 3 records fail their seals",
     "3 of 3 records fail their seals"},
    {"DELETE FROM rec WHERE tbl = 2", "1 of 3 records is missing", "1 of 3 records is missing"},
    {"UPDATE manifest SET nonce = randomblob(24)", "the manifest fails its seal",
     "the manifest was changed"},
    {"UPDATE header SET bytes = CAST(bytes || x'00' AS BLOB)", NULL, "the header was changed"},
    {"DELETE FROM log WHERE seq BETWEEN 3 AND 5", "the log lacks entries 3-5",
     "the log lacks entries 3-5"},
    {"DELETE FROM log WHERE seq = 6", "the log lacks entry 6", "the log lacks entry 6"},
    {"UPDATE log SET sealed = randomblob(528) WHERE seq = 2", "entry 2 of the log fails its seal",
     "entry 2 of the log fails its seal"},
    {"UPDATE log SET (nonce, sealed) = (SELECT nonce, sealed FROM log WHERE seq = 1) WHERE seq > 4",
     "2 entries of the log fail their seals, the first is 5",
     "2 entries of the log fail their seals, the first is 5"},
    {"INSERT INTO log SELECT 7, nonce, sealed FROM log WHERE seq = 6",
     "the log has 1 entry too many", "the log has 1 entry too many"},
    {"UPDATE segment SET wrapped = randomblob(80)", "the keys of the log were changed",
     "the keys of the log were changed"},
};

static void under_its_feet(struct vault *vault, const char *sql)
{
	/* The store's own statements may call no functions. */
	(void)sqlite3_set_authorizer(vault->store->db, NULL, NULL);
	assert_int_equal(sqlite3_exec(vault->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int teardown(void **state)
{
	return vault_teardown(state);
}

static void each_part_that_was_changed_under_an_open_store_is_named(void **state)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct inspection found;
		struct vault *vault;

		(void)setup_filled(state);
		vault = *state;
		under_its_feet(vault, changes[i].sql);
		REQUIRE(store_inspect(vault->store, NULL, &found, err));
		expect_only(changes[i].sql, &found, changes[i].open);
		assert_true(found.told);
		(void)teardown(state);
	}
	(void)setup_filled(state);
}

static void each_part_that_was_changed_while_closed_is_named(void **state)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct inspection found;
		struct vault *vault;
		struct error refusal = ERROR_INIT;

		if (!changes[i].closed)
			continue;
		(void)setup_filled(state);
		vault = *state;
		vault_close(vault);
		edit(vault, changes[i].sql);
		REQUIRE(store_open(vault->path, &vault->store, err));
		/* The refusal itself says so too, and what to type. */
		assert_false(store_unlock(vault->store, &vault->keys, &refusal));
		assert_int_equal(refusal.code, ERROR_TAMPERED);
		if (!strstr(refusal.message, changes[i].closed))
			fail_msg("%s: \"%s\"", changes[i].sql, refusal.message);
		assert_string_equal(refusal.hint, "credvault verify");
		REQUIRE(store_inspect(vault->store, &vault->keys, &found, err));
		expect_only(changes[i].sql, &found, changes[i].closed);
		(void)teardown(state);
	}
	(void)setup_filled(state);
}

static void several_changes_are_all_named(void **state)
{
	struct vault *vault = *state;
	struct inspection found;

	under_its_feet(vault, "UPDATE rec SET sealed = randomblob(528) WHERE tbl = 2;"
			      "DELETE FROM log WHERE seq IN (2, 4);"
			      "INSERT INTO rec SELECT randomblob(16), tbl, ver, epoch, "
			      "randomblob(32), nonce, sealed FROM rec WHERE tbl = 2");
	REQUIRE(store_inspect(vault->store, NULL, &found, err));
	assert_true(says(&found, "2 of 4 records fail their seals"));
	assert_true(says(&found, "1 record was added"));
	assert_true(says(&found, "the log lacks entry 2"));
	assert_true(says(&found, "the log lacks entry 4"));
	assert_int_equal(found.count, 4);
}

static void hex_of(struct store *store, const char *sql, char *out, size_t size)
{
	sqlite3_stmt *stmt;

	(void)sqlite3_set_authorizer(store->db, NULL, NULL);
	assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_true((size_t)sqlite3_column_bytes(stmt, 0) < size);
	(void)snprintf(out, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
}

/* TRAP 11: it is as genuine as the one that it takes the place of. */
static void a_record_put_back_to_an_earlier_state_is_told_from_a_broken_one(void **state)
{
	struct vault *vault = *state;
	char nonce[64], sealed[4096], sql[8192];
	struct inspection found;

	hex_of(vault->store, "SELECT hex(nonce) FROM rec WHERE tbl = 2", nonce, sizeof(nonce));
	hex_of(vault->store, "SELECT hex(sealed) FROM rec WHERE tbl = 2", sealed, sizeof(sealed));
	put(vault, TABLE_SESSION, "abc", 4);
	(void)snprintf(sql, sizeof(sql),
		       "UPDATE rec SET ver = 1, nonce = x'%s', sealed = x'%s' WHERE tbl = 2", nonce,
		       sealed);
	under_its_feet(vault, sql);
	REQUIRE(store_inspect(vault->store, NULL, &found, err));
	expect_only("replay", &found, "1 of 3 records is not as saved last, but as before that");
	vault_close(vault);
	REQUIRE(store_open(vault->path, &vault->store, err));
	REQUIRE(store_inspect(vault->store, &vault->keys, &found, err));
	expect_only("replay", &found, "a record is not as saved last, but as before that");
}

static void what_others_can_reach_is_a_problem(void **state)
{
	struct vault *vault = *state;
	struct inspection found;

	assert_int_equal(chmod(vault->path, 0644), 0);
	REQUIRE(store_inspect(vault->store, NULL, &found, err));
	assert_int_equal(found.count, 1);
	assert_int_equal(chmod(vault->path, 0600), 0);
	REQUIRE(store_inspect(vault->store, NULL, &found, err));
	assert_int_equal(found.count, 0);
}

static void another_file_in_its_place_is_a_problem(void **state)
{
	struct vault *vault = *state;
	struct inspection found;
	char aside[100];

	(void)snprintf(aside, sizeof(aside), "%s.aside", vault->path);
	assert_int_equal(rename(vault->path, aside), 0);
	REQUIRE(store_inspect(vault->store, NULL, &found, err));
	assert_true(says(&found, "taken away"));
	assert_int_equal(rename(aside, vault->path), 0);
}

/* Bytes of the file itself, past SQLite and its cache, as a sync service writes them. */
static void flip(const char *path, const unsigned char *what, size_t len)
{
	static unsigned char data[4 * 1024 * 1024];
	int fd = open(path, O_RDWR | O_CLOEXEC);
	ssize_t size;

	if (fd < 0)
		return;
	size = pread(fd, data, sizeof(data), 0);
	for (ssize_t at = 0; at + (ssize_t)len <= size; at++) {
		if (memcmp(data + at, what, len) == 0) {
			unsigned char other = (unsigned char)(data[at] ^ 1);

			assert_int_equal(pwrite(fd, &other, 1, at), 1);
		}
	}
	(void)close(fd);
}

static void what_is_in_a_cache_is_not_taken_for_the_file(void **state)
{
	struct vault *vault = *state;
	struct inspection found;
	sqlite3_stmt *stmt;
	unsigned char nonce[SEAL_NONCE_BYTES];
	char wal[100];

	assert_int_equal(sqlite3_prepare_v2(vault->store->db, "SELECT nonce FROM rec WHERE tbl = 2",
					    -1, &stmt, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	memcpy(nonce, sqlite3_column_blob(stmt, 0), sizeof(nonce));
	(void)sqlite3_finalize(stmt);
	(void)snprintf(wal, sizeof(wal), "%s-wal", vault->path);
	flip(vault->path, nonce, sizeof(nonce));
	flip(wal, nonce, sizeof(nonce));
	REQUIRE(store_inspect(vault->store, NULL, &found, err));
	expect_only("pwrite", &found, "1 of 3 records fails its seal");
}

int main(void)
{
#define INSPECT_TEST(name_) cmocka_unit_test_setup_teardown(name_, setup_filled, vault_teardown)
	const struct CMUnitTest tests[] = {
	    INSPECT_TEST(a_sound_vault_has_no_problems),
	    cmocka_unit_test_teardown(each_part_that_was_changed_under_an_open_store_is_named,
				      teardown),
	    cmocka_unit_test_teardown(each_part_that_was_changed_while_closed_is_named, teardown),
	    INSPECT_TEST(several_changes_are_all_named),
	    INSPECT_TEST(a_record_put_back_to_an_earlier_state_is_told_from_a_broken_one),
	    INSPECT_TEST(what_others_can_reach_is_a_problem),
	    INSPECT_TEST(another_file_in_its_place_is_a_problem),
	    INSPECT_TEST(what_is_in_a_cache_is_not_taken_for_the_file),
	};

	return cmocka_run_group_tests_name("inspect", tests, NULL, NULL);
}
