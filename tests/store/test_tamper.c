/* SPDX-License-Identifier: MIT */
#include "tests/store/verify_log.h"
#include "tests/store/fixture.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/store/change/commit.h"
#include "vault/store/verified/manifest_row.h"
#include "vault/store/store.h"

/* Three records and three entries, as in every test here. */
static int setup_filled(void **state)
{
	struct vault *vault;

	(void)vault_setup_created(state);
	vault = *state;
	put(vault, TABLE_KEY, "dev", 1);
	put(vault, TABLE_KEY, "prod", 2);
	put(vault, TABLE_SESSION, "abc", 3);
	append(vault, "first");
	append(vault, "second");
	append(vault, "third");
	return 0;
}

static void hex_of(struct store *store, const char *sql, char *out, size_t size)
{
	sqlite3_stmt *stmt;

	assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_true((size_t)sqlite3_column_bytes(stmt, 0) * 2 < size);
	text_hex(sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0), out);
	(void)sqlite3_finalize(stmt);
}

static void keep_copy(const struct vault *vault, struct buf *copy)
{
	*copy = BUF_INIT(1024 * 1024);
	REQUIRE(file_read(vault->path, 1024 * 1024, copy, err));
}

static void put_back(const struct vault *vault, const void *data, size_t len)
{
	int fd = open(vault->path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(close(fd), 0);
}

static void rows_changed_while_closed_are_refused(void **state)
{
	static const char *const edits[] = {
	    "DELETE FROM rec WHERE tbl = 2",
	    "DELETE FROM rec",
	    "UPDATE rec SET ver = ver + 1",
	    "UPDATE rec SET epoch = 2",
	    "UPDATE rec SET tbl = 5 WHERE tbl = 2",
	    "UPDATE rec SET id = randomblob(16) WHERE tbl = 2",
	    "UPDATE rec SET sealed = randomblob(528) WHERE tbl = 2",
	    "UPDATE rec SET nonce = randomblob(24) WHERE tbl = 2",
	    "UPDATE rec SET name_idx = randomblob(32) WHERE tbl = 2",
	    "INSERT INTO rec SELECT randomblob(16), tbl, ver, epoch, randomblob(32), nonce, sealed "
	    "FROM rec LIMIT 1",
	    /* The sealed part of one row in another one. */
	    "UPDATE rec SET (nonce, sealed) = (SELECT nonce, sealed FROM rec WHERE tbl = 2)",
	    "PRAGMA ignore_check_constraints = 1; UPDATE rec SET tbl = 0 WHERE tbl = 2",
	    "PRAGMA ignore_check_constraints = 1; UPDATE rec SET nonce = x'00' WHERE tbl = 2",
	    "PRAGMA ignore_check_constraints = 1; UPDATE rec SET sealed = x'' WHERE tbl = 2",
	    "UPDATE manifest SET sealed = randomblob(528)",
	    "UPDATE manifest SET nonce = randomblob(24)",
	    "UPDATE header SET bytes = substr(bytes, 1, length(bytes) - 1)",
	    "UPDATE header SET bytes = randomblob(length(bytes))",
	    "DELETE FROM log WHERE seq = 3",
	    "DELETE FROM log WHERE seq = 2",
	    "DELETE FROM log",
	    "INSERT INTO log SELECT 4, nonce, sealed FROM log WHERE seq = 3",
	    "PRAGMA ignore_check_constraints = 1; INSERT INTO log SELECT 0, nonce, sealed FROM log "
	    "WHERE seq = 3",
	    "UPDATE log SET seq = 9 WHERE seq = 1; UPDATE log SET seq = 1 WHERE seq = 2; "
	    "UPDATE log SET seq = 2 WHERE seq = 9",
	    "UPDATE log SET (nonce, sealed) = (SELECT nonce, sealed FROM log WHERE seq = 1)",
	    "UPDATE log SET sealed = randomblob(528) WHERE seq = 1",
	    "UPDATE segment SET first = 2",
	    "UPDATE segment SET no = 2",
	    "UPDATE segment SET epoch = 2",
	    "UPDATE segment SET head = randomblob(32)",
	    "UPDATE segment SET wrapped = randomblob(80)",
	    "PRAGMA ignore_check_constraints = 1; "
	    "UPDATE segment SET wrapped = randomblob(79)",
	    "PRAGMA ignore_check_constraints = 1; UPDATE segment SET wrapped = randomblob(81)",
	    "UPDATE segment SET id = randomblob(16)",
	    "UPDATE segment SET digest = randomblob(32)",
	    "INSERT INTO segment SELECT 2, first, epoch, head, id, digest, nonce, wrapped "
	    "FROM segment",
	};
	struct vault *vault = *state;
	struct buf copy;

	vault_close(vault);
	keep_copy(vault, &copy);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		edit(vault, edits[i]);
		vault_is_refused(vault);
		put_back(vault, copy.data, copy.len);
	}
	vault_reopen(vault);
	buf_clear(&copy);
}

