/* SPDX-License-Identifier: MIT */
#include "tests/store/verify_log.h"
#include "tests/store/fixture.h"
#include "vault/store/change/commit.h"
#include "vault/store/store.h"

static void a_row_comes_back_after_the_vault_was_closed(void **state)
{
	struct vault *vault = *state;

	put(vault, TABLE_KEY, "prod", 7);
	put(vault, TABLE_SESSION, "prod", 8);
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 7);
	assert_int_equal(value_of(vault, TABLE_SESSION, "prod"), 8);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct vault *vault = *state;
	struct thing thing;

	put(vault, TABLE_KEY, "prod", 7);
	REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_KEY, "dev", &thing, err));
	REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_SESSION, "prod", &thing, err));
}

static void a_row_that_is_put_again_keeps_its_id_and_counts_its_version(void **state)
{
	struct vault *vault = *state;
	struct record_id first, second;
	struct buf plain = ROW_BUF;

	put(vault, TABLE_KEY, "prod", 7);
	REQUIRE(row_get(vault->store, TABLE_KEY, "prod", &first, &plain, err));
	put(vault, TABLE_KEY, "prod", 9);
	REQUIRE(row_get(vault->store, TABLE_KEY, "prod", &second, &plain, err));
	assert_memory_equal(first.id, second.id, sizeof(first.id));
	assert_int_equal(first.version, 1);
	assert_int_equal(second.version, 2);
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 9);
	buf_clear(&plain);
}

/* What rename_thing() gives another name: from `change.name` to `to`. */
struct new_name {
	struct change change;
	const char *to;
	struct record_id id;
};

static bool rename_thing(struct txn *txn, void *arg, struct error *err)
{
	struct new_name *new_name = arg;
	struct thing thing = new_name->change.thing;
	struct buf plain = ROW_BUF;
	bool ok;

	(void)snprintf(thing.name, sizeof(thing.name), "%s", new_name->to);
	ok = tlv_encode(&thing_form, &thing, &plain, err) &&
	     row_rename(txn, new_name->change.table, new_name->change.thing.name, new_name->to,
			&plain, &new_name->id, err);
	buf_clear(&plain);
	return ok;
}

static void a_row_of_another_name_keeps_its_id_and_leaves_none_behind(void **state)
{
	struct vault *vault = *state;
	struct new_name given = {.change = change_of(TABLE_KEY, "prod", 9), .to = "live"};
	struct record_id first, second;
	struct buf plain = ROW_BUF;
	struct thing thing;

	put(vault, TABLE_KEY, "prod", 7);
	put(vault, TABLE_KEY, "dev", 8);
	REQUIRE(row_get(vault->store, TABLE_KEY, "prod", &first, &plain, err));
	REQUIRE(store_commit(vault->store, rename_thing, &given, err));
	REQUIRE(row_get(vault->store, TABLE_KEY, "live", &second, &plain, err));
	assert_memory_equal(first.id, second.id, sizeof(first.id));
	assert_int_equal(second.version, first.version + 1);
	assert_memory_equal(&second, &given.id, sizeof(second));
	REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_KEY, "prod", &thing, err));
	REFUSED(ERROR_NOT_FOUND, store_commit(vault->store, rename_thing, &given, err));
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "live"), 9);
	REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_KEY, "prod", &thing, err));
	/* Nothing takes the place of another row. */
	given.change = change_of(TABLE_KEY, "live", 9);
	given.to = "dev";
	REFUSED(ERROR_EXISTS, store_commit(vault->store, rename_thing, &given, err));
	assert_int_equal(value_of(vault, TABLE_KEY, "dev"), 8);
	assert_int_equal(value_of(vault, TABLE_KEY, "live"), 9);
	put(vault, TABLE_KEY, "prod", 5);
	vault_reopen(vault);
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 5);
	buf_clear(&plain);
}

static void a_deleted_row_is_gone_for_good(void **state)
{
	struct vault *vault = *state;
	struct change change = change_of(TABLE_KEY, "prod", 0);
	struct thing thing;

	put(vault, TABLE_KEY, "prod", 7);
	put(vault, TABLE_KEY, "dev", 8);
	REQUIRE(store_commit(vault->store, delete_thing, &change, err));
	REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_KEY, "prod", &thing, err));
	REFUSED(ERROR_NOT_FOUND, store_commit(vault->store, delete_thing, &change, err));
	vault_reopen(vault);
	REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_KEY, "prod", &thing, err));
	assert_int_equal(value_of(vault, TABLE_KEY, "dev"), 8);
}

