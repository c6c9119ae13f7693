/* SPDX-License-Identifier: MIT */
#include "vault/store/backup/copy.h"

#include "tests/store/fixture.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/record/rotation_record.h"

#define OLD_ID "AKIAIOSFODNN7EXAMPLE"
#define NEW_ID "AKIAI44QH8DHBEXAMPLE"

static void copy_path(const struct vault *vault, char out[static 100])
{
	(void)snprintf(out, 100, "%s/vault.db.copy-1", vault->directory);
}

static struct store *copy_open(const struct vault *vault, struct copy_facts *facts)
{
	struct store *copy = NULL;
	char path[100];

	copy_path(vault, path);
	REQUIRE(copy_write(vault->store, path, facts, err));
	REQUIRE(store_open(path, &copy, err));
	REQUIRE(store_unlock(copy, &vault->keys, err));
	return copy;
}

static void copy_close(struct store *copy)
{
	REQUIRE(store_close(copy, err));
}

static void a_copy_opens_with_the_vaults_keys_and_has_what_it_had(void **state)
{
	struct vault *vault = *state;
	struct copy_facts facts;
	struct store_state here, there;
	struct store *copy;
	struct thing thing;

	put(vault, TABLE_KEY, "prod", 7);
	put(vault, TABLE_SETTINGS, "settings", 9);
	append(vault, "an entry");
	append(vault, "another");
	copy = copy_open(vault, &facts);
	REQUIRE(get(copy, TABLE_KEY, "prod", &thing, err));
	assert_int_equal(thing.value, 7);
	REQUIRE(get(copy, TABLE_SETTINGS, "settings", &thing, err));
	assert_int_equal(thing.value, 9);
	REQUIRE(store_state(vault->store, &here, err));
	REQUIRE(store_state(copy, &there, err));
	assert_int_equal(there.generation, here.generation);
	assert_int_equal(facts.generation, here.generation);
	assert_int_equal(there.log_count, 2);
	assert_memory_equal(there.log_head, here.log_head, sizeof(here.log_head));
	assert_int_equal(facts.keys, 1);
	assert_int_equal(facts.spares, 0);
	copy_close(copy);
}

static void a_copy_has_no_sessions_and_no_mfa_steps(void **state)
{
	struct vault *vault = *state;
	struct copy_facts facts;
	struct store_state there;
	struct store *copy;
	struct thing thing;

	put(vault, TABLE_KEY, "prod", 7);
	put(vault, TABLE_SESSION, "a session", 1);
	put(vault, TABLE_MFA, "a device", 2);
	put(vault, TABLE_USAGE, "a use", 3);
	copy = copy_open(vault, &facts);
	REFUSED(ERROR_NOT_FOUND, get(copy, TABLE_SESSION, "a session", &thing, err));
	REFUSED(ERROR_NOT_FOUND, get(copy, TABLE_MFA, "a device", &thing, err));
	REQUIRE(get(copy, TABLE_USAGE, "a use", &thing, err));
	REQUIRE(store_state(copy, &there, err));
	assert_int_equal(there.rows, 2);
	copy_close(copy);
	/* The vault itself keeps them. */
	assert_int_equal(value_of(vault, TABLE_SESSION, "a session"), 1);
}

static bool put_key(struct txn *txn, void *arg, struct error *err)
{
	struct access_key key;
	struct buf plain = ROW_BUF;
	bool ok;

	(void)arg;
	access_key_init(&key);
	(void)snprintf(key.name, sizeof(key.name), "prod");
	(void)snprintf(key.access_key_id, sizeof(key.access_key_id), OLD_ID);
	(void)snprintf(key.region, sizeof(key.region), "eu-west-1");
	key.max_age_s = 86400;
	ok = secret_set(&key.secret, "old", 3, err) && access_key_encode(&key, &plain, err) &&
	     row_put(txn, TABLE_KEY, "prod", &plain, NULL, err);
	access_key_clear(&key);
	buf_clear(&plain);
	return ok;
}

