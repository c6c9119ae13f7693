/* SPDX-License-Identifier: MIT */
#include "tests/store/verify_log.h"
#include "tests/store/fixture.h"
#include "vault/audit/append.h"
#include "vault/audit/read.h"
#include "vault/store/change/commit.h"
#include "vault/store/log/segment.h"
#include "vault/store/store.h"

static void record(struct vault *vault, const char *profile)
{
	struct audit_entry entry = audit_entry_at(AUDIT_OP_EMIT, &clock_system);

	audit_text(entry.profile, sizeof(entry.profile), profile);
	REQUIRE(audit_record(vault->store, &entry, err));
}

struct seen {
	int count;
	uint64_t last;
	char profile[AUDIT_NAME_BYTES];
	int stop_after;
};

static bool look(void *arg, const struct audit_entry *entry, struct error *err)
{
	struct seen *seen = arg;

	if (seen->count > 0 && entry->seq != seen->last + 1)
		return error_set(err, ERROR_FAILED, "a gap");
	seen->count++;
	seen->last = entry->seq;
	audit_text(seen->profile, sizeof(seen->profile), entry->profile);
	if (seen->count == seen->stop_after)
		return error_set(err, ERROR_DECLINED, "enough");
	return true;
}

static void entries_are_numbered_from_one_and_read_back_in_order(void **state)
{
	struct vault *vault = *state;
	struct seen seen = {0};
	unsigned char head[32];
	uint64_t count;

	record(vault, "one");
	record(vault, "two");
	record(vault, "three");
	vault_reopen(vault);
	record(vault, "four");
	REQUIRE(audit_read(vault->store, 1, UINT64_MAX, look, &seen, err));
	assert_int_equal(seen.count, 4);
	assert_int_equal(seen.last, 4);
	assert_string_equal(seen.profile, "four");
	seen = (struct seen){0};
	REQUIRE(audit_read(vault->store, 2, 2, look, &seen, err));
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.profile, "three");
	seen = (struct seen){0};
	REQUIRE(audit_read(vault->store, 5, 2, look, &seen, err));
	assert_int_equal(seen.count, 0);
	REQUIRE(audit_head(vault->store, &count, head, err));
	assert_int_equal(count, 4);
	REQUIRE(verify_log(vault->store, err));
}

static void a_reader_may_stop(void **state)
{
	struct vault *vault = *state;
	struct seen seen = {.stop_after = 2};

	record(vault, "one");
	record(vault, "two");
	record(vault, "three");
	REFUSED(ERROR_DECLINED, audit_read(vault->store, 1, 10, look, &seen, err));
	assert_int_equal(seen.count, 2);
	record(vault, "four");
}

static bool look_back(void *arg, const struct audit_entry *entry)
{
	struct seen *seen = arg;

	if (seen->count > 0)
		assert_int_equal(entry->seq, seen->last - 1);
	seen->count++;
	seen->last = entry->seq;
	return seen->count != seen->stop_after;
}

static void the_log_is_read_from_its_end_until_the_reader_has_enough(void **state)
{
	enum { MORE_THAN_A_CHUNK = 130 };
	struct vault *vault = *state;
	struct seen seen = {0};

	for (int i = 0; i < MORE_THAN_A_CHUNK; i++)
		record(vault, "one");
	REQUIRE(audit_read_back(vault->store, MORE_THAN_A_CHUNK, look_back, &seen, err));
	assert_int_equal(seen.count, MORE_THAN_A_CHUNK);
	assert_int_equal(seen.last, 1);
	seen = (struct seen){.stop_after = MORE_THAN_A_CHUNK - 1};
	REQUIRE(audit_read_back(vault->store, MORE_THAN_A_CHUNK, look_back, &seen, err));
	assert_int_equal(seen.last, 2);
	seen = (struct seen){.stop_after = 2};
	REQUIRE(audit_read_back(vault->store, 2, look_back, &seen, err));
	assert_int_equal(seen.last, 1);
	seen = (struct seen){0};
	REQUIRE(audit_read_back(vault->store, 0, look_back, &seen, err));
	assert_int_equal(seen.count, 0);
}