struct sum {
	int rows;
	uint64_t values;
};

static bool add_up(void *arg, const struct record_id *id, const struct buf *plain,
		   struct error *err)
{
	struct sum *sum = arg;
	struct thing thing = {.value = 0};

	(void)id;
	if (!tlv_decode(&thing_form, plain->data, plain->len, &thing, err))
		return false;
	sum->rows++;
	sum->values += thing.value;
	return true;
}

static void every_row_of_a_table_is_walked_over_once(void **state)
{
	struct vault *vault = *state;
	struct sum sum = {0};
	char name[16];

	for (unsigned int i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "key-%u", i);
		put(vault, i % 3 == 0 ? TABLE_SESSION : TABLE_KEY, name, i);
	}
	vault_reopen(vault);
	REQUIRE(row_each(vault->store, TABLE_KEY, add_up, &sum, err));
	assert_int_equal(sum.rows, 200);
	REQUIRE(row_each(vault->store, TABLE_SESSION, add_up, &sum, err));
	assert_int_equal(sum.rows, 300);
	assert_int_equal(sum.values, 299 * 300 / 2);
}

static int tags_made;

static bool tag_of(const struct buf *plain, uint64_t *tag, struct error *err)
{
	struct thing thing = {.value = 0};

	tags_made++;
	if (!tlv_decode(&thing_form, plain->data, plain->len, &thing, err))
		return false;
	*tag = thing.value % 10;
	return true;
}

/* How many rows of the tag there are; *made is how many had to be opened for that. */
static int tagged(struct vault *vault, uint64_t tag, int *made)
{
	struct sum sum = {0};

	tags_made = 0;
	REQUIRE(row_each_tagged(vault->store, &(struct row_search){TABLE_KEY, tag_of, tag}, add_up,
				&sum, err));
	*made = tags_made;
	return sum.rows;
}

static void rows_are_found_by_their_tag_which_is_made_once(void **state)
{
	struct vault *vault = *state;
	char name[16];
	int made;

	for (unsigned int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "key-%u", i);
		put(vault, TABLE_KEY, name, i);
	}
	put(vault, TABLE_SESSION, "abc", 3);
	assert_int_equal(tagged(vault, 3, &made), 10);
	assert_int_equal(made, 100);
	assert_int_equal(tagged(vault, 4, &made), 10);
	assert_int_equal(made, 0);
	assert_int_equal(tagged(vault, 10, &made), 0);
	vault_reopen(vault);
	assert_int_equal(tagged(vault, 3, &made), 10);
	assert_int_equal(made, 100);
}

static void a_row_that_has_changed_is_opened_again(void **state)
{
	struct vault *vault = *state;
	struct change change = change_of(TABLE_KEY, "prod", 5);
	int made;

	put(vault, TABLE_KEY, "prod", 1);
	put(vault, TABLE_KEY, "dev", 2);
	assert_int_equal(tagged(vault, 1, &made), 1);
	put(vault, TABLE_KEY, "prod", 5);
	assert_int_equal(tagged(vault, 1, &made), 0);
	assert_int_equal(made, 1);
	assert_int_equal(tagged(vault, 5, &made), 1);
	REQUIRE(store_commit(vault->store, delete_thing, &change, err));
	assert_int_equal(tagged(vault, 5, &made), 0);
	change.then_fail = true;
	REFUSED(ERROR_DECLINED, store_commit(vault->store, put_thing, &change, err));
	assert_int_equal(tagged(vault, 5, &made), 0);
	for (unsigned int i = 0; i < 300; i++)
		put(vault, TABLE_KEY, "dev", i);
	assert_int_equal(tagged(vault, 9, &made), 1);
}

static bool stop(void *arg, const struct record_id *id, const struct buf *plain, struct error *err)
{
	(void)arg;
	(void)id;
	(void)plain;
	return error_set(err, ERROR_DECLINED, "enough");
}

static void a_walk_that_is_stopped_says_why(void **state)
{
	struct vault *vault = *state;

	put(vault, TABLE_KEY, "prod", 7);
	REFUSED(ERROR_DECLINED, row_each(vault->store, TABLE_KEY, stop, NULL, err));
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 7);
}

