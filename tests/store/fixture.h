/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_STORE_FIXTURE_H
#define CV_TESTS_STORE_FIXTURE_H

#include "vault/base/secret.h"
#include "vault/seal/header/header.h"
#include "vault/seal/tlv.h"
#include "vault/store/change/commit.h"
#include "vault/store/handle.h"
#include "vault/store/rows/rows.h"
#include "vault/store/log/segment.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** A directory of our own and a vault in it, made with a vault key at hand. */
struct vault {
	char directory[64];
	char path[80];
	struct secret key;
	struct keys keys;
	struct buf header;
	struct store *store;
};

#define UNUSED __attribute__((unused))

/** What the records of these tests say. */
struct thing {
	char name[64];
	uint64_t value;
};

static const struct tlv_field thing_fields[] = {
    TLV_FIELD(1, TLV_TEXT, TLV_REQUIRED, struct thing, name),
    TLV_FIELD(2, TLV_U64, TLV_REQUIRED, struct thing, value),
};
static const struct tlv_form thing_form = TLV_FORM("a thing", thing_fields);

/** Fails the test with the library's own words. */
#define REQUIRE(call_)                                             \
	do {                                                       \
		struct error must_ = ERROR_INIT;                   \
		struct error *err = &must_;                        \
		if (!(call_))                                      \
			fail_msg("%s: %s", #call_, must_.message); \
	} while (0)

/** The call must fail with this code. */
#define REFUSED(code_, call_)                                             \
	do {                                                              \
		struct error refused_ = ERROR_INIT;                       \
		struct error *err = &refused_;                            \
		if (call_)                                                \
			fail_msg("%s: was let through", #call_);          \
		if (refused_.code != (code_))                             \
			fail_msg("%s: %s (%s)", #call_, refused_.message, \
				 error_name(refused_.code));              \
	} while (0)

static UNUSED void make_keys(struct secret *key, struct keys *keys, struct buf *header)
{
	struct header made;
	struct secret private_key = SECRET_EMPTY;
	struct slot_vault bound;
	struct slot slot;

	*keys = (struct keys){0};
	*header = BUF_INIT(HEADER_BYTES_MAX);
	REQUIRE(keys_new_vault_key(key, err));
	header_init(&made, key, 1700000000);
	REQUIRE(secret_random(&private_key, 32, err));
	bound = header_vault(&made);
	REQUIRE(slot_seal_private(&(struct slot_wrapping){&bound, key, 1700000000}, SLOT_RECOVERY,
				  &private_key, &slot, err));
	REQUIRE(header_add(&made, &slot, err));
	REQUIRE(header_encode(&made, key, header, err));
	REQUIRE(keys_derive(key, keys, err));
	secret_clear(&private_key);
}

static UNUSED int vault_setup(void **state)
{
	struct vault *vault = calloc(1, sizeof(*vault));

	REQUIRE(secret_open(true, err));
	(void)snprintf(vault->directory, sizeof(vault->directory), "/tmp/credvault-test-XXXXXX");
	assert_non_null(mkdtemp(vault->directory));
	(void)snprintf(vault->path, sizeof(vault->path), "%s/vault.db", vault->directory);
	make_keys(&vault->key, &vault->keys, &vault->header);
	*state = vault;
	return 0;
}

static UNUSED int vault_setup_created(void **state)
{
	struct vault *vault;

	(void)vault_setup(state);
	vault = *state;
	REQUIRE(store_create(&(struct store_new){.path = vault->path,
						 .header = &vault->header,
						 .keys = &vault->keys,
						 .now = 1700000000},
			     &vault->store, err));
	return 0;
}

static UNUSED int vault_teardown(void **state)
{
	struct vault *vault = *state;
	struct error ignored;
	struct dirent *entry;
	char path[400];
	DIR *dir;

	(void)store_close(vault->store, &ignored);
	keys_clear(&vault->keys);
	secret_clear(&vault->key);
	buf_clear(&vault->header);
	(void)chmod(vault->directory, 0700);
	dir = opendir(vault->directory);
	while (dir && (entry = readdir(dir))) {
		(void)snprintf(path, sizeof(path), "%s/%s", vault->directory, entry->d_name);
		if (entry->d_name[0] != '.' && unlink(path) != 0)
			(void)rmdir(path);
	}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(vault->directory);
	free(vault);
	return 0;
}

static UNUSED void vault_close(struct vault *vault)
{
	struct store *store = vault->store;

	vault->store = NULL;
	REQUIRE(store_close(store, err));
}

static UNUSED void vault_reopen(struct vault *vault)
{
	if (vault->store)
		vault_close(vault);
	REQUIRE(store_open(vault->path, &vault->store, err));
	REQUIRE(store_unlock(vault->store, &vault->keys, err));
}

/** Opening or unlocking says that the vault was changed (exit 6); nothing else will do. */
static UNUSED void vault_is_refused(struct vault *vault)
{
	struct store *store = NULL;
	struct error err = ERROR_INIT, ignored;
	bool ok = store_open_waiting(vault->path, 0, &store, &err) &&
		  store_unlock(store, &vault->keys, &err);

	(void)store_close(store, &ignored);
	assert_false(ok);
	if (err.code != ERROR_TAMPERED)
		fail_msg("%s (%s)", err.message, error_name(err.code));
}

/** Runs SQL on the closed file as somebody with a plain SQLite would. */
static UNUSED void edit(const struct vault *vault, const char *sql)
{
	sqlite3 *db = NULL;
	char *said = NULL;

	assert_int_equal(sqlite3_open(vault->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &said) != SQLITE_OK)
		fail_msg("%s: %s", sql, said);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

struct change {
	enum record_table table;
	struct thing thing;
	bool then_fail;
};

static UNUSED bool put_thing(struct txn *txn, void *arg, struct error *err)
{
	const struct change *change = arg;
	struct buf plain = ROW_BUF;
	bool ok = tlv_encode(&thing_form, &change->thing, &plain, err) &&
		  row_put(txn, change->table, change->thing.name, &plain, NULL, err);

	buf_clear(&plain);
	if (ok && change->then_fail)
		return error_set(err, ERROR_DECLINED, "changed my mind");
	return ok;
}

static UNUSED bool delete_thing(struct txn *txn, void *arg, struct error *err)
{
	const struct change *change = arg;

	return row_delete(txn, change->table, change->thing.name, err);
}

static UNUSED struct change change_of(enum record_table table, const char *name, uint64_t value)
{
	struct change change = {.table = table, .thing.value = value};

	(void)snprintf(change.thing.name, sizeof(change.thing.name), "%s", name);
	return change;
}

static UNUSED void put(struct vault *vault, enum record_table table, const char *name,
		       uint64_t value)
{
	struct change change = change_of(table, name, value);

	REQUIRE(store_commit(vault->store, put_thing, &change, err));
}

static UNUSED bool get(struct store *store, enum record_table table, const char *name,
		       struct thing *thing, struct error *err)
{
	struct buf plain = ROW_BUF;
	bool ok;

	*thing = (struct thing){.value = 0};
	ok = row_get(store, table, name, NULL, &plain, err) &&
	     tlv_decode(&thing_form, plain.data, plain.len, thing, err);
	buf_clear(&plain);
	return ok;
}

static UNUSED uint64_t value_of(struct vault *vault, enum record_table table, const char *name)
{
	struct thing thing;

	REQUIRE(get(vault->store, table, name, &thing, err));
	assert_string_equal(thing.name, name);
	return thing.value;
}

static UNUSED bool append_text(struct txn *txn, void *arg, struct error *err)
{
	const char *text = arg;

	return segment_append(txn, text, strlen(text), err);
}

static UNUSED void append(struct vault *vault, const char *text)
{
	char copy[64];

	(void)snprintf(copy, sizeof(copy), "%s", text);
	REQUIRE(store_commit(vault->store, append_text, copy, err));
}

static UNUSED uint64_t log_count(struct vault *vault)
{
	struct store_state now;

	REQUIRE(store_state(vault->store, &now, err));
	return now.log_count;
}

#endif
