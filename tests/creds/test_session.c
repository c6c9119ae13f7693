/* SPDX-License-Identifier: MIT */
#include "vault/creds/session.h"

#include "vault/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SERIAL "arn:aws:iam::111122223333:mfa/dev"
#define ADMIN  "arn:aws:iam::111122223333:role/admin"
#define READER "arn:aws:iam::111122223333:role/reader"

/* A plan of two roles from a key with an MFA device: what every test here starts from. */
struct world {
	struct plan plan;
	struct origin origin;
};

#define SET(text_, value_) (void)snprintf((text_), sizeof(text_), "%s", (value_))

static void add_role(struct plan *plan, const char *profile, const char *arn)
{
	struct plan_step *role = plan_insert(plan, plan->steps_count, PLAN_ROLE);

	role->profile = profile;
	plan_set(role, "role_arn", arn);
}

static void begin(struct world *world)
{
	memset(world, 0, sizeof(*world));
	plan_init(&world->plan, "prod");
	world->origin.source = &source_key;
	SET(world->origin.name, "prod");
	SET(world->origin.access_key_id, "AKIAIOSFODNN7EXAMPLE");
	SET(world->origin.mfa_serial, SERIAL);
	world->origin.endpoint_class = ACCESS_KEY_AT_AWS;
	world->origin.row = (struct record_id){.id = {7}, .table = TABLE_KEY, .version = 1};
	add_role(&world->plan, "reader", READER);
	add_role(&world->plan, "admin", ADMIN);
}

static struct session_steps steps_of(struct world *world)
{
	struct session_steps steps;
	struct error err = ERROR_INIT;

	if (!session_steps(&sources_all, &world->plan, &world->origin, &steps, &err))
		fail_msg("%s", err.message);
	return steps;
}

static bool same_end(struct world *a, struct world *b)
{
	struct session_steps one = steps_of(a), two = steps_of(b);

	return memcmp(one.at[one.count - 1].digest, two.at[two.count - 1].digest, DIGEST_BYTES) ==
	       0;
}

static void a_chain_is_a_session_and_then_its_roles(void **state)
{
	struct world world;
	struct session_steps steps;

	(void)state;
	begin(&world);
	steps = steps_of(&world);
	assert_int_equal(steps.count, 3);
	assert_ptr_equal(steps.at[0].source, &source_session);
	assert_true(steps.at[0].needs_code);
	assert_int_equal(steps.at[0].duration_s, 28800);
	assert_ptr_equal(steps.at[1].source, &source_role);
	assert_false(steps.at[1].needs_code);
	assert_true(steps.at[2].mfa);
	assert_int_equal(steps.at[2].duration_s, 3600);
}

static void without_mfa_a_session_lasts_an_hour(void **state)
{
	struct world world;
	struct session_steps steps;

	(void)state;
	begin(&world);
	world.origin.mfa_serial[0] = '\0';
	steps = steps_of(&world);
	assert_int_equal(steps.at[0].duration_s, 3600);
	assert_false(steps.at[0].needs_code);
	assert_false(steps.at[2].mfa);
}

