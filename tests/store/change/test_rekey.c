/* SPDX-License-Identifier: MIT */
#include "vault/store/change/rekey.h"

#include "tests/store/verify_log.h"
#include "tests/store/rekeying.h"
#include "vault/store/store.h"

static void everything_is_there_under_the_new_keys(void **state)
{
	struct vault *vault = *state;
	struct store_state before, after;

	fill(vault);
	REQUIRE(store_state(vault->store, &before, err));
	rekey(vault);
	REQUIRE(store_state(vault->store, &after, err));
	assert_int_equal(after.generation, before.generation + 1);
	assert_int_equal(after.rows, before.rows);
	assert_int_equal(after.log_count, before.log_count);
	assert_memory_equal(after.log_head, before.log_head, sizeof(after.log_head));
	assert_memory_not_equal(after.root, before.root, sizeof(after.root));
	assert_filled(vault);
	assert_int_equal(store_header(vault->store)->len, vault->header.len);
	assert_memory_equal(store_header(vault->store)->data, vault->header.data,
			    vault->header.len);
	vault_reopen(vault);
	assert_filled(vault);
}

static void the_store_goes_on_working(void **state)
{
	struct vault *vault = *state;

	fill(vault);
	rekey(vault);
	put(vault, TABLE_KEY, "prod", 11);
	put(vault, TABLE_KEY, "new", 12);
	append(vault, "three");
	rekey(vault);
	append(vault, "four");
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 11);
	assert_int_equal(value_of(vault, TABLE_KEY, "new"), 12);
	assert_int_equal(log_count(vault), 4);
	REQUIRE(verify_log(vault->store, err));
}

static void the_old_keys_do_not_open_it(void **state)
{
	struct vault *vault = *state;
	struct keys old = {0};

	fill(vault);
	REQUIRE(keys_copy(&old, &vault->keys, err));
	rekey(vault);
	vault_close(vault);
	REQUIRE(store_open(vault->path, &vault->store, err));
	REFUSED(ERROR_TAMPERED, store_unlock(vault->store, &old, err));
	REQUIRE(store_unlock(vault->store, &vault->keys, err));
	keys_clear(&old);
}

static bool append_and_fail(struct txn *txn, void *arg, struct error *err)
{
	return append_text(txn, arg, err) && error_set(err, ERROR_DECLINED, "changed my mind");
}

static void the_log_entry_is_in_the_same_transaction(void **state)
{
	char text[] = "passwd";
	struct rekey_also also = {append_text, text};
	struct vault *vault = *state;
	struct fresh fresh = fresh_of(vault);
	struct store_state before, after;
	bool changed = true;

	REQUIRE(store_state(vault->store, &before, err));
	also.fn = append_and_fail;
	REFUSED(ERROR_DECLINED,
		store_rekey(vault->store, &fresh.header, &fresh.keys, &also, &changed, err));
	assert_false(changed);
	REQUIRE(store_state(vault->store, &after, err));
	assert_memory_equal(&before, &after, sizeof(before));
	also.fn = append_text;
	REQUIRE(store_rekey(vault->store, &fresh.header, &fresh.keys, &also, &changed, err));
	adopt(vault, &fresh);
	vault_reopen(vault);
	assert_int_equal(log_count(vault), 1);
	REQUIRE(store_state(vault->store, &after, err));
	assert_int_equal(after.generation, before.generation + 1);
}

static void a_new_slot_needs_no_new_keys(void **state)
{
	struct vault *vault = *state;
	struct buf header = with_one_slot_more(vault);
	struct store_state before, after;
	bool changed = false;

	fill(vault);
	REQUIRE(store_state(vault->store, &before, err));
	REQUIRE(store_set_header(vault->store, &header, NULL, &changed, err));
	assert_true(changed);
	REQUIRE(store_state(vault->store, &after, err));
	assert_memory_equal(after.root, before.root, sizeof(after.root));
	assert_int_equal(after.generation, before.generation + 1);
	assert_filled(vault);
	vault_reopen(vault);
	assert_int_equal(store_header(vault->store)->len, header.len);
	assert_filled(vault);
	buf_clear(&header);
}

