/* SPDX-License-Identifier: MIT */
#include "vault/audit/check.h"

#include "tests/store/fixture.h"
#include "vault/audit/append.h"
#include "vault/audit/read.h"
#include "vault/store/change/commit.h"
#include "vault/store/change/segment_roll.h"

enum { SMALL = 4, LAST = 10 };

/* Entry n was written n hours after the first of all times. */
static int setup_log(void **state)
{
	struct vault *vault;

	(void)vault_setup_created(state);
	vault = *state;
	segment_set_limits(vault->store, SMALL, UINT64_MAX / 16);
	for (int i = 1; i <= LAST; i++) {
		struct audit_entry entry = audit_entry_at(AUDIT_OP_EMIT, &clock_system);

		entry.time = 3600L * i;
		REQUIRE(audit_record(vault->store, &entry, err));
	}
	assert_int_equal(vault->store->state.closed_count, 2);
	return 0;
}

static void a_whole_log_has_no_problem(void **state)
{
	static struct audit_report report;
	struct vault *vault = *state;

	REQUIRE(audit_check(vault->store, &report, err));
	assert_int_equal(report.problems, 0);
	assert_int_equal(report.count, 0);
}

static void what_is_lost_lies_between_two_times(void **state)
{
	static struct audit_report report;
	struct vault *vault = *state;

	assert_int_equal(
	    sqlite3_exec(vault->store->db, "DELETE FROM log WHERE seq = 9", NULL, NULL, NULL),
	    SQLITE_OK);
	REQUIRE(audit_check(vault->store, &report, err));
	assert_int_equal(report.problems, 1);
	assert_int_equal(report.at[0].found.from, 9);
	assert_int_equal(report.at[0].found.to, 9);
	assert_int_equal(report.at[0].after, 8 * 3600);
	assert_int_equal(report.at[0].before, 10 * 3600);
	assert_int_equal(sqlite3_exec(vault->store->db, "DELETE FROM log", NULL, NULL, NULL),
			 SQLITE_OK);
	REQUIRE(audit_check(vault->store, &report, err));
	assert_int_equal(report.problems, 1);
	assert_int_equal(report.at[0].found.to - report.at[0].found.from, 1);
	assert_int_equal(report.at[0].after, 8 * 3600);
	assert_int_equal(report.at[0].before, 0);
}

static bool append_a_lie(struct txn *txn, void *arg, struct error *err)
{
	(void)arg;
	return segment_append(txn, "no entry", 8, err);
}

static void an_entry_that_makes_no_sense_is_lost_too(void **state)
{
	static struct audit_report report;
	struct vault *vault = *state;

	REQUIRE(store_commit(vault->store, append_a_lie, NULL, err));
	REQUIRE(audit_check(vault->store, &report, err));
	assert_int_equal(report.problems, 1);
	assert_int_equal(report.at[0].found.from, LAST + 1);
	assert_int_equal(report.at[0].found.to, LAST + 1);
}

/* Field 500 behind all fields of a good entry. */
static bool append_a_later_one(struct txn *txn, void *arg, struct error *err)
{
	struct audit_entry entry = audit_entry_at(AUDIT_OP_EMIT, &clock_system);
	struct buf plain = BUF_INIT(AUDIT_ENTRY_MAX);
	bool ok;

	entry.seq = *(uint64_t *)arg;
	ok = audit_entry_encode(&entry, &plain, err) &&
	     buf_append(&plain, "\xf4\1\1\0\0\0x", 7, err) &&
	     segment_append(txn, plain.data, plain.len, err);
	buf_clear(&plain);
	return ok;
}

static bool ignore_entry(void *arg, const struct audit_entry *entry, struct error *err)
{
	(void)arg, (void)entry, (void)err;
	return true;
}

static void an_entry_of_a_newer_program_is_unbroken_and_not_read(void **state)
{
	static struct audit_report report;
	struct vault *vault = *state;
	struct error why = ERROR_INIT;
	uint64_t next = LAST + 1;

	REQUIRE(store_commit(vault->store, append_a_later_one, &next, err));
	assert_false(audit_check(vault->store, &report, &why));
	assert_int_equal(why.code, ERROR_NEWER);
	assert_int_equal(report.problems, 0);
	why = ERROR_INIT;
	assert_false(audit_read(vault->store, 1, LAST + 1, ignore_entry, NULL, &why));
	assert_int_equal(why.code, ERROR_NEWER);
	assert_true(audit_read(vault->store, 1, LAST, ignore_entry, NULL, &why));
	/* What is broken comes first. */
	assert_int_equal(
	    sqlite3_exec(vault->store->db, "DELETE FROM log WHERE seq = 9", NULL, NULL, NULL),
	    SQLITE_OK);
	REQUIRE(audit_check(vault->store, &report, err));
	assert_int_equal(report.problems, 1);
}

static void more_problems_than_are_told_are_counted(void **state)
{
	static struct audit_report report;
	struct vault *vault = *state;

	segment_set_limits(vault->store, UINT64_MAX / 16, UINT64_MAX / 16);
	for (int i = 0; i < AUDIT_PROBLEMS_MAX + 5; i++)
		REQUIRE(store_commit(vault->store, append_a_lie, NULL, err));
	REQUIRE(audit_check(vault->store, &report, err));
	assert_int_equal(report.count, AUDIT_PROBLEMS_MAX);
	assert_int_equal(report.problems, AUDIT_PROBLEMS_MAX + 5);
}

int main(void)
{
#define CHECK_TEST(name_) cmocka_unit_test_setup_teardown(name_, setup_log, vault_teardown)
	const struct CMUnitTest tests[] = {
	    CHECK_TEST(a_whole_log_has_no_problem),
	    CHECK_TEST(what_is_lost_lies_between_two_times),
	    CHECK_TEST(an_entry_that_makes_no_sense_is_lost_too),
	    CHECK_TEST(an_entry_of_a_newer_program_is_unbroken_and_not_read),
	    CHECK_TEST(more_problems_than_are_told_are_counted),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
