/* SPDX-License-Identifier: MIT */
#include "vault/store/change/rekey.h"

#include "tests/store/rekeying.h"
#include "vault/base/file.h"
#include "vault/store/change/commit.h"
#include "vault/store/store.h"

/*
 * What was replaced is searched in every file of the vault's directory, 16 bytes at a time: a
 * window of a seal or a wrapping has no other reason to be there.
 */
enum { WINDOW = 16, TABLE_BITS = 18, TABLE_SIZE = 1 << TABLE_BITS };

struct windows {
	unsigned char (*at)[WINDOW];
	bool *used;
	size_t count;
};

static size_t place_of(const unsigned char *window)
{
	uint64_t a, b;

	memcpy(&a, window, sizeof(a));
	memcpy(&b, window + sizeof(a), sizeof(b));
	return (size_t)((a ^ b * 0x9e3779b97f4a7c15U) * 0xff51afd7ed558ccdU >> (64 - TABLE_BITS));
}

static bool windows_have(const struct windows *windows, const unsigned char *window)
{
	for (size_t i = place_of(window); windows->used[i]; i = (i + 1) % TABLE_SIZE) {
		if (memcmp(windows->at[i], window, WINDOW) == 0)
			return true;
	}
	return false;
}

static void windows_add(struct windows *windows, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t at = 0; at + WINDOW <= len; at++) {
		size_t i = place_of(bytes + at);

		if (windows_have(windows, bytes + at))
			continue;
		while (windows->used[i])
			i = (i + 1) % TABLE_SIZE;
		memcpy(windows->at[i], bytes + at, WINDOW);
		windows->used[i] = true;
		assert_true(++windows->count < TABLE_SIZE / 2);
	}
}

static void windows_clear(struct windows *windows)
{
	free(windows->at);
	free(windows->used);
}

static void add_column(struct windows *windows, struct vault *vault, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(sqlite3_prepare_v2(vault->store->db, sql, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(stmt); i++)
			windows_add(windows, sqlite3_column_blob(stmt, i),
				    (size_t)sqlite3_column_bytes(stmt, i));
	}
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
}

static void add_slots(struct windows *windows, const struct buf *bytes)
{
	struct header header;

	REQUIRE(header_decode(bytes->data, bytes->len, &header, err));
	windows_add(windows, header.commitment, sizeof(header.commitment));
	windows_add(windows, header.mac, sizeof(header.mac));
	for (size_t i = 0; i < header.slots_count; i++) {
		const struct slot *slot = &header.slots[i];

		windows_add(windows, slot->id, sizeof(slot->id));
		if (slot->type == SLOT_PASSPHRASE)
			windows_add(windows, slot->salt, sizeof(slot->salt));
		else
			windows_add(windows, slot->ephemeral, sizeof(slot->ephemeral));
		windows_add(windows, slot->commitment, sizeof(slot->commitment));
		windows_add(windows, slot->nonce, sizeof(slot->nonce));
		windows_add(windows, slot->wrapped, sizeof(slot->wrapped));
	}
}

/* All that a re-key replaces: rows, indexes, wrapped log keys, manifest, slots. */
static struct windows all_of(struct vault *vault)
{
	struct windows windows = {.at = calloc(TABLE_SIZE, WINDOW),
				  .used = calloc(TABLE_SIZE, sizeof(bool))};

	add_column(&windows, vault, "SELECT name_idx, nonce, sealed FROM rec");
	add_column(&windows, vault, "SELECT nonce, wrapped FROM segment");
	add_column(&windows, vault, "SELECT nonce, sealed FROM manifest");
	add_slots(&windows, store_header(vault->store));
	return windows;
}

static size_t found_in_file(const struct windows *windows, const char *path)
{
	struct buf bytes = BUF_INIT(0);
	size_t found = 0;

	REQUIRE(file_read(path, (size_t)1 << 27, &bytes, err));
	for (size_t at = 0; at + WINDOW <= bytes.len; at++)
		found += windows_have(windows, (const unsigned char *)bytes.data + at);
	buf_clear(&bytes);
	return found;
}

static size_t found(const struct windows *windows, const struct vault *vault)
{
	char path[400];
	struct dirent *entry;
	size_t sum = 0;
	DIR *dir = opendir(vault->directory);

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", vault->directory, entry->d_name);
		sum += found_in_file(windows, path);
	}
	(void)closedir(dir);
	return sum;
}

static void fill_more(struct vault *vault)
{
	char name[32];

	fill(vault);
	for (unsigned int i = 0; i < 120; i++) {
		(void)snprintf(name, sizeof(name), "key-%u", i);
		put(vault, TABLE_KEY, name, i);
	}
	/* Pages that were let go hold rows of before. */
	for (unsigned int i = 0; i < 40; i++) {
		struct change change;

		(void)snprintf(name, sizeof(name), "key-%u", 3 * i);
		change = change_of(TABLE_KEY, name, 0);
		REQUIRE(store_commit(vault->store, delete_thing, &change, err));
	}
}