static void an_idle_vault_serves_sessions_and_the_log_but_no_records(void **state)
{
	struct vault *vault = *state;
	struct change change = change_of(TABLE_KEY, "prod", 9);
	struct sum sum = {0};
	struct thing thing;

	put(vault, TABLE_KEY, "prod", 7);
	put(vault, TABLE_SESSION, "abc", 8);
	assert_true(store_has_record_keys(vault->store));
	store_drop_record_keys(vault->store);
	assert_false(store_has_record_keys(vault->store));
	REFUSED(ERROR_LOCKED, get(vault->store, TABLE_KEY, "prod", &thing, err));
	REFUSED(ERROR_LOCKED, row_each(vault->store, TABLE_KEY, add_up, &sum, err));
	REFUSED(ERROR_LOCKED, row_each(vault->store, TABLE_SETTINGS, add_up, &sum, err));
	REFUSED(ERROR_LOCKED,
		row_each_tagged(vault->store, &(struct row_search){TABLE_KEY, tag_of, 7}, add_up,
				&sum, err));
	REFUSED(ERROR_LOCKED, store_commit(vault->store, put_thing, &change, err));
	REFUSED(ERROR_LOCKED, store_commit(vault->store, delete_thing, &change, err));
	assert_int_equal(value_of(vault, TABLE_SESSION, "abc"), 8);
	put(vault, TABLE_SESSION, "abc", 10);
	append(vault, "still on record");
	REQUIRE(store_unlock(vault->store, &vault->keys, err));
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 7);
	assert_int_equal(value_of(vault, TABLE_SESSION, "abc"), 10);
	assert_int_equal(log_count(vault), 1);
}

static void a_vault_that_was_never_unlocked_gives_and_takes_nothing(void **state)
{
	struct vault *vault = *state;
	struct change change = change_of(TABLE_SESSION, "abc", 9);
	struct store_state now;
	struct sum sum = {0};
	struct thing thing;

	vault_close(vault);
	REQUIRE(store_open(vault->path, &vault->store, err));
	REFUSED(ERROR_LOCKED, get(vault->store, TABLE_SESSION, "abc", &thing, err));
	REFUSED(ERROR_LOCKED, row_each(vault->store, TABLE_SESSION, add_up, &sum, err));
	REFUSED(ERROR_LOCKED, store_commit(vault->store, put_thing, &change, err));
	REFUSED(ERROR_LOCKED, store_state(vault->store, &now, err));
	REFUSED(ERROR_LOCKED, verify_log(vault->store, err));
	assert_int_equal(store_header(vault->store)->len, vault->header.len);
	assert_memory_equal(store_header(vault->store)->data, vault->header.data,
			    vault->header.len);
}

static bool put_under_another_name(struct txn *txn, void *arg, struct error *err)
{
	struct thing thing = {.name = "dev", .value = 1};
	struct buf plain = ROW_BUF;
	bool ok;

	(void)arg;
	ok = tlv_encode(&thing_form, &thing, &plain, err) &&
	     row_put(txn, TABLE_KEY, "prod", &plain, NULL, err);
	buf_clear(&plain);
	return ok;
}

static void the_name_inside_must_be_the_name_it_is_stored_by(void **state)
{
	struct vault *vault = *state;
	struct thing thing;

	REFUSED(ERROR_FAILED, store_commit(vault->store, put_under_another_name, NULL, err));
	REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_KEY, "prod", &thing, err));
	REFUSED(ERROR_USAGE, get(vault->store, TABLE_KEY, "", &thing, err));
}

int main(void)
{
#define ROW_TEST(name_) cmocka_unit_test_setup_teardown(name_, vault_setup_created, vault_teardown)
	const struct CMUnitTest tests[] = {
	    ROW_TEST(a_row_comes_back_after_the_vault_was_closed),
	    ROW_TEST(what_is_not_there_is_not_found),
	    ROW_TEST(a_row_that_is_put_again_keeps_its_id_and_counts_its_version),
	    ROW_TEST(a_row_of_another_name_keeps_its_id_and_leaves_none_behind),
	    ROW_TEST(a_deleted_row_is_gone_for_good),
	    ROW_TEST(every_row_of_a_table_is_walked_over_once),
	    ROW_TEST(rows_are_found_by_their_tag_which_is_made_once),
	    ROW_TEST(a_row_that_has_changed_is_opened_again),
	    ROW_TEST(a_walk_that_is_stopped_says_why),
	    ROW_TEST(an_idle_vault_serves_sessions_and_the_log_but_no_records),
	    ROW_TEST(a_vault_that_was_never_unlocked_gives_and_takes_nothing),
	    ROW_TEST(the_name_inside_must_be_the_name_it_is_stored_by),
	};

	return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