static bool say_and_put(struct txn *txn, void *arg, struct error *err)
{
	struct change *change = arg;
	struct audit_entry entry = audit_entry_at(AUDIT_OP_ADD, &clock_system);

	if (!audit_append(txn, &entry, err) || !put_thing(txn, change, err))
		return false;
	change->thing.value = entry.seq;
	return true;
}

/*
 * TRAP 37 and 38: the change and its entry are one transaction, so neither is ever without the
 * other.
 */
static void trap_38_a_change_and_its_entry_stand_or_fall_together(void **state)
{
	struct vault *vault = *state;
	struct change change = change_of(TABLE_KEY, "prod", 1);
	struct thing thing;
	unsigned char head[32];
	uint64_t count;

	REQUIRE(store_commit(vault->store, say_and_put, &change, err));
	assert_int_equal(change.thing.value, 1);
	change = change_of(TABLE_KEY, "dev", 1);
	change.then_fail = true;
	REFUSED(ERROR_DECLINED, store_commit(vault->store, say_and_put, &change, err));
	vault_reopen(vault);
	REQUIRE(audit_head(vault->store, &count, head, err));
	assert_int_equal(count, 1);
	REQUIRE(get(vault->store, TABLE_KEY, "prod", &thing, err));
	REFUSED(ERROR_NOT_FOUND, get(vault->store, TABLE_KEY, "dev", &thing, err));
}

static bool append_a_lie(struct txn *txn, void *arg, struct error *err)
{
	struct audit_entry entry = audit_entry_at(AUDIT_OP_EMIT, &clock_system);
	struct buf plain = BUF_INIT(AUDIT_ENTRY_MAX);
	bool ok;

	(void)arg;
	entry.seq = segment_next(txn) + 1;
	ok = audit_entry_encode(&entry, &plain, err) &&
	     segment_append(txn, plain.data, plain.len, err);
	buf_clear(&plain);
	return ok;
}

static void an_entry_that_says_another_number_is_refused(void **state)
{
	struct vault *vault = *state;
	struct seen seen = {0};

	REQUIRE(store_commit(vault->store, append_a_lie, NULL, err));
	REFUSED(ERROR_TAMPERED, audit_read(vault->store, 1, 1, look, &seen, err));
}

static void a_locked_vault_records_and_tells_nothing(void **state)
{
	struct vault *vault = *state;
	struct audit_entry entry = audit_entry_at(AUDIT_OP_EMIT, &clock_system);
	struct seen seen = {0};
	unsigned char head[32];
	uint64_t count;

	record(vault, "one");
	vault_close(vault);
	REQUIRE(store_open(vault->path, &vault->store, err));
	REFUSED(ERROR_LOCKED, audit_record(vault->store, &entry, err));
	REFUSED(ERROR_LOCKED, audit_read(vault->store, 1, 1, look, &seen, err));
	REFUSED(ERROR_LOCKED, audit_head(vault->store, &count, head, err));
	REFUSED(ERROR_LOCKED, verify_log(vault->store, err));
}

static void a_changed_entry_is_found_by_verifying(void **state)
{
	struct vault *vault = *state;

	record(vault, "one");
	record(vault, "two");
	REQUIRE(verify_log(vault->store, err));
	assert_int_equal(
	    sqlite3_exec(vault->store->db, "DELETE FROM log WHERE seq = 2", NULL, NULL, NULL),
	    SQLITE_OK);
	REFUSED(ERROR_TAMPERED, verify_log(vault->store, err));
}

int main(void)
{
#define LOG_TEST(name_) cmocka_unit_test_setup_teardown(name_, vault_setup_created, vault_teardown)
	const struct CMUnitTest tests[] = {
	    LOG_TEST(entries_are_numbered_from_one_and_read_back_in_order),
	    LOG_TEST(a_reader_may_stop),
	    LOG_TEST(the_log_is_read_from_its_end_until_the_reader_has_enough),
	    LOG_TEST(trap_38_a_change_and_its_entry_stand_or_fall_together),
	    LOG_TEST(an_entry_that_says_another_number_is_refused),
	    LOG_TEST(a_locked_vault_records_and_tells_nothing),
	    LOG_TEST(a_changed_entry_is_found_by_verifying),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
