/* SPDX-License-Identifier: MIT */
#include "vault/store/backup/merge.h"

#include "tests/store/fixture.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/record/rotation_record.h"
#include "vault/store/backup/copy.h"

/* A key that is put or changed. */
struct new_key {
	const char *name, *id;
	int64_t at;
	bool ageless;
};

static bool put_key(struct txn *txn, void *arg, struct error *err)
{
	const struct new_key *fresh = arg;
	struct buf plain = ROW_BUF;
	struct access_key key;
	bool ok;

	access_key_init(&key);
	(void)snprintf(key.name, sizeof(key.name), "%s", fresh->name);
	(void)snprintf(key.access_key_id, sizeof(key.access_key_id), "%s", fresh->id);
	key.added_at = fresh->at;
	key.ageless = fresh->ageless;
	ok = secret_set(&key.secret, fresh->id, strlen(fresh->id), err) &&
	     access_key_encode(&key, &plain, err) &&
	     row_put(txn, TABLE_KEY, fresh->name, &plain, NULL, err);
	access_key_clear(&key);
	buf_clear(&plain);
	return ok;
}

static void add_key(struct vault *vault, const char *name, const char *id, int64_t at)
{
	struct new_key key = {name, id, at, false};

	REQUIRE(store_commit(vault->store, put_key, &key, err));
}

static void remove_key(struct vault *vault, const char *name)
{
	struct change change = change_of(TABLE_KEY, name, 0);

	REQUIRE(store_commit(vault->store, delete_thing, &change, err));
}

/* Copies the vault and opens the copy. */
static struct store *backup_of(const struct vault *vault)
{
	struct store *backup = NULL;
	struct copy_facts facts;
	char path[100];

	(void)snprintf(path, sizeof(path), "%s/vault.db.copy-1", vault->directory);
	REQUIRE(copy_write(vault->store, path, &facts, err));
	REQUIRE(store_open(path, &backup, err));
	REQUIRE(store_unlock(backup, &vault->keys, err));
	return backup;
}

/* The fate of one name. */
struct looking {
	const char *name;
	enum merge_fate fate;
	int times;
};

static bool look(void *arg, const struct merge_key *key, struct error *err)
{
	struct looking *looking = arg;

	(void)err;
	if (strcmp(key->name, looking->name) == 0) {
		looking->fate = key->fate;
		looking->times++;
	}
	return true;
}

static void fate_is(const struct merge *merge, const char *name, enum merge_fate fate)
{
	struct looking looking = {.name = name};

	REQUIRE(merge_each(merge, look, &looking, err));
	assert_int_equal(looking.times, 1);
	if (looking.fate != fate)
		fail_msg("%s: %d instead of %d", name, (int)looking.fate, (int)fate);
}

static void close_backup(struct store *backup)
{
	REQUIRE(store_close(backup, err));
}

static void what_only_one_side_has_comes_or_stays(void **state)
{
	struct vault *vault = *state;
	struct merge merge = {.vault = vault->store};

	add_key(vault, "same", "AKIA1", 10);
	add_key(vault, "gone", "AKIA2", 10);
	merge.backup = backup_of(vault);
	remove_key(vault, "gone");
	add_key(vault, "new", "AKIA3", 20);
	fate_is(&merge, "same", MERGE_SAME);
	fate_is(&merge, "gone", MERGE_COMES);
	fate_is(&merge, "new", MERGE_STAYS);
	close_backup(merge.backup);
}

static void the_newer_record_is_kept_and_lost_only_by_name(void **state)
{
	struct vault *vault = *state;
	const char *const drop[] = {"prod"};
	struct merge merge = {.vault = vault->store};

	add_key(vault, "prod", "AKIA1", 10);
	merge.backup = backup_of(vault);
	/* The clock went back meanwhile: changes are counted, times are not asked. */
	add_key(vault, "prod", "AKIA2", 5);
	fate_is(&merge, "prod", MERGE_KEPT);
	merge.drop = drop;
	merge.drop_count = 1;
	fate_is(&merge, "prod", MERGE_DROPPED);
	close_backup(merge.backup);
}

