/* SPDX-License-Identifier: MIT */
#include "tests/store/fixture.h"

#include "vault/audit/append.h"
#include "vault/audit/prune.h"
#include "vault/rotate/foreign_use.h"
#include "vault/store/change/segment_roll.h"

enum { NOW = 1795000000, HOUR = 3600, DAY = 24 * HOUR };

#define KEY "AKIAEXAMPLEEXAMPLE22"

/* A line of the log, as the agent writes it: when, what, for which profile, about which key. */
static void line(struct vault *vault, int64_t at, enum audit_op op, const char *profile,
		 const char *id, const char *what, int64_t lasts)
{
	struct audit_entry entry = audit_entry_at(op, &clock_system);

	entry.time = at;
	entry.expires_at = lasts ? at + lasts : 0;
	audit_text(entry.profile, sizeof(entry.profile), profile);
	audit_text(entry.access_key_id, sizeof(entry.access_key_id), id);
	audit_text(entry.what, sizeof(entry.what), what);
	REQUIRE(audit_record(vault->store, &entry, err));
}

static enum foreign_use_verdict judge(struct vault *vault, int64_t at, const char *service)
{
	char names[][TEXT_NAME_MAX + 1] = {"prod", "also"};
	const struct journal_names held = {names, 2};
	const struct foreign_use use = {.access_key_id = KEY,
					.names = &held,
					.at = at,
					.service = service,
					.came_at = NOW - 60 * DAY};

	return foreign_use_judge(vault->store, &use);
}

/* So many lines about other things, a second from one to the next. */
static void others(struct vault *vault, int64_t from, int count)
{
	for (int i = 0; i < count; i++)
		line(vault, from + i, AUDIT_OP_EMIT, "elsewhere", "ASIAOTHER", "session", HOUR);
}

static void a_use_that_no_line_covers_is_unexplained(void **state)
{
	struct vault *vault = *state;

	assert_int_equal(judge(vault, 0, ""), FOREIGN_USE_UNKNOWN);
	assert_int_equal(judge(vault, NOW - 61 * DAY, "ec2"), FOREIGN_USE_BEFORE);
	/* An empty log explains nothing. */
	assert_int_equal(judge(vault, NOW, "ec2"), FOREIGN_USE_UNEXPLAINED);
	others(vault, NOW - HOUR, 3);
	assert_int_equal(judge(vault, NOW, "ec2"), FOREIGN_USE_UNEXPLAINED);
}

static void an_emission_explains_what_its_session_may_do_while_it_lives(void **state)
{
	struct vault *vault = *state;
	int64_t given = NOW - 10 * HOUR;

	line(vault, given, AUDIT_OP_EMIT, "also", "ASIAONE", "session", HOUR);
	others(vault, NOW - 9 * HOUR, 400);
	assert_int_equal(judge(vault, given, "s3"), FOREIGN_USE_HANDED_OUT);
	assert_int_equal(judge(vault, given + HOUR, "s3"), FOREIGN_USE_HANDED_OUT);
	assert_int_equal(judge(vault, given + HOUR + FOREIGN_USE_AFTER_S, "s3"),
			 FOREIGN_USE_HANDED_OUT);
	assert_int_equal(judge(vault, given + HOUR + FOREIGN_USE_AFTER_S + 1, "s3"),
			 FOREIGN_USE_UNEXPLAINED);
	assert_int_equal(judge(vault, given - FOREIGN_USE_LAG_S, "s3"), FOREIGN_USE_HANDED_OUT);
	assert_int_equal(judge(vault, given - FOREIGN_USE_LAG_S - 1, "s3"),
			 FOREIGN_USE_UNEXPLAINED);
}

static void the_agents_own_calls_explain_its_own_services_alone(void **state)
{
	struct vault *vault = *state;

	line(vault, NOW, AUDIT_OP_ROTATE, "prod", KEY, "asked AWS about this key", 0);
	line(vault, NOW + 5 * HOUR, AUDIT_OP_DENIED, "prod", "", "", 0);
	assert_int_equal(judge(vault, NOW + 2, "iam"), FOREIGN_USE_OWN);
	assert_int_equal(judge(vault, NOW + 5 * HOUR, "sts"), FOREIGN_USE_OWN);
	assert_int_equal(judge(vault, NOW + 2, "ec2"), FOREIGN_USE_UNEXPLAINED);
	assert_int_equal(judge(vault, NOW + FOREIGN_USE_LAG_S + 1, "iam"), FOREIGN_USE_UNEXPLAINED);
	/* Another key's are not this one's. */
	line(vault, NOW + DAY, AUDIT_OP_ROTATE, "other", "AKIAOTHER", "asked AWS", 0);
	assert_int_equal(judge(vault, NOW + DAY, "iam"), FOREIGN_USE_UNEXPLAINED);
}