static bool put_rotation(struct txn *txn, void *arg, struct error *err)
{
	const enum rotation_record_step *step = arg;
	struct rotation_record rotation;
	struct buf plain = ROW_BUF;
	bool ok = true;

	rotation_record_init(&rotation);
	(void)snprintf(rotation.name, sizeof(rotation.name), OLD_ID);
	(void)snprintf(rotation.key_name, sizeof(rotation.key_name), "prod");
	(void)snprintf(rotation.arn, sizeof(rotation.arn), "arn:aws:iam::111122223333:user/ci");
	(void)snprintf(rotation.seen, sizeof(rotation.seen), OLD_ID);
	rotation.step = *step;
	rotation.retire = ROTATION_DEACTIVATE;
	rotation.begun_at = 1700000000;
	rotation.new_created_at = 1700000100;
	if (*step != ROTATION_INTENDED) {
		(void)snprintf(rotation.new_access_key_id, sizeof(rotation.new_access_key_id),
			       NEW_ID);
		ok = secret_set(&rotation.secret, "second", 6, err);
	}
	ok = ok && rotation_record_encode(&rotation, &plain, err) &&
	     row_put(txn, TABLE_ROTATION, OLD_ID, &plain, NULL, err);
	rotation_record_clear(&rotation);
	buf_clear(&plain);
	return ok;
}

static void rotating_at(struct vault *vault, enum rotation_record_step step)
{
	REQUIRE(store_commit(vault->store, put_key, NULL, err));
	REQUIRE(store_commit(vault->store, put_rotation, &step, err));
}

static void spare_is(struct store *copy, const char *name, const char *id)
{
	struct access_key key;
	struct buf plain = ROW_BUF;

	access_key_init(&key);
	REQUIRE(row_get(copy, TABLE_KEY, name, NULL, &plain, err));
	REQUIRE(access_key_decode(plain.data, plain.len, &key, err));
	assert_string_equal(key.access_key_id, id);
	assert_int_equal(key.secret.len, 6);
	assert_memory_equal(key.secret.data, "second", 6);
	assert_string_equal(key.region, "eu-west-1");
	assert_true(key.ageless);
	assert_int_equal(key.max_age_s, 0);
	access_key_clear(&key);
	buf_clear(&plain);
}

static void a_copy_keeps_the_second_key_of_a_rotation_and_not_the_rotation(void **state)
{
	struct vault *vault = *state;
	struct copy_facts facts;
	struct store *copy;
	struct buf plain = ROW_BUF;

	rotating_at(vault, ROTATION_CREATED);
	copy = copy_open(vault, &facts);
	assert_int_equal(facts.spares, 1);
	assert_int_equal(facts.keys, 2);
	REFUSED(ERROR_NOT_FOUND, row_get(copy, TABLE_ROTATION, OLD_ID, NULL, &plain, err));
	spare_is(copy, "prod@" NEW_ID, NEW_ID);
	copy_close(copy);
	REQUIRE(row_get(vault->store, TABLE_ROTATION, OLD_ID, NULL, &plain, err));
	buf_clear(&plain);
}

static void behind_the_promotion_the_second_key_is_the_old_one(void **state)
{
	struct vault *vault = *state;
	struct copy_facts facts;
	struct store *copy;

	rotating_at(vault, ROTATION_OFF);
	copy = copy_open(vault, &facts);
	spare_is(copy, "prod@" OLD_ID, OLD_ID);
	copy_close(copy);
}

static void a_rotation_without_a_second_key_leaves_nothing(void **state)
{
	struct vault *vault = *state;
	struct copy_facts facts;

	rotating_at(vault, ROTATION_INTENDED);
	copy_close(copy_open(vault, &facts));
	assert_int_equal(facts.spares, 0);
	assert_int_equal(facts.keys, 1);
}

static void a_vault_that_was_changed_gives_no_copy(void **state)
{
	struct vault *vault = *state;
	struct copy_facts facts;
	struct stat st;
	char path[100];

	put(vault, TABLE_KEY, "prod", 7);
	assert_int_equal(
	    sqlite3_exec(vault->store->db, "UPDATE rec SET ver = ver + 1", NULL, NULL, NULL),
	    SQLITE_OK);
	copy_path(vault, path);
	REFUSED(ERROR_TAMPERED, copy_write(vault->store, path, &facts, err));
	assert_int_not_equal(stat(path, &st), 0);
}

static void a_copy_replaces_no_file(void **state)
{
	struct vault *vault = *state;
	struct copy_facts facts;
	char path[100];
	int fd;

	copy_path(vault, path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	REFUSED(ERROR_EXISTS, copy_write(vault->store, path, &facts, err));
	assert_int_equal(access(path, F_OK), 0);
}

int main(void)
{
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, vault_setup_created, vault_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_copy_opens_with_the_vaults_keys_and_has_what_it_had),
	    TEST(a_copy_has_no_sessions_and_no_mfa_steps),
	    TEST(a_copy_keeps_the_second_key_of_a_rotation_and_not_the_rotation),
	    TEST(behind_the_promotion_the_second_key_is_the_old_one),
	    TEST(a_rotation_without_a_second_key_leaves_nothing),
	    TEST(a_vault_that_was_changed_gives_no_copy),
	    TEST(a_copy_replaces_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
