/* SPDX-License-Identifier: MIT */
#include "vault/audit/prune.h"

#include "tests/store/fixture.h"
#include "vault/audit/append.h"
#include "vault/audit/check.h"
#include "vault/audit/pruned_uses.h"
#include "vault/audit/read.h"
#include "vault/base/file.h"
#include "vault/store/change/commit.h"
#include "vault/store/change/segment_roll.h"
#include "vault/store/inspect/inspect.h"
#include "vault/store/log/segment_prune.h"
#include "vault/store/log/segment_file.h"

/* Parts of four entries; entry n was written n hours after the first of all times. */
enum { SMALL = 4, LAST = 14, HOUR = 3600 };

static int setup_log(void **state)
{
	struct vault *vault;

	(void)vault_setup_created(state);
	vault = *state;
	segment_set_limits(vault->store, SMALL, UINT64_MAX / 16);
	for (int i = 1; i <= LAST; i++) {
		struct audit_entry entry = audit_entry_at(AUDIT_OP_EMIT, &clock_system);

		entry.time = (int64_t)HOUR * i;
		entry.expires_at = entry.time + 60;
		REQUIRE(audit_record(vault->store, &entry, err));
	}
	assert_int_equal(vault->store->state.closed_count, 3);
	return 0;
}

static void path_of(const struct vault *vault, size_t at, char out[static SEGMENT_PATH_MAX])
{
	segment_file_path(vault->store, &vault->store->state.closed[at], out);
}

static bool is_there(const struct vault *vault, size_t at)
{
	char path[SEGMENT_PATH_MAX];

	path_of(vault, at, path);
	return access(path, F_OK) == 0;
}

static struct audit_pruned prune(struct vault *vault, int64_t before)
{
	struct audit_entry entry = audit_entry_at(AUDIT_OP_PRUNE, &clock_system);
	struct audit_pruned pruned;

	REQUIRE(audit_prune(vault->store, before, &entry, &pruned, err));
	return pruned;
}

static void has_no_problem(struct vault *vault)
{
	static struct audit_report report;
	struct inspection inspection;

	REQUIRE(audit_check(vault->store, &report, err));
	assert_int_equal(report.problems, 0);
	REQUIRE(store_inspect(vault->store, NULL, &inspection, err));
	assert_int_equal(inspection.count, 0);
}

static bool note_first(void *arg, const struct audit_entry *entry, struct error *err)
{
	uint64_t *first = arg;

	(void)err;
	*first = *first ? *first : entry->seq;
	return true;
}

static bool note_last(void *arg, const struct audit_entry *entry)
{
	*(uint64_t *)arg = entry->seq;
	return true;
}

static void a_part_goes_when_all_of_it_is_old_enough(void **state)
{
	struct vault *vault = *state;
	struct audit_pruned pruned = prune(vault, 4 * HOUR);

	assert_int_equal(pruned.parts, 0);
	assert_true(is_there(vault, 0));
	pruned = prune(vault, 8 * HOUR);
	assert_int_equal(pruned.parts, 1);
	assert_int_equal(pruned.first, 1);
	assert_int_equal(pruned.last, 4);
	assert_int_equal(pruned.until, 4 * HOUR);
	assert_true(pruned.bytes > 0);
	assert_false(is_there(vault, 0));
	assert_true(is_there(vault, 1) && is_there(vault, 2));
	/* The open part is never taken. */
	pruned = prune(vault, INT64_MAX);
	assert_int_equal(pruned.parts, 2);
	assert_int_equal(pruned.first, 5);
	assert_int_equal(prune(vault, INT64_MAX).parts, 0);
}

static void count_and_head_stay_and_the_rest_is_read_and_whole(void **state)
{
	struct vault *vault = *state;
	struct store_state before, after;
	uint64_t first = 0, last = 0;

	REQUIRE(store_state(vault->store, &before, err));
	(void)prune(vault, 8 * HOUR + 1);
	REQUIRE(store_state(vault->store, &after, err));
	assert_int_equal(after.log_count, before.log_count + 1);
	assert_int_equal(after.log_first, 9);
	REQUIRE(audit_read(vault->store, 1, UINT64_MAX, note_first, &first, err));
	assert_int_equal(first, 9);
	REQUIRE(audit_read_back(vault->store, after.log_count, note_last, &last, err));
	assert_int_equal(last, 9);
	has_no_problem(vault);
	vault_reopen(vault);
	has_no_problem(vault);
	REQUIRE(store_state(vault->store, &after, err));
	assert_int_equal(after.log_first, 9);
}

static void the_entry_and_the_anchor_tell_of_it(void **state)
{
	struct vault *vault = *state;
	struct log_anchor anchor;

	(void)prune(vault, 8 * HOUR + 1);
	REQUIRE(segment_anchor(vault->store, &anchor, err));
	assert_int_equal(anchor.parts, 2);
	assert_int_equal(anchor.first, 9);
	assert_int_equal(anchor.count, LAST);
	assert_int_equal(anchor.entry, LAST + 1);
	assert_int_equal(anchor.until, 8 * HOUR);
	assert_memory_equal(anchor.head, vault->store->state.closed[2].head, sizeof(anchor.head));
}

static void what_is_missing_is_never_taken_for_pruned(void **state)
{
	static struct audit_report report;
	struct audit_entry entry = audit_entry_at(AUDIT_OP_PRUNE, &clock_system);
	struct vault *vault = *state;
	struct audit_pruned pruned;
	char path[SEGMENT_PATH_MAX];

	(void)prune(vault, 4 * HOUR + 1);
	path_of(vault, 1, path);
	assert_int_equal(unlink(path), 0);
	REQUIRE(audit_check(vault->store, &report, err));
	assert_int_equal(report.problems, 1);
	assert_int_equal(report.at[0].found.from, 5);
	assert_int_equal(report.at[0].found.to, 8);
	assert_string_equal(report.at[0].found.what, "the file is missing");
	REFUSED(ERROR_TAMPERED, audit_prune(vault->store, INT64_MAX, &entry, &pruned, err));
	assert_true(is_there(vault, 2));
	REQUIRE(audit_check(vault->store, &report, err));
	assert_int_equal(report.problems, 1);
}