/* TRAP 10: each of two names leads to the other's record, every seal being valid. */
static void trap_10_names_that_were_exchanged_are_refused(void **state)
{
	struct vault *vault = *state;

	vault_close(vault);
	edit(vault,
	     "CREATE TEMP TABLE t AS SELECT id, name_idx AS n FROM rec WHERE tbl = 1;"
	     "UPDATE rec SET name_idx = CAST(id || id AS BLOB) WHERE tbl = 1;"
	     "UPDATE rec SET name_idx = (SELECT n FROM t WHERE t.id <> rec.id) WHERE tbl = 1");
	vault_is_refused(vault);
}

/* TRAP 11: an older row is as genuine as the new one. */
static void trap_11_a_row_of_an_earlier_version_is_refused(void **state)
{
	struct vault *vault = *state;
	char nonce[64], sealed[4096], sql[8192];

	hex_of(vault->store, "SELECT nonce FROM rec WHERE tbl = 2", nonce, sizeof(nonce));
	hex_of(vault->store, "SELECT sealed FROM rec WHERE tbl = 2", sealed, sizeof(sealed));
	put(vault, TABLE_SESSION, "abc", 4);
	vault_close(vault);
	(void)snprintf(sql, sizeof(sql),
		       "UPDATE rec SET ver = 1, nonce = x'%s', sealed = x'%s' WHERE tbl = 2", nonce,
		       sealed);
	edit(vault, sql);
	vault_is_refused(vault);
}

static void an_earlier_manifest_is_refused(void **state)
{
	struct vault *vault = *state;
	char nonce[64], sealed[4096], sql[8192];

	hex_of(vault->store, "SELECT nonce FROM manifest", nonce, sizeof(nonce));
	hex_of(vault->store, "SELECT sealed FROM manifest", sealed, sizeof(sealed));
	append(vault, "what somebody wants forgotten");
	vault_close(vault);
	(void)snprintf(sql, sizeof(sql), "UPDATE manifest SET nonce = x'%s', sealed = x'%s'", nonce,
		       sealed);
	edit(vault, sql);
	vault_is_refused(vault);
}

static void another_vaults_keys_open_nothing(void **state)
{
	struct vault *vault = *state;
	struct secret key = SECRET_EMPTY;
	struct buf header;
	struct keys keys;

	make_keys(&key, &keys, &header);
	vault_close(vault);
	REQUIRE(store_open(vault->path, &vault->store, err));
	REFUSED(ERROR_TAMPERED, store_unlock(vault->store, &keys, err));
	REQUIRE(store_unlock(vault->store, &vault->keys, err));
	REFUSED(ERROR_TAMPERED, store_unlock(vault->store, &keys, err));
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 2);
	keys_clear(&keys);
	secret_clear(&key);
	buf_clear(&header);
}

/* With the keys in hand: each thing the manifest says is compared on its own. */
static void a_genuine_manifest_that_says_otherwise_is_refused(void **state)
{
	struct vault *vault = *state;
	const struct sealed_manifest right = vault->store->state.sealed;

	for (int i = 0; i < 5; i++) {
		struct manifest manifest = vault->store->state.manifest;
		struct sealed_manifest sealed;
		struct store *store = vault->store;
		const struct seal_ctx ctx = store_seal(store, &vault->keys);

		manifest.rows += i == 0;
		manifest.root[0] ^= i == 1;
		manifest.header_digest[0] ^= i == 2;
		manifest.log_count += i == 3;
		manifest.log_head[0] ^= i == 4;
		REQUIRE(manifest_row_seal(&ctx, &manifest, &sealed, err));
		REQUIRE(manifest_row_write(&store->statements, STATEMENT_MANIFEST_UPDATE, &sealed,
					   err));
		vault_close(vault);
		vault_is_refused(vault);
		REQUIRE(store_open(vault->path, &vault->store, err));
		REQUIRE(manifest_row_write(&vault->store->statements, STATEMENT_MANIFEST_UPDATE,
					   &right, err));
		vault_reopen(vault);
	}
}

static void a_vault_that_is_another_one_after_idling_is_refused(void **state)
{
	struct vault *vault = *state;
	struct store *store = vault->store;
	const struct seal_ctx ctx = store_seal(store, &vault->keys);
	struct sealed_manifest sealed;

	store_drop_record_keys(store);
	REQUIRE(manifest_row_seal(&ctx, &store->state.manifest, &sealed, err));
	REQUIRE(manifest_row_write(&store->statements, STATEMENT_MANIFEST_UPDATE, &sealed, err));
	REFUSED(ERROR_TAMPERED, store_unlock(store, &vault->keys, err));
	assert_false(store_has_record_keys(store));
	/* It is sound in itself; only this store has seen another. */
	vault_reopen(vault);
}