static void the_root_user_gets_an_hour_and_no_role(void **state)
{
	struct world world;
	struct session_steps steps;
	struct error err;

	(void)state;
	begin(&world);
	SET(world.origin.arn, "arn:aws:iam::111122223333:root");
	SET(world.origin.account_id, "111122223333");
	assert_false(session_steps(&sources_all, &world.plan, &world.origin, &steps, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_string_equal(err.message, "AWS lets an account's root user assume no role");
	world.plan.steps_count = 1;
	steps = steps_of(&world);
	assert_int_equal(steps.at[0].duration_s, 3600);
	world.plan.duration_s = 900;
	steps = steps_of(&world);
	assert_int_equal(steps.at[0].duration_s, 900);
	world.plan.duration_s = 3601;
	assert_false(session_steps(&sources_all, &world.plan, &world.origin, &steps, &err));
	assert_int_equal(err.code, ERROR_USAGE);
}

static void a_duration_is_of_what_is_handed_out(void **state)
{
	struct world world;
	struct session_steps steps;

	(void)state;
	begin(&world);
	world.plan.duration_s = 1800;
	steps = steps_of(&world);
	assert_int_equal(steps.at[0].duration_s, 28800);
	assert_int_equal(steps.at[1].duration_s, 3600);
	assert_int_equal(steps.at[2].duration_s, 1800);
}

static void straight_from_the_key_the_code_goes_with_the_first_role(void **state)
{
	struct world world;
	struct session_steps steps;

	(void)state;
	begin(&world);
	plan_leave_out(&world.plan, PLAN_SESSION);
	steps = steps_of(&world);
	assert_int_equal(steps.count, 2);
	assert_true(steps.at[0].needs_code);
	assert_false(steps.at[1].needs_code);
	assert_true(steps.at[1].mfa);
}

static void a_role_for_more_than_an_hour_is_assumed_with_the_key_itself(void **state)
{
	struct world world;
	struct session_steps steps;

	(void)state;
	begin(&world);
	world.plan.steps_count = 2;
	world.plan.steps[1].duration_s = 43200;
	steps = steps_of(&world);
	assert_int_equal(steps.count, 1);
	assert_ptr_equal(steps.at[0].source, &source_role);
	assert_true(steps.at[0].needs_code);
	assert_int_equal(steps.at[0].duration_s, 43200);
	world.plan.steps[1].duration_s = 3600;
	assert_int_equal(steps_of(&world).count, 2);
}

static void the_same_request_has_the_same_digest(void **state)
{
	struct world a, b;

	(void)state;
	begin(&a);
	begin(&b);
	assert_true(same_end(&a, &b));
}

static void every_part_of_a_step_changes_its_digest(void **state)
{
	struct world was;

	(void)state;
	begin(&was);
#define CHANGED(change_)                                                    \
	do {                                                                \
		struct world now;                                           \
		begin(&now);                                                \
		change_;                                                    \
		if (same_end(&was, &now))                                   \
			fail_msg("the digest does not tell: %s", #change_); \
	} while (0)
	CHANGED(now.plan.steps[2].fields[0].value = ADMIN "x");
	CHANGED(now.plan.steps[1].fields[0].value = READER "x");
	CHANGED(plan_set(&now.plan.steps[2], "external_id", "id"));
	CHANGED(plan_set(&now.plan.steps[1], "external_id", "id"));
	CHANGED(plan_set(&now.plan.steps[2], "session_name", "me"));
	CHANGED(now.plan.steps[2].duration_s = 900);
	CHANGED(now.plan.steps[1].duration_s = 7200);
	CHANGED(now.plan.duration_s = 900);
	CHANGED(plan_leave_out(&now.plan, PLAN_SESSION));
	CHANGED(now.plan.steps_count = 2);
	CHANGED(SET(now.plan.mfa_serial, SERIAL "2"));
	CHANGED(plan_set(&now.plan.steps[2], "session_tags", "team=red"));
	CHANGED(plan_set(&now.plan.steps[2], "transitive_session_tags", "team"));
	CHANGED(plan_set(&now.plan.steps[2], "source_identity", "me"));
	CHANGED(now.plan.variant.global = true);
	CHANGED(SET(now.origin.policy, "read-only"));
	CHANGED(SET(now.origin.mfa_serial, SERIAL "2"));
	CHANGED(now.origin.mfa_serial[0] = '\0');
	CHANGED(SET(now.origin.access_key_id, "AKIAIOSFODNN7OTHERID"));
	CHANGED(now.origin.row.id[15] = 1);
	CHANGED({
		now.origin.endpoint_class = ACCESS_KEY_AT_LOOPBACK;
		SET(now.plan.endpoint, "http://127.0.0.1:1");
	});
#undef CHANGED
}

/*
 * What does not change STS's answer needs no new code: a session of one region is valid in all, and
 * what a key's owner says of it is not asked of AWS.
 */
static void what_does_not_change_the_answer_of_sts_makes_no_new_session(void **state)
{
	struct world was;

	(void)state;
	begin(&was);
#define SAME(change_)                                                    \
	do {                                                             \
		struct world now;                                        \
		begin(&now);                                             \
		change_;                                                 \
		if (!same_end(&was, &now))                               \
			fail_msg("a new session is made: %s", #change_); \
	} while (0)
	SAME(SET(now.plan.region, "eu-west-1"));
	SAME(SET(now.origin.region, "eu-west-1"));
	SAME(now.plan.variant.fips = true);
	SAME(now.plan.variant.dual_stack = true);
	SAME(now.plan.proxy.url = "http://proxy:1");
	SAME(SET(now.plan.endpoint, "https://sts.eu-west-1.amazonaws.com"));
	SAME(now.origin.mfa_required = true);
	SAME(SET(now.origin.name, "renamed"));
	SAME(now.origin.row.version = 2);
#undef SAME
}

/* A change here asks every owner of a session for one more code. */
static void the_digests_of_sessions_stay_what_they_are(void **state)
{
	static const char *const digests[] = {
	    "b5bcde6c11cb1f577a906e1f5fb824b0590c9738750c78799bb0e02aee22096b",
	    "02f8361f1323bb5c380e05e12e543392bb8e6f4ee9dede493756711356f7ef2d",
	    "a9de09eb4c09850d9dd89a02ffde4a9b4327688bb2c8ddd95ead0014dfad558b",
	};
	struct world world;
	struct session_steps steps;
	char hex[2 * DIGEST_BYTES + 1];

	(void)state;
	begin(&world);
	plan_set(&world.plan.steps[2], "external_id", "x-1");
	plan_set(&world.plan.steps[2], "session_name", "me");
	steps = steps_of(&world);
	for (size_t i = 0; i < 3; i++) {
		text_hex(steps.at[i].digest, DIGEST_BYTES, hex);
		assert_string_equal(hex, digests[i]);
	}
}

static void fips_and_dual_stack_reach_the_endpoint_of_sts(void **state)
{
	static const struct {
		struct endpoint_variant variant;
		const char *url;
	} cases[] = {
	    {{.fips = true}, "https://sts-fips.us-east-2.amazonaws.com/"},
	    {{.dual_stack = true}, "https://sts.us-east-2.api.aws/"},
	    {{.fips = true, .dual_stack = true}, "https://sts-fips.us-east-2.api.aws/"},
	    {{.global = true}, "https://sts.amazonaws.com/"},
	    {{.fips = true, .global = true}, "https://sts-fips.us-east-2.amazonaws.com/"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world world;

		begin(&world);
		SET(world.plan.region, "us-east-2");
		world.plan.variant = cases[i].variant;
		assert_string_equal(steps_of(&world).endpoint.url, cases[i].url);
	}
}

static void whom_a_role_is_for_does_not_change_its_digest(void **state)
{
	struct world a, b;

	(void)state;
	begin(&a);
	begin(&b);
	b.plan.steps[2].profile = "another-name";
	assert_true(same_end(&a, &b));
}

static void every_part_of_a_request_changes_its_digest(void **state)
{
	struct world was;
	unsigned char before[DIGEST_BYTES];
	struct error err = ERROR_INIT;

	(void)state;
	begin(&was);
	assert_true(session_request_digest(&was.plan, "tf", before, &err));
#define CHANGED(profile_, change_)                                                       \
	do {                                                                             \
		struct world now;                                                        \
		unsigned char after[DIGEST_BYTES];                                       \
		begin(&now);                                                             \
		change_;                                                                 \
		assert_true(session_request_digest(&now.plan, profile_, after, &err));   \
		if (memcmp(before, after, sizeof(after)) == 0)                           \
			fail_msg("the digest does not tell: %s %s", profile_, #change_); \
	} while (0)
	CHANGED("other", (void)0);
	CHANGED("tf", now.plan.origin.fields[0].value = "other");
	CHANGED("tf", SET(now.plan.mfa_serial, SERIAL));
	CHANGED("tf", plan_leave_out(&now.plan, PLAN_SESSION));
	CHANGED("tf", now.plan.duration_s = 900);
	CHANGED("tf", SET(now.plan.region, "eu-west-1"));
	CHANGED("tf", SET(now.plan.endpoint, "http://127.0.0.1:1"));
	CHANGED("tf", now.plan.variant.fips = true);
	CHANGED("tf", now.plan.variant.dual_stack = true);
	CHANGED("tf", now.plan.variant.global = true);
	CHANGED("tf", now.plan.proxy.url = "http://proxy:1");
	CHANGED("tf", now.plan.steps_count = 2);
	CHANGED("tf", now.plan.steps[2].profile = "other");
	CHANGED("tf", now.plan.steps[2].fields[0].value = READER);
	CHANGED("tf", plan_set(&now.plan.steps[1], "external_id", "id"));
	CHANGED("tf", plan_set(&now.plan.steps[1], "session_name", "me"));
	CHANGED("tf", now.plan.steps[1].duration_s = 900);
#undef CHANGED
}

static void a_key_that_requires_mfa_needs_a_device(void **state)
{
	struct world world;
	struct session_steps steps;
	struct error err = ERROR_INIT;

	(void)state;
	begin(&world);
	world.origin.mfa_required = true;
	world.origin.mfa_serial[0] = '\0';
	assert_false(session_steps(&sources_all, &world.plan, &world.origin, &steps, &err));
	assert_int_equal(err.code, ERROR_MFA_NEEDED);
}

static void a_key_goes_only_where_it_was_added_for(void **state)
{
	static const struct {
		uint64_t place;
		const char *host, *url;
		bool allowed;
	} cases[] = {
	    {ACCESS_KEY_AT_AWS, "", "", true},
	    {ACCESS_KEY_AT_AWS, "", "http://127.0.0.1:1", false},
	    {ACCESS_KEY_AT_AWS, "", "https://sts.example.com", false},
	    {ACCESS_KEY_AT_LOOPBACK, "", "http://127.0.0.1:1", true},
	    {ACCESS_KEY_AT_LOOPBACK, "", "http://127.0.0.1:2", true},
	    {ACCESS_KEY_AT_LOOPBACK, "", "", false},
	    {ACCESS_KEY_AT_HOST, "sts.example.com", "https://sts.example.com", true},
	    {ACCESS_KEY_AT_HOST, "sts.example.com", "https://sts.example.org", false},
	    {ACCESS_KEY_AT_HOST, "sts.example.com", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world world;
		struct session_steps steps;
		struct error err = ERROR_INIT;
		bool ok;

		begin(&world);
		world.origin.endpoint_class = cases[i].place;
		SET(world.origin.endpoint_host, cases[i].host);
		SET(world.plan.endpoint, cases[i].url);
		ok = session_steps(&sources_all, &world.plan, &world.origin, &steps, &err);
		if (ok != cases[i].allowed)
			fail_msg("case %zu: %s", i, ok ? "let through" : err.message);
	}
}

static void the_region_is_the_plans_then_the_keys_then_the_default(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	assert_string_equal(session_region(&world.plan, &world.origin), "us-east-1");
	SET(world.origin.region, "eu-west-1");
	assert_string_equal(session_region(&world.plan, &world.origin), "eu-west-1");
	SET(world.plan.region, "eu-central-1");
	assert_string_equal(session_region(&world.plan, &world.origin), "eu-central-1");
}

static void a_key_of_another_partition_is_asked_about_in_its_own_region(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	SET(world.origin.arn, "arn:aws-us-gov:iam::111122223333:user/dev");
	assert_string_equal(session_region(&world.plan, &world.origin), "us-gov-west-1");
	SET(world.origin.region, "us-gov-east-1");
	assert_string_equal(session_region(&world.plan, &world.origin), "us-gov-east-1");
}

static void a_role_of_another_partition_than_the_region_is_refused_with_both_named(void **state)
{
	struct world world;
	struct session_steps steps;
	struct error err = ERROR_INIT;

	(void)state;
	begin(&world);
	SET(world.plan.region, "cn-north-1");
	assert_false(session_steps(&sources_all, &world.plan, &world.origin, &steps, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_non_null(strstr(err.message, "partition aws,"));
	assert_non_null(strstr(err.message, "cn-north-1 of aws-cn"));
}

static void a_short_session_serves_for_half_of_its_time(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	assert_int_equal(session_fresh_s(&world.plan), SESSION_FRESH_S);
	world.plan.steps[2].duration_s = 900;
	assert_int_equal(session_fresh_s(&world.plan), 450);
	world.plan.duration_s = 2400;
	assert_int_equal(session_fresh_s(&world.plan), SESSION_FRESH_S);
	world.plan.steps_count = 1;
	world.plan.duration_s = 900;
	assert_int_equal(session_fresh_s(&world.plan), 450);
	world.plan.duration_s = 0;
	assert_int_equal(session_fresh_s(&world.plan), SESSION_FRESH_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_chain_is_a_session_and_then_its_roles),
	    cmocka_unit_test(without_mfa_a_session_lasts_an_hour),
	    cmocka_unit_test(the_root_user_gets_an_hour_and_no_role),
	    cmocka_unit_test(a_duration_is_of_what_is_handed_out),
	    cmocka_unit_test(straight_from_the_key_the_code_goes_with_the_first_role),
	    cmocka_unit_test(a_role_for_more_than_an_hour_is_assumed_with_the_key_itself),
	    cmocka_unit_test(the_same_request_has_the_same_digest),
	    cmocka_unit_test(every_part_of_a_step_changes_its_digest),
	    cmocka_unit_test(what_does_not_change_the_answer_of_sts_makes_no_new_session),
	    cmocka_unit_test(the_digests_of_sessions_stay_what_they_are),
	    cmocka_unit_test(fips_and_dual_stack_reach_the_endpoint_of_sts),
	    cmocka_unit_test(whom_a_role_is_for_does_not_change_its_digest),
	    cmocka_unit_test(every_part_of_a_request_changes_its_digest),
	    cmocka_unit_test(a_key_that_requires_mfa_needs_a_device),
	    cmocka_unit_test(a_key_goes_only_where_it_was_added_for),
	    cmocka_unit_test(the_region_is_the_plans_then_the_keys_then_the_default),
	    cmocka_unit_test(a_key_of_another_partition_is_asked_about_in_its_own_region),
	    cmocka_unit_test(
		a_role_of_another_partition_than_the_region_is_refused_with_both_named),
	    cmocka_unit_test(a_short_session_serves_for_half_of_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