static void a_removal_that_was_interrupted_is_finished_at_the_next_unlock(void **state)
{
	struct vault *vault = *state;
	struct buf data = BUF_INIT(0);
	char path[SEGMENT_PATH_MAX];

	path_of(vault, 0, path);
	REQUIRE(file_read(path, 1 << 20, &data, err));
	(void)prune(vault, 4 * HOUR + 1);
	assert_false(is_there(vault, 0));
	REQUIRE(file_replace(path, data.data, data.len, err));
	buf_clear(&data);
	has_no_problem(vault);
	vault_reopen(vault);
	assert_false(is_there(vault, 0));
	assert_true(is_there(vault, 1));
	has_no_problem(vault);
}

static void an_anchor_that_was_taken_away_is_noticed(void **state)
{
	struct vault *vault = *state;

	(void)prune(vault, 4 * HOUR + 1);
	assert_int_equal(
	    sqlite3_exec(vault->store->db, "DELETE FROM rec WHERE tbl = 8", NULL, NULL, NULL),
	    SQLITE_OK);
	REFUSED(ERROR_TAMPERED, store_unlock(vault->store, &vault->keys, err));
}

static void what_was_pruned_still_explains_its_times(void **state)
{
	struct vault *vault = *state;
	struct pruned_uses uses;
	struct log_anchor anchor;

	(void)prune(vault, 4 * HOUR + 1);
	REQUIRE(segment_anchor(vault->store, &anchor, err));
	pruned_uses_read(&anchor, &uses);
	assert_int_equal(uses.ranges, 1);
	assert_true(pruned_uses_explain(&uses, "AKIAX", HOUR, 0));
	assert_true(pruned_uses_explain(&uses, "AKIAX", 4 * HOUR + 60, 0));
	assert_false(pruned_uses_explain(&uses, "AKIAX", 4 * HOUR + 61, 0));
	assert_false(pruned_uses_explain(&uses, "AKIAX", HOUR - 1, 0));
}

static struct pruned_uses pass_through_anchor(const struct pruned_uses *uses)
{
	static struct log_anchor anchor;
	struct pruned_uses out;

	pruned_uses_write(uses, &anchor);
	pruned_uses_read(&anchor, &out);
	return out;
}

static void times_far_apart_stay_apart_until_there_are_too_many(void **state)
{
	static struct pruned_uses uses;
	const int64_t far = 100 * HOUR;

	(void)state;
	uses = (struct pruned_uses){.ranges = 0};
	for (int64_t i = 1; i <= 10 * PRUNED_RANGES_MAX; i++) {
		struct audit_entry entry = {
		    .op = AUDIT_OP_EMIT, .time = i * far, .expires_at = i * far + HOUR};

		pruned_uses_add(&uses, &entry);
	}
	uses = pass_through_anchor(&uses);
	assert_int_equal(uses.ranges, PRUNED_RANGES_MAX);
	for (int64_t i = 1; i <= 10 * PRUNED_RANGES_MAX; i++)
		assert_true(pruned_uses_explain(&uses, "AKIAX", i * far + 5, 0));
	assert_false(pruned_uses_explain(&uses, "AKIAX", far - 1, 0));
}

static void a_key_that_was_shown_stays_known_as_such(void **state)
{
	static struct pruned_uses uses;

	(void)state;
	uses = (struct pruned_uses){.ranges = 0};
	for (int i = 0; i <= 2 * PRUNED_GIVEN_MAX; i++) {
		struct audit_entry entry = {.op = AUDIT_OP_REVEAL, .time = HOUR + i};

		(void)snprintf(entry.access_key_id, sizeof(entry.access_key_id), "AKIA%03d", i);
		pruned_uses_add(&uses, &entry);
		if (i == 0) {
			uses = pass_through_anchor(&uses);
			assert_true(pruned_uses_explain(&uses, "AKIA000", 900 * HOUR, 0));
			assert_false(pruned_uses_explain(&uses, "AKIA001", 900 * HOUR, 0));
		}
	}
	uses = pass_through_anchor(&uses);
	for (int i = 0; i <= 2 * PRUNED_GIVEN_MAX; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "AKIA%03d", i);
		assert_true(pruned_uses_explain(&uses, id, 900 * HOUR, 0));
	}
}

int main(void)
{
#define PRUNE_TEST(name_) cmocka_unit_test_setup_teardown(name_, setup_log, vault_teardown)
	const struct CMUnitTest tests[] = {
	    PRUNE_TEST(a_part_goes_when_all_of_it_is_old_enough),
	    PRUNE_TEST(count_and_head_stay_and_the_rest_is_read_and_whole),
	    PRUNE_TEST(the_entry_and_the_anchor_tell_of_it),
	    PRUNE_TEST(what_is_missing_is_never_taken_for_pruned),
	    PRUNE_TEST(a_removal_that_was_interrupted_is_finished_at_the_next_unlock),
	    PRUNE_TEST(an_anchor_that_was_taken_away_is_noticed),
	    PRUNE_TEST(what_was_pruned_still_explains_its_times),
	    cmocka_unit_test(times_far_apart_stay_apart_until_there_are_too_many),
	    cmocka_unit_test(a_key_that_was_shown_stays_known_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