static void nothing_is_left_of_what_a_rekey_replaced(void **state)
{
	struct vault *vault = *state;
	struct windows old, now;

	fill_more(vault);
	old = all_of(vault);
	assert_true(found(&old, vault) >= old.count);
	rekey(vault);
	assert_int_equal(found(&old, vault), 0);
	now = all_of(vault);
	assert_true(found(&now, vault) >= now.count);
	vault_close(vault);
	assert_int_equal(found(&old, vault), 0);
	windows_clear(&old);
	windows_clear(&now);
}

static void nothing_is_left_of_a_slot_that_was_taken_away(void **state)
{
	struct vault *vault = *state;
	struct rekeyed_header plan = {.passphrases_count = 0};
	struct fresh fresh = {.header = BUF_INIT(HEADER_BYTES_MAX)};
	struct buf more = with_one_slot_more(vault);
	struct header old, next;
	struct windows gone = {.at = calloc(TABLE_SIZE, WINDOW),
			       .used = calloc(TABLE_SIZE, sizeof(bool))};
	bool changed = false;

	fill(vault);
	REQUIRE(store_set_header(vault->store, &more, NULL, &changed, err));
	REQUIRE(header_decode(more.data, more.len, &old, err));
	add_slots(&gone, &more);
	windows_add(&gone, old.slots[1].recipient, SLOT_PUBLIC_BYTES);
	assert_true(found(&gone, vault) >= gone.count);
	rekeyed_header_drop(&plan, old.slots[1].id);
	REQUIRE(rekeyed_header_make(&old, &vault->key, &plan, &next, &fresh.key, err));
	REQUIRE(header_encode(&next, &fresh.key, &fresh.header, err));
	REQUIRE(keys_derive(&fresh.key, &fresh.keys, err));
	REQUIRE(store_rekey(vault->store, &fresh.header, &fresh.keys, NULL, &changed, err));
	adopt(vault, &fresh);
	assert_int_equal(found(&gone, vault), 0);
	buf_clear(&more);
	windows_clear(&gone);
}

static void nothing_is_left_of_a_slot_made_dearer(void **state)
{
	struct vault *vault = *state;
	struct windows old = {.at = calloc(TABLE_SIZE, WINDOW),
			      .used = calloc(TABLE_SIZE, sizeof(bool))};
	struct buf header = BUF_INIT(HEADER_BYTES_MAX);
	struct header before, next;
	struct slot_vault bound;
	bool changed = false;

	fill(vault);
	windows_add(&old, &vault->header.data[vault->header.len - SEAL_DIGEST_BYTES],
		    SEAL_DIGEST_BYTES);
	REQUIRE(header_decode(vault->header.data, vault->header.len, &next, err));
	before = next;
	windows_add(&old, next.slots[0].wrapped, SLOT_WRAPPED_BYTES);
	bound = header_vault(&next);
	REQUIRE(slot_seal_x25519(&(struct slot_wrapping){&bound, &vault->key, 1}, SLOT_RECOVERY,
				 before.slots[0].recipient, &next.slots[0], err));
	REQUIRE(header_encode(&next, &vault->key, &header, err));
	REQUIRE(store_checkpoint(vault->store, err));
	assert_true(found(&old, vault) >= old.count);
	REQUIRE(store_set_header(vault->store, &header, NULL, &changed, err));
	assert_int_equal(found(&old, vault), 0);
	buf_clear(&header);
	windows_clear(&old);
}

static void nothing_is_left_of_a_record_that_was_removed(void **state)
{
	struct vault *vault = *state;
	struct change change = change_of(TABLE_KEY, "prod", 0);
	struct windows gone = {.at = calloc(TABLE_SIZE, WINDOW),
			       .used = calloc(TABLE_SIZE, sizeof(bool))};

	put(vault, TABLE_KEY, "prod", 1);
	add_column(&gone, vault, "SELECT id, name_idx, nonce, sealed FROM rec");
	put(vault, TABLE_KEY, "dev", 2);
	assert_true(found(&gone, vault) >= gone.count);
	REQUIRE(store_commit(vault->store, delete_thing, &change, err));
	REQUIRE(store_checkpoint(vault->store, err));
	assert_int_equal(found(&gone, vault), 0);
	windows_clear(&gone);
}

int main(void)
{
#define ON_A_VAULT(test_) \
	cmocka_unit_test_setup_teardown(test_, vault_setup_created, vault_teardown)
	const struct CMUnitTest tests[] = {
	    ON_A_VAULT(nothing_is_left_of_what_a_rekey_replaced),
	    ON_A_VAULT(nothing_is_left_of_a_slot_that_was_taken_away),
	    ON_A_VAULT(nothing_is_left_of_a_slot_made_dearer),
	    ON_A_VAULT(nothing_is_left_of_a_record_that_was_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