static void an_emission_of_a_role_leads_back_to_the_key_it_was_assumed_with(void **state)
{
	struct vault *vault = *state;

	line(vault, NOW, AUDIT_OP_SESSION, "tf", KEY, "AssumeRole terraform", 0);
	line(vault, NOW, AUDIT_OP_SESSION, "tf", "ASIAROLE", "role terraform, as cv-1", HOUR);
	line(vault, NOW + 1, AUDIT_OP_EMIT, "tf", "ASIAROLE", "role terraform", HOUR);
	line(vault, NOW, AUDIT_OP_SESSION, "app", "ASIATWO", "GetSessionToken, key " KEY, HOUR);
	others(vault, NOW + 2, 300);
	/* By a third profile that has the same session. */
	line(vault, NOW + 4 * HOUR, AUDIT_OP_SESSION, "web", "ASIAWEB", "GetSessionToken, key " KEY,
	     HOUR);
	line(vault, NOW + 4 * HOUR, AUDIT_OP_EMIT, "shop", "ASIAWEB", "session", HOUR);
	line(vault, NOW + 8 * HOUR, AUDIT_OP_SESSION, "not", "ASIANOT",
	     "GetSessionToken, key AKIAOTHER", HOUR);
	line(vault, NOW + 8 * HOUR, AUDIT_OP_EMIT, "not", "ASIANOT", "session", HOUR);
	assert_int_equal(judge(vault, NOW + 60, "s3"), FOREIGN_USE_HANDED_OUT);
	assert_int_equal(judge(vault, NOW + 4 * HOUR + 60, "s3"), FOREIGN_USE_HANDED_OUT);
	assert_int_equal(judge(vault, NOW + 8 * HOUR + 60, "s3"), FOREIGN_USE_UNEXPLAINED);
}

static void a_key_that_was_revealed_or_given_to_a_hook_may_be_used_anywhere_since(void **state)
{
	struct vault *vault = *state;

	line(vault, NOW - 30 * DAY, AUDIT_OP_REVEAL, "prod", KEY, "", 0);
	others(vault, NOW - 20 * DAY, 700);
	assert_int_equal(judge(vault, NOW, "ec2"), FOREIGN_USE_HANDED_OUT);
	assert_int_equal(judge(vault, NOW - 31 * DAY, "ec2"), FOREIGN_USE_UNEXPLAINED);
}

static void what_a_hook_was_given_is_elsewhere_too(void **state)
{
	struct vault *vault = *state;

	line(vault, NOW - 30 * DAY, AUDIT_OP_ROTATE, "prod", KEY, AUDIT_GIVEN_AWAY, 0);
	line(vault, NOW - 40 * DAY, AUDIT_OP_REVEAL, "prod", "AKIAOTHER", "", 0);
	others(vault, NOW - 20 * DAY, 300);
	assert_int_equal(judge(vault, NOW, "ec2"), FOREIGN_USE_HANDED_OUT);
	assert_int_equal(judge(vault, NOW - 35 * DAY, "ec2"), FOREIGN_USE_UNEXPLAINED);
}

/* Through parts that were closed as well: the newest lines are all too young to speak of it. */
static void an_old_use_is_looked_up_where_its_time_was(void **state)
{
	struct vault *vault = *state;
	int64_t given = NOW - 20 * DAY;

	others(vault, NOW - 30 * DAY, 100);
	line(vault, given, AUDIT_OP_EMIT, "prod", "ASIAONE", "session", HOUR);
	others(vault, NOW - 5 * DAY, SEGMENT_ENTRIES + 500);
	assert_int_equal(judge(vault, given + 60, "s3"), FOREIGN_USE_HANDED_OUT);
	assert_int_equal(judge(vault, given + DAY, "s3"), FOREIGN_USE_UNEXPLAINED);
}

/* The owner has pruned the entries; what they say of a key's use stays. */
static void what_was_pruned_is_no_alarm(void **state)
{
	struct vault *vault = *state;
	struct audit_entry entry = audit_entry_at(AUDIT_OP_PRUNE, &clock_system);
	struct audit_pruned pruned;
	int64_t given = NOW - 50 * DAY;

	segment_set_limits(vault->store, 4, UINT64_MAX / 16);
	line(vault, given, AUDIT_OP_EMIT, "prod", "ASIAONE", "session", HOUR);
	line(vault, given + 10 * DAY, AUDIT_OP_REVEAL, "gone", "AKIAEXAMPLEEXAMPLE33", "", 0);
	others(vault, NOW - 20 * DAY, 7);
	REQUIRE(audit_prune(vault->store, NOW - 19 * DAY, &entry, &pruned, err));
	assert_int_equal(pruned.parts, 2);
	others(vault, NOW - 5 * DAY, 400);
	assert_int_equal(judge(vault, given + 60, "s3"), FOREIGN_USE_HANDED_OUT);
	assert_int_equal(judge(vault, given - DAY, "s3"), FOREIGN_USE_UNEXPLAINED);
	assert_int_equal(judge(vault, given + DAY, "s3"), FOREIGN_USE_UNEXPLAINED);
	assert_int_equal(judge(vault, NOW - 10 * DAY, "s3"), FOREIGN_USE_UNEXPLAINED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, vault_setup_created, vault_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_use_that_no_line_covers_is_unexplained),
	    TEST(an_emission_explains_what_its_session_may_do_while_it_lives),
	    TEST(the_agents_own_calls_explain_its_own_services_alone),
	    TEST(an_emission_of_a_role_leads_back_to_the_key_it_was_assumed_with),
	    TEST(a_key_that_was_revealed_or_given_to_a_hook_may_be_used_anywhere_since),
	    TEST(what_a_hook_was_given_is_elsewhere_too),
	    TEST(an_old_use_is_looked_up_where_its_time_was),
	    TEST(what_was_pruned_is_no_alarm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
