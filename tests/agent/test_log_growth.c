/* SPDX-License-Identifier: MIT */
#include "tests/agent/rig.h"
#include "vault/audit/append.h"
#include "vault/store/change/segment_roll.h"
#include "vault/store/log/segment_prune.h"
#include "vault/store/store.h"

/* What lets the log grow, and what makes it smaller again. */

enum { DAY_S = 86400, SMALL = 4 };

static int with_key(void **state)
{
	(void)rig_setup(state);
	rig_expect("ok", rig_add(*state, "ci", NULL, false));
	return 0;
}

static json_t *emit(struct rig *rig)
{
	return rig_ask(rig, "credentials",
		       json_pack("{s:s,s:s,s:o,s:b}", "profile", "ci", "purpose", "process", "plan",
				 rig_plan("ci"), "can_ask", false),
		       NULL);
}

static uint64_t count(struct rig *rig)
{
	struct store_state state;

	REQUIRE(store_state(rig->agent.store, &state, err));
	return state.log_count;
}

static int64_t said(const json_t *answer, const char *object, const char *member)
{
	const json_t *ok = json_object_get(answer, "ok");

	return json_integer_value(
	    json_object_get(object ? json_object_get(ok, object) : ok, member));
}

static void emissions_without_end_are_refused_and_told(void **state)
{
	struct rig *rig = *state;
	uint64_t before;
	json_t *status;

	rig_expect("ok", emit(rig));
	rig->agent.emissions.left = 2;
	rig->agent.emissions.filled_ms = rig->boot_ms;
	rig_expect("ok", emit(rig));
	rig_expect("ok", emit(rig));
	before = count(rig);
	for (int i = 0; i < 40; i++)
		rig_expect("FAILED", emit(rig));
	/* One entry tells of them all, and a count comes after it. */
	assert_int_equal(count(rig), before + 1);
	status = rig_ask(rig, "status", NULL, NULL);
	assert_int_equal(said(status, "emissions", "left"), 0);
	assert_int_equal(said(status, "emissions", "refused"), 40);
	json_decref(status);
	rig_sleep(rig, 50);
	rig_expect("ok", emit(rig));
	rig_expect("FAILED", emit(rig));
}

static void a_lock_and_a_rotation_go_on_while_the_log_is_full(void **state)
{
	struct rig *rig = *state;
	struct store *store = rig->agent.store;
	struct audit_entry step = audit_entry_at(AUDIT_OP_ROTATE, &rig->clock);
	struct audit_entry lock = audit_entry_at(AUDIT_OP_LOCK, &rig->clock);
	json_t *answer;
	int given = 0;

	/* A part that is full cannot be put beside the vault. */
	segment_set_limits(store, SMALL, UINT64_MAX / 16);
	store->roll_after = UINT64_MAX;
	for (int i = 0; i < 10 * SMALL; i++) {
		answer = emit(rig);
		given += json_object_get(answer, "ok") != NULL;
		json_decref(answer);
	}
	assert_true(given < 9 * SMALL);
	rig_expect("IO", emit(rig));
	REQUIRE(audit_record(store, &step, err));
	REQUIRE(audit_record(store, &lock, err));
}

static void the_owner_prunes_what_is_older_than_the_settings_say(void **state)
{
	struct rig *rig = *state;
	struct rig_client *client;
	uint64_t before;
	json_t *answer;

	segment_set_limits(rig->agent.store, SMALL, UINT64_MAX / 16);
	for (int i = 0; i < 3 * SMALL; i++)
		rig_expect("ok", emit(rig));
	before = count(rig);
	client = rig_connect(rig, false);
	rig_expect("CHANNEL_NEEDED", rig_call(client, "prune", json_object(), NULL));
	rig_hang_up(client);
	answer = rig_prove(rig, "prune", json_object(), NULL);
	assert_int_equal(said(answer, NULL, "parts"), 0);
	json_decref(answer);
	/* The wall clock goes on; nothing locks the vault meanwhile. */
	rig->real_ms += (int64_t)401 * DAY_S * 1000;
	answer = rig_prove(rig, "prune", json_object(), NULL);
	assert_true(said(answer, NULL, "parts") >= 3);
	assert_int_equal(said(answer, NULL, "from"), 1);
	assert_int_equal(said(answer, NULL, "first"), said(answer, NULL, "to") + 1);
	assert_true(said(answer, NULL, "bytes") > 0);
	json_decref(answer);
	assert_true(count(rig) > before);
	answer = rig_ask(rig, "log", json_pack("{s:b}", "verify", true), NULL);
	assert_true(json_is_true(json_object_get(json_object_get(answer, "ok"), "verified")));
	assert_true(said(answer, "pruned", "entries") >= 3 * SMALL);
	assert_int_equal(said(answer, NULL, "log_entries"), count(rig));
	json_decref(answer);
	rig_expect("ok", emit(rig));
}

#define RIG_TEST(test_) cmocka_unit_test_setup_teardown(test_, with_key, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(emissions_without_end_are_refused_and_told),
	    RIG_TEST(a_lock_and_a_rotation_go_on_while_the_log_is_full),
	    RIG_TEST(the_owner_prunes_what_is_older_than_the_settings_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
