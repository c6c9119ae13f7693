/* SPDX-License-Identifier: MIT */
#include "cli/show/plan_show.h"

#include "vault/format/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1800000000 }; /* 2027-01-15T08:00:00Z */

#define ADMIN "arn:aws:iam::111122223333:role/admin"

static int64_t now_ns(void *ctx, enum clock_kind kind)
{
	(void)ctx, (void)kind;
	return (int64_t)NOW * 1000000000;
}

static const struct clock fake = {.now_ns = now_ns};
static struct cli cli;
static struct plan plan;

static int start(void **state)
{
	(void)state;
	cli = (struct cli){.clock = &fake, .out = {.pending = BUF_INIT(16384)}};
	plan_init(&plan, "prod");
	return setenv("TZ", "UTC", 1);
}

static int stop(void **state)
{
	(void)state;
	buf_clear(&cli.out.pending);
	return 0;
}

static void role_added(int64_t duration_s)
{
	struct plan_step *role = plan_insert(&plan, plan.steps_count, PLAN_ROLE);

	assert_non_null(role);
	plan_set(role, "role_arn", ADMIN);
	role->duration_s = duration_s;
}

static void expect_shown(const char *wanted)
{
	struct error err;
	json_t *steps;

	buf_reset(&cli.out.pending);
	assert_true(plan_show_make("tf", &plan, &steps, &err));
	assert_true(plan_show_print(&cli, steps, &err));
	assert_string_equal(buf_text(&cli.out.pending), wanted);
	json_decref(steps);
}

static void expect_printed(const char *json, const char *wanted)
{
	struct error err;
	json_t *steps;

	buf_reset(&cli.out.pending);
	assert_true(json_parse(json, strlen(json), 4096, &steps, &err));
	assert_true(plan_show_print(&cli, steps, &err));
	assert_string_equal(buf_text(&cli.out.pending), wanted);
	json_decref(steps);
}

static void what_goes_with_a_role_stands_below_it(void **state)
{
	struct plan_step *role;

	(void)state;
	role_added(0);
	role = &plan.steps[plan.steps_count - 1];
	plan_set(role, "session_name", "me");
	plan_set(role, "session_tags", "team=red");
	plan_set(role, "transitive_session_tags", "team");
	(void)snprintf(plan.endpoint, sizeof(plan.endpoint), "https://sts.example.com");
	expect_shown("tf\n  1  key      prod\n  2  session  with MFA if the key has a device\n"
		     "  3  role     " ADMIN "\n"
		     "              session name: me\n"
		     "              tags: team=red\n"
		     "              transitive tags: team\n"
		     "  STS at https://sts.example.com\n");
}

static void each_step_is_a_line_with_what_it_is_about(void **state)
{
	(void)state;
	role_added(0);
	expect_shown("tf\n"
		     "  1  key      prod\n"
		     "  2  session  with MFA if the key has a device\n"
		     "  3  role     " ADMIN "\n");
}

static void a_session_names_the_device_that_is_known(void **state)
{
	(void)state;
	memcpy(plan.mfa_serial, "arn:aws:iam::111122223333:mfa/dev",
	       sizeof("arn:aws:iam::111122223333:mfa/dev"));
	expect_shown("tf\n"
		     "  1  key      prod\n"
		     "  2  session  arn:aws:iam::111122223333:mfa/dev\n");
}

static void a_session_that_is_not_made_is_not_shown(void **state)
{
	(void)state;
	role_added(7200);
	plan.duration_s = 7200;
	expect_shown("tf\n"
		     "  1  key      prod\n"
		     "  2  role     " ADMIN "\n");
}

static void with_json_the_same_steps_are_an_object(void **state)
{
	(void)state;
	cli.json = true;
	plan_leave_out(&plan, PLAN_SESSION);
	expect_shown("{\"profile\":\"tf\",\"steps\":[{\"kind\":\"key\",\"what\":\"prod\","
		     "\"cached_until\":null}]}\n");
}

static void a_step_that_is_cached_says_until_when(void **state)
{
	(void)state;
	expect_printed("{\"profile\":\"tf\",\"steps\":[{\"kind\":\"session\",\"what\":\"x\","
		       "\"cached_until\":\"2027-01-15T09:30:00Z\"}]}",
		       "tf\n  1  session  x   (made already, until 09:30)\n");
}

static void what_comes_from_outside_is_escaped(void **state)
{
	(void)state;
	expect_printed("{\"profile\":\"a\\u001bb\",\"steps\":[{\"kind\":\"a-kind-of-12\",\"what\":"
		       "\"x\\u001by\",\"cached_until\":null}]}",
		       "a\\x1bb\n  1  a-kind-of-12      x\\x1by\n");
}

#define SHOW_TEST(test_) cmocka_unit_test_setup_teardown(test_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SHOW_TEST(what_goes_with_a_role_stands_below_it),
	    SHOW_TEST(each_step_is_a_line_with_what_it_is_about),
	    SHOW_TEST(a_session_names_the_device_that_is_known),
	    SHOW_TEST(a_session_that_is_not_made_is_not_shown),
	    SHOW_TEST(with_json_the_same_steps_are_an_object),
	    SHOW_TEST(a_step_that_is_cached_says_until_when),
	    SHOW_TEST(what_comes_from_outside_is_escaped),
	};

	json_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