static void a_newer_record_of_the_backup_is_taken(void **state)
{
	struct vault *vault = *state;
	struct merge merge = {.backup = NULL};
	struct store *older;

	add_key(vault, "prod", "AKIA1", 10);
	older = backup_of(vault);
	add_key(vault, "prod", "AKIA2", 20);
	/* The roles are exchanged: the older copy is the vault that lies there. */
	merge = (struct merge){.vault = older, .backup = vault->store};
	fate_is(&merge, "prod", MERGE_TAKEN);
	close_backup(older);
}

static void a_key_that_was_added_anew_is_judged_by_its_dates(void **state)
{
	struct vault *vault = *state;
	struct merge merge = {.vault = vault->store};

	add_key(vault, "later", "AKIA1", 10);
	add_key(vault, "earlier", "AKIA2", 10);
	add_key(vault, "equal", "AKIA3", 10);
	merge.backup = backup_of(vault);
	remove_key(vault, "later");
	remove_key(vault, "earlier");
	remove_key(vault, "equal");
	add_key(vault, "later", "AKIA4", 20);
	add_key(vault, "earlier", "AKIA5", 5);
	add_key(vault, "equal", "AKIA6", 10);
	fate_is(&merge, "later", MERGE_KEPT);
	fate_is(&merge, "earlier", MERGE_TAKEN);
	fate_is(&merge, "equal", MERGE_KEPT);
	close_backup(merge.backup);
}

static void a_second_key_that_the_vault_has_is_left_out(void **state)
{
	struct vault *vault = *state;
	struct new_key spare = {"prod@AKIA2", "AKIA2", 10, true};
	struct merge merge = {.vault = vault->store};

	add_key(vault, "prod", "AKIA1", 10);
	REQUIRE(store_commit(vault->store, put_key, &spare, err));
	merge.backup = backup_of(vault);
	remove_key(vault, "prod@AKIA2");
	fate_is(&merge, "prod@AKIA2", MERGE_COMES);
	add_key(vault, "prod", "AKIA2", 20);
	fate_is(&merge, "prod@AKIA2", MERGE_SPARE);
	close_backup(merge.backup);
}

struct taking {
	struct store *backup;
	const char (*names)[TEXT_NAME_MAX + 1];
	size_t count;
};

static bool take(struct txn *txn, void *arg, struct error *err)
{
	const struct taking *taking = arg;

	return merge_take(txn, taking->backup, taking->names, taking->count, err);
}

static void keys_are_taken_over_in_one_commit(void **state)
{
	static const char names[2][TEXT_NAME_MAX + 1] = {"prod", "gone"};
	struct vault *vault = *state;
	struct merge merge = {.vault = vault->store};
	struct taking taking = {.names = names, .count = 2};
	struct store_state before, after;

	add_key(vault, "prod", "AKIA1", 10);
	add_key(vault, "gone", "AKIA2", 10);
	merge.backup = taking.backup = backup_of(vault);
	remove_key(vault, "gone");
	add_key(vault, "prod", "AKIA3", 20);
	REQUIRE(store_state(vault->store, &before, err));
	REQUIRE(store_commit(vault->store, take, &taking, err));
	REQUIRE(store_state(vault->store, &after, err));
	assert_int_equal(after.generation, before.generation + 1);
	fate_is(&merge, "prod", MERGE_SAME);
	fate_is(&merge, "gone", MERGE_SAME);
	vault_reopen(vault);
	close_backup(merge.backup);
}

static void settings_are_compared(void **state)
{
	struct vault *vault = *state;
	struct merge merge = {.vault = vault->store};
	bool differ = true;

	merge.backup = backup_of(vault);
	REQUIRE(merge_settings_differ(&merge, &differ, err));
	assert_false(differ);
	put(vault, TABLE_SETTINGS, "settings", 1);
	REQUIRE(merge_settings_differ(&merge, &differ, err));
	assert_true(differ);
	close_backup(merge.backup);
}

int main(void)
{
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, vault_setup_created, vault_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(what_only_one_side_has_comes_or_stays),
	    TEST(the_newer_record_is_kept_and_lost_only_by_name),
	    TEST(a_newer_record_of_the_backup_is_taken),
	    TEST(a_key_that_was_added_anew_is_judged_by_its_dates),
	    TEST(a_second_key_that_the_vault_has_is_left_out),
	    TEST(keys_are_taken_over_in_one_commit),
	    TEST(settings_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