static void a_header_that_does_not_follow_is_refused(void **state)
{
	struct vault *vault = *state;
	struct fresh fresh = fresh_of(vault), later, other = {.header = BUF_INIT(HEADER_BYTES_MAX)};
	struct buf more = with_one_slot_more(vault);
	struct store_state before, after;
	bool changed = true;

	REQUIRE(store_state(vault->store, &before, err));
	/* The same vault key where it must change, another where it must not. */
	REFUSED(ERROR_FAILED, store_rekey(vault->store, &more, &fresh.keys, NULL, &changed, err));
	REFUSED(ERROR_FAILED, store_set_header(vault->store, &fresh.header, NULL, &changed, err));
	REFUSED(ERROR_FAILED,
		store_rekey(vault->store, &fresh.header, &vault->keys, NULL, &changed, err));
	/* Two epochs on. */
	adopt(vault, &fresh);
	later = fresh_of(vault);
	REFUSED(ERROR_FAILED,
		store_rekey(vault->store, &later.header, &later.keys, NULL, &changed, err));
	/* Another vault's. */
	make_keys(&other.key, &other.keys, &other.header);
	REFUSED(ERROR_FAILED,
		store_rekey(vault->store, &other.header, &other.keys, NULL, &changed, err));
	other.header.data[0] ^= 1;
	REFUSED(ERROR_TAMPERED,
		store_rekey(vault->store, &other.header, &other.keys, NULL, &changed, err));
	assert_false(changed);
	REQUIRE(store_state(vault->store, &after, err));
	assert_memory_equal(&before, &after, sizeof(before));
	fresh_clear(&later);
	fresh_clear(&other);
	buf_clear(&more);
}

static void after_the_idle_limit_it_is_refused(void **state)
{
	struct vault *vault = *state;
	struct fresh fresh = fresh_of(vault);
	bool changed = true;

	fill(vault);
	store_drop_record_keys(vault->store);
	REFUSED(ERROR_LOCKED,
		store_rekey(vault->store, &fresh.header, &fresh.keys, NULL, &changed, err));
	assert_false(changed);
	fresh_clear(&fresh);
	vault_reopen(vault);
	assert_filled(vault);
}

/* Through the store's own connection, since nobody else gets one. */
static void spoil(struct vault *vault, const char *sql)
{
	sqlite3_set_authorizer(vault->store->db, NULL, NULL);
	assert_int_equal(sqlite3_exec(vault->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void a_row_changed_under_it_is_not_sealed_again(void **state)
{
	static const char *const spoils[] = {
	    "UPDATE rec SET ver = ver + 1 WHERE tbl = 2", "DELETE FROM rec WHERE tbl = 3",
	    "UPDATE rec SET nonce = zeroblob(24) WHERE tbl = 4",
	    "INSERT INTO rec SELECT randomblob(16), tbl, ver, epoch, randomblob(32), nonce, sealed "
	    "FROM rec WHERE tbl = 4"};
	struct vault *vault = *state;
	struct fresh fresh = fresh_of(vault);
	bool changed = true;

	fill(vault);
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		spoil(vault, "CREATE TABLE IF NOT EXISTS main.keep AS SELECT * FROM rec");
		spoil(vault, spoils[i]);
		REFUSED(ERROR_TAMPERED,
			store_rekey(vault->store, &fresh.header, &fresh.keys, NULL, &changed, err));
		assert_false(changed);
		spoil(vault, "DELETE FROM rec");
		spoil(vault, "INSERT INTO rec SELECT * FROM keep");
	}
	assert_filled(vault);
	spoil(vault, "DROP TABLE keep");
	REQUIRE(store_rekey(vault->store, &fresh.header, &fresh.keys, NULL, &changed, err));
	adopt(vault, &fresh);
	vault_reopen(vault);
	assert_filled(vault);
}

static void an_older_row_is_not_sealed_again_as_the_newest(void **state)
{
	struct vault *vault = *state;
	struct fresh fresh = fresh_of(vault);
	bool changed = true;

	put(vault, TABLE_KEY, "dev", 2);
	spoil(vault, "CREATE TABLE older AS SELECT * FROM rec");
	put(vault, TABLE_KEY, "dev", 3);
	spoil(vault, "DELETE FROM rec");
	spoil(vault, "INSERT INTO rec SELECT * FROM older");
	REFUSED(ERROR_TAMPERED,
		store_rekey(vault->store, &fresh.header, &fresh.keys, NULL, &changed, err));
	assert_false(changed);
	fresh_clear(&fresh);
}

int main(void)
{
#define ON_A_VAULT(test_) \
	cmocka_unit_test_setup_teardown(test_, vault_setup_created, vault_teardown)
	const struct CMUnitTest tests[] = {
	    ON_A_VAULT(everything_is_there_under_the_new_keys),
	    ON_A_VAULT(the_store_goes_on_working),
	    ON_A_VAULT(the_old_keys_do_not_open_it),
	    ON_A_VAULT(the_log_entry_is_in_the_same_transaction),
	    ON_A_VAULT(a_new_slot_needs_no_new_keys),
	    ON_A_VAULT(a_header_that_does_not_follow_is_refused),
	    ON_A_VAULT(after_the_idle_limit_it_is_refused),
	    ON_A_VAULT(a_row_changed_under_it_is_not_sealed_again),
	    ON_A_VAULT(an_older_row_is_not_sealed_again_as_the_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