static bool put_of_another_epoch(struct txn *txn, void *arg, struct error *err)
{
	struct change change = change_of(TABLE_KEY, "later", 1);
	bool ok;

	(void)arg;
	txn->store->epoch++;
	ok = put_thing(txn, &change, err);
	txn->store->epoch--;
	return ok;
}

static void a_row_of_another_epoch_is_refused(void **state)
{
	struct vault *vault = *state;

	REQUIRE(store_commit(vault->store, put_of_another_epoch, NULL, err));
	vault_close(vault);
	vault_is_refused(vault);
}

/* What was changed under an open store; SQL of our own stands for a writer that ignores locks. */
static void under_its_feet(struct vault *vault, const char *sql)
{
	assert_int_equal(sqlite3_exec(vault->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static bool ignore(void *arg, const struct record_id *id, const struct buf *plain,
		   struct error *err)
{
	(void)arg;
	(void)id;
	(void)plain;
	(void)err;
	return true;
}

static void a_row_replayed_while_open_is_not_used(void **state)
{
	struct vault *vault = *state;
	struct change change = change_of(TABLE_SESSION, "abc", 5);
	char nonce[64], sealed[4096], sql[8192];
	struct thing thing;

	hex_of(vault->store, "SELECT nonce FROM rec WHERE tbl = 2", nonce, sizeof(nonce));
	hex_of(vault->store, "SELECT sealed FROM rec WHERE tbl = 2", sealed, sizeof(sealed));
	put(vault, TABLE_SESSION, "abc", 4);
	(void)snprintf(sql, sizeof(sql),
		       "UPDATE rec SET ver = 1, nonce = x'%s', sealed = x'%s' WHERE tbl = 2", nonce,
		       sealed);
	under_its_feet(vault, sql);
	REFUSED(ERROR_TAMPERED, get(vault->store, TABLE_SESSION, "abc", &thing, err));
	REFUSED(ERROR_TAMPERED, row_each(vault->store, TABLE_SESSION, ignore, NULL, err));
	REFUSED(ERROR_TAMPERED, store_commit(vault->store, put_thing, &change, err));
	REFUSED(ERROR_TAMPERED, store_commit(vault->store, delete_thing, &change, err));
	assert_int_equal(value_of(vault, TABLE_KEY, "prod"), 2);
}

static void a_row_that_vanished_while_open_is_missed(void **state)
{
	struct vault *vault = *state;
	struct change change = change_of(TABLE_KEY, "prod", 5);
	struct thing thing;

	under_its_feet(vault, "DELETE FROM rec WHERE tbl = 1");
	REFUSED(ERROR_TAMPERED, get(vault->store, TABLE_KEY, "prod", &thing, err));
	REFUSED(ERROR_TAMPERED, row_each(vault->store, TABLE_KEY, ignore, NULL, err));
	REFUSED(ERROR_TAMPERED, store_commit(vault->store, put_thing, &change, err));
	REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_KEY, "nobody", &thing, err));
}

static void a_row_added_while_open_is_not_used(void **state)
{
	struct vault *vault = *state;

	under_its_feet(vault,
		       "INSERT INTO rec SELECT x'00112233445566778899aabbccddeeff', tbl, "
		       "ver, epoch, CAST(id || id AS BLOB), nonce, sealed FROM rec WHERE tbl = 2");
	REFUSED(ERROR_TAMPERED, row_each(vault->store, TABLE_SESSION, ignore, NULL, err));
	assert_int_equal(value_of(vault, TABLE_SESSION, "abc"), 3);
}

static void a_manifest_changed_while_open_stops_every_write(void **state)
{
	struct vault *vault = *state;
	struct change change = change_of(TABLE_KEY, "prod", 5);
	char text[] = "never on record";

	under_its_feet(vault, "UPDATE manifest SET nonce = x'"
			      "000000000000000000000000000000000000000000000000'");
	REFUSED(ERROR_TAMPERED, store_commit(vault->store, put_thing, &change, err));
	REFUSED(ERROR_TAMPERED, store_commit(vault->store, append_text, text, err));
	REFUSED(ERROR_TAMPERED, store_unlock(vault->store, &vault->keys, err));
}

static bool ignore_entry(void *arg, uint64_t seq, const struct buf *plain, struct error *err)
{
	(void)seq;
	(void)plain;
	(void)err;
	(*(int *)arg)++;
	return true;
}

static void an_entry_changed_while_open_is_noticed(void **state)
{
	struct vault *vault = *state;
	int seen = 0;

	REQUIRE(verify_log(vault->store, err));
	REQUIRE(segment_each(vault->store, 2, 100, ignore_entry, &seen, err));
	assert_int_equal(seen, 2);
	under_its_feet(vault, "DELETE FROM log WHERE seq = 3");
	REFUSED(ERROR_TAMPERED, segment_each(vault->store, 2, 100, ignore_entry, &seen, err));
	REFUSED(ERROR_TAMPERED, verify_log(vault->store, err));
	under_its_feet(vault, "INSERT INTO log SELECT 3, nonce, sealed FROM log WHERE seq = 2");
	under_its_feet(vault, "DELETE FROM log WHERE seq = 1");
	REFUSED(ERROR_TAMPERED, segment_each(vault->store, 1, 1, ignore_entry, &seen, err));
	REFUSED(ERROR_TAMPERED, segment_each(vault->store, 3, 1, ignore_entry, &seen, err));
	REFUSED(ERROR_TAMPERED, verify_log(vault->store, err));
}

/* Opens and reads everything; true when nothing is amiss. Dies on anything but TAMPERED. */
static bool reads_as_before(struct vault *vault, size_t at)
{
	struct store *store = NULL;
	struct thing dev, prod, session;
	struct error err = ERROR_INIT, ignored;
	bool ok = store_open_waiting(vault->path, 0, &store, &err) &&
		  store_unlock(store, &vault->keys, &err) &&
		  get(store, TABLE_KEY, "dev", &dev, &err) &&
		  get(store, TABLE_KEY, "prod", &prod, &err) &&
		  get(store, TABLE_SESSION, "abc", &session, &err);

	(void)store_close(store, &ignored);
	if (!ok && err.code != ERROR_TAMPERED)
		fail_msg("at %zu: %s (%s)", at, err.message, error_name(err.code));
	if (ok)
		assert_true(dev.value == 1 && prod.value == 2 && session.value == 3);
	return ok;
}

static void every_flipped_byte_is_noticed_or_changes_nothing(void **state)
{
	/* Under valgrind it is the memory that is looked at, not each byte of the file. */
	const size_t stride = getenv("CREDVAULT_UNDER_VALGRIND") ? 251 : 11;
	struct vault *vault = *state;
	size_t refused = 0, inert = 0;
	struct buf copy;

	vault_close(vault);
	keep_copy(vault, &copy);
	for (size_t at = 0; at < copy.len; at += at < 200 ? 1 : stride) {
		copy.data[at] = (char)(copy.data[at] ^ (1 << (at % 8)));
		put_back(vault, copy.data, copy.len);
		copy.data[at] = (char)(copy.data[at] ^ (1 << (at % 8)));
		if (reads_as_before(vault, at))
			inert++;
		else
			refused++;
	}
	put_back(vault, copy.data, copy.len);
	assert_true(reads_as_before(vault, 0));
	print_message("%zu flips refused, %zu inert\n", refused, inert);
	assert_true(refused > 50);
	buf_clear(&copy);
}

static void every_truncated_vault_is_refused(void **state)
{
	struct vault *vault = *state;
	struct buf copy;

	vault_close(vault);
	keep_copy(vault, &copy);
	for (size_t len = 0; len < copy.len; len += len < 1024 ? 37 : 509) {
		put_back(vault, copy.data, len);
		if (reads_as_before(vault, len))
			fail_msg("%zu bytes of %zu are enough", len, copy.len);
	}
	buf_clear(&copy);
}

int main(void)
{
#define TAMPER_TEST(name_) cmocka_unit_test_setup_teardown(name_, setup_filled, vault_teardown)
	const struct CMUnitTest tests[] = {
	    TAMPER_TEST(rows_changed_while_closed_are_refused),
	    TAMPER_TEST(trap_10_names_that_were_exchanged_are_refused),
	    TAMPER_TEST(trap_11_a_row_of_an_earlier_version_is_refused),
	    TAMPER_TEST(an_earlier_manifest_is_refused),
	    TAMPER_TEST(another_vaults_keys_open_nothing),
	    TAMPER_TEST(a_genuine_manifest_that_says_otherwise_is_refused),
	    TAMPER_TEST(a_vault_that_is_another_one_after_idling_is_refused),
	    TAMPER_TEST(a_row_of_another_epoch_is_refused),
	    TAMPER_TEST(a_row_replayed_while_open_is_not_used),
	    TAMPER_TEST(a_row_that_vanished_while_open_is_missed),
	    TAMPER_TEST(a_row_added_while_open_is_not_used),
	    TAMPER_TEST(a_manifest_changed_while_open_stops_every_write),
	    TAMPER_TEST(an_entry_changed_while_open_is_noticed),
	    TAMPER_TEST(every_flipped_byte_is_noticed_or_changes_nothing),
	    TAMPER_TEST(every_truncated_vault_is_refused),
	};

	return cmocka_run_group_tests_name("tamper", tests, NULL, NULL);
}
