/* SPDX-License-Identifier: MIT */
#include "cli/show/rotation_show.h"

#include "vault/format/json.h"
#include "vault/wire/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOW = 1800000000 }; /* 2027-01-15T08:00:00Z */

#define OLD "\"old_access_key_id\":\"AKIAEXAMPLEEXAMPAAAA\""
#define NEW "\"new_access_key_id\":\"AKIAEXAMPLEEXAMPBBBB\""
#define KEY                                                                                  \
	"{\"access_key_id\":\"AKIAEXAMPLEEXAMPAAAA\",\"status\":\"Active\",\"ours\":true,"   \
	"\"created_at\":\"2026-11-30T08:00:00Z\",\"last_used_at\":\"2027-01-15T06:30:20Z\"," \
	"\"last_used_service\":\"ec2\",\"last_used_region\":\"us-west-2\"}"
#define MAY                                                                                  \
	"\"may\":{\"create\":\"yes\",\"list\":\"yes\",\"update\":\"no\",\"delete\":\"yes\"," \
	"\"last_used\":\"unknown\"}"
#define PLAN                                                                       \
	"\"name\":\"prod\",\"user_name\":\"dev\",\"account_id\":\"111122223333\"," \
	"\"access_key_id\":\"AKIAEXAMPLEEXAMPAAAA\",\"names\":[\"prod\"],\"hooks\":[]," MAY
#define USE                                                                          \
	",\"unexplained_use\":{\"at\":\"2027-01-15T03:12:00Z\",\"service\":\"ec2\"," \
	"\"region\":\"us-west-2\"}"

static int64_t now_ns(void *ctx, enum clock_kind kind)
{
	(void)ctx, (void)kind;
	return (int64_t)NOW * 1000000000;
}

static const struct clock fake = {.now_ns = now_ns};
static struct cli cli;

static int start(void **state)
{
	(void)state;
	cli = (struct cli){.clock = &fake, .out = {.pending = BUF_INIT(16384)}};
	cli.options.tables[0] = options_global;
	return setenv("TZ", "UTC", 1);
}

static int stop(void **state)
{
	(void)state;
	buf_clear(&cli.out.pending);
	return 0;
}

static json_t *value(const char *text)
{
	struct error err;
	json_t *out = NULL;

	assert_true(json_parse(text, strlen(text), 8192, &out, &err));
	return out;
}

/* Reads what a test says, and what its table needs besides. */
static json_t *read_as(const struct fields *fields, const char *text, void *out)
{
	json_t *said = value(text);
	json_t *besides = value("{\"what\":\"step\",\"name\":\"prod\",\"state\":\"failed\","
				"\"step\":\"create\"," OLD
				",\"access_key_id\":\"AKIAEXAMPLEEXAMPAAAA\"}");
	struct error err;

	assert_int_equal(json_object_update_missing(said, besides), 0);
	assert_true(fields_read_answer(fields, said, out, &err));
	json_decref(besides);
	return said;
}

/* What f(a, b) writes on that descriptor. */
static const char *printed(int fd, void (*f)(const char *a, const void *b), const char *a,
			   const void *b)
{
	static char text[8192];
	int kept = dup(fd), file = memfd_create("printed", MFD_CLOEXEC);
	ssize_t n;

	assert_true(kept >= 0 && file >= 0);
	assert_true(dup2(file, fd) >= 0);
	f(a, b);
	assert_true(dup2(kept, fd) >= 0);
	n = pread(file, text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	(void)close(file);
	(void)close(kept);
	return text;
}

static void plan_printed(const char *unused, const void *plan)
{
	(void)unused;
	rotation_show_plan(&cli, plan);
}

static void use_printed(const char *unused, const void *plan)
{
	(void)unused;
	rotation_show_use(&cli, plan);
}

static void step_printed(const char *before, const void *event)
{
	rotation_show_step(&cli, before, event);
}

static void expect_plan(const char *json, const char *wanted)
{
	struct msg_rotate_plan plan = {.name = NULL};
	json_t *said = read_as(&msg_rotate_plan, json, &plan);

	assert_string_equal(printed(STDOUT_FILENO, plan_printed, NULL, &plan), wanted);
	fields_clear(&msg_rotate_plan, &plan);
	json_decref(said);
}

static void plan_holds(const char *json, const char *line)
{
	struct msg_rotate_plan plan = {.name = NULL};
	json_t *said = read_as(&msg_rotate_plan, json, &plan);

	if (!strstr(printed(STDOUT_FILENO, plan_printed, NULL, &plan), line))
		fail_msg("not in the plan: %s", line);
	fields_clear(&msg_rotate_plan, &plan);
	json_decref(said);
}

static void expect_step(const char *before, const char *step, const char *wanted)
{
	const struct msg_step event = {.step = step,
				       .old_access_key_id = "AKIAEXAMPLEEXAMPAAAA",
				       .new_access_key_id = "AKIAEXAMPLEEXAMPBBBB"};

	assert_string_equal(printed(STDERR_FILENO, step_printed, before, &event), wanted);
}

static void expect_done(const char *json, const char *plan_json, int64_t took_ms,
			const char *wanted)
{
	struct msg_rotate_plan plan = {.name = NULL};
	struct msg_rotation rotation = {.name = NULL};
	json_t *said = read_as(&msg_rotation, json, &rotation);
	json_t *planned = plan_json ? read_as(&msg_rotate_plan, plan_json, &plan) : NULL;

	buf_reset(&cli.out.pending);
	rotation_show_done(&cli, &rotation, &plan, took_ms);
	assert_string_equal(buf_text(&cli.out.pending), wanted);
	fields_clear(&msg_rotate_plan, &plan);
	json_decref(said);
	json_decref(planned);
}

static void expect_line(const char *json, const char *hooked, const char *wanted)
{
	struct msg_rotation rotation = {.name = NULL};
	json_t *said;
	struct error error = ERROR_INIT;

	said = read_as(&msg_rotation, json, &rotation);
	if (!strstr(json, "\"step\""))
		rotation.step = NULL;
	if (rotation.error.value)
		message_to_error(rotation.error.value, &error);
	buf_reset(&cli.out.pending);
	rotation_show_line(&cli, &rotation, &error, 4600, hooked, 6);
	assert_string_equal(buf_text(&cli.out.pending), wanted);
	json_decref(said);
}

static void expect_seen(const char *json, const char *wanted)
{
	char seen[ROTATION_SHOW_SEEN_BYTES] = "";
	struct msg_begun begun = {.name = NULL};
	json_t *said = read_as(&msg_begun, json, &begun);

	rotation_show_seen(&begun, NOW, seen);
	assert_string_equal(seen, wanted);
	fields_clear(&msg_begun, &begun);
	json_decref(said);
}

static void a_plan_says_whose_keys_what_will_happen_and_what_is_allowed(void **state)
{
	(void)state;
	expect_plan("{" PLAN ",\"keys\":[" KEY "],\"retire\":\"deactivate\",\"grace_s\":86400}",
		    "prod   user dev in 111122223333\n"
		    "  AKIA…AAAA   active     46 days old   last used 1h29m ago, ec2 us-west-2\n"
		    "  will   create a key, prove it twice, switch AKIA…AAAA off, delete it after "
		    "24h\n"
		    "  may    create yes  list yes  update no  delete yes  last-used unknown\n");
}

static void a_key_that_is_young_off_or_of_others_says_so(void **state)
{
	(void)state;
	plan_holds("{" PLAN ",\"keys\":[{\"access_key_id\":\"AKIAEXAMPLEEXAMPCCCC\",\"status\":"
		   "\"Inactive\",\"created_at\":\"2027-01-15T05:59:30Z\",\"ours\":false}]}",
		   "\n  AKIA…CCCC   inactive   2h old   (not in this vault)\n");
	plan_holds("{" PLAN ",\"keys\":[{\"access_key_id\":\"AKIAEXAMPLEEXAMPCCCC\",\"status\":"
		   "\"Active\",\"created_at\":\"2027-01-15T07:59:59Z\",\"ours\":true}]}",
		   "\n  AKIA…CCCC   active     1m old\n");
}

static void a_use_that_this_vault_made_is_told_as_such(void **state)
{
	(void)state;
	plan_holds("{" PLAN ",\"keys\":[" KEY "],\"handed_out\":true}",
		   "ec2 us-west-2   (all of it handed out by this vault)\n");
}

static void each_way_to_retire_is_named(void **state)
{
	(void)state;
	plan_holds("{" PLAN ",\"retire\":\"delete\"}",
		   "prove it twice, switch AKIA…AAAA off and delete it at once\n");
	plan_holds("{" PLAN ",\"retire\":\"when-idle\",\"idle_s\":86400}",
		   "prove it twice, switch AKIA…AAAA off once it was idle for 24h\n");
	plan_holds("{" PLAN ",\"retire\":\"when-idle\",\"idle_s\":14400}",
		   "once it was idle for 4h (AWS tells of a use up to 4 h late)\n");
}

static void what_else_happens_stands_in_its_order(void **state)
{
	(void)state;
	plan_holds("{\"deletes\":[\"AKIAEXAMPLEEXAMPDDDD\"],\"hooks\":[\"/etc/a\",\"/etc/b\"],"
		   "\"retire\":\"delete\",\"access_key_id\":\"AKIAEXAMPLEEXAMPAAAA\"}",
		   "  will   delete AKIA…DDDD, create a key, prove it twice, give it to 2 hooks, "
		   "switch AKIA…AAAA off and delete it at once\n"
		   "  hook   /etc/a\n  hook   /etc/b\n");
	plan_holds("{\"hooks\":[\"/etc/a\"]}", "give it to 1 hook, ");
}

static void what_was_begun_is_gone_on_with(void **state)
{
	(void)state;
	plan_holds("{" PLAN ",\"resumed\":true,\"step\":\"prove\"}",
		   "  will   go on with what was begun, at \"prove\"\n  may ");
}

static void other_names_of_the_key_move_with_it(void **state)
{
	(void)state;
	plan_holds("{\"name\":\"prod\",\"names\":[\"ops\",\"prod\"]}",
		   "  also   ops uses the same IAM key and moves with it\n");
	plan_holds("{\"name\":\"prod\",\"names\":[\"a\",\"prod\",\"z\"]}",
		   "  also   a, z use the same IAM key and move with it\n");
}

static void a_code_that_will_be_asked_for_is_announced(void **state)
{
	(void)state;
	plan_holds("{" PLAN ",\"mfa\":true}", "last-used unknown      MFA: 1 code\n");
}

static void a_use_that_nobody_explains_is_a_warning(void **state)
{
	struct msg_rotate_plan plan = {.name = NULL}, none = {.name = NULL};
	json_t *said = read_as(&msg_rotate_plan, "{" PLAN USE "}", &plan);
	json_t *nothing = read_as(&msg_rotate_plan, "{" PLAN "}", &none);

	(void)state;
	plan_holds("{" PLAN USE ",\"retire\":\"delete\"}",
		   "  !      AWS saw AKIA…AAAA at 03:12 (ec2, us-west-2). This vault gave nobody "
		   "credentials then: somebody has a copy.\n");
	plan_holds("{" PLAN USE ",\"retire\":\"when-idle\"}",
		   "--retire deactivate switches it off at once.\n");
	assert_string_equal(
	    printed(STDERR_FILENO, use_printed, NULL, &plan),
	    "warning: prod: AWS saw AKIA…AAAA at 03:12 (ec2, us-west-2). This vault "
	    "gave nobody credentials then: somebody has a copy.\n");
	assert_string_equal(printed(STDERR_FILENO, use_printed, NULL, &none), "");
	cli.json = true;
	assert_string_equal(printed(STDERR_FILENO, use_printed, NULL, &plan), "");
	fields_clear(&msg_rotate_plan, &plan);
	fields_clear(&msg_rotate_plan, &none);
	json_decref(said);
	json_decref(nothing);
}

static void the_steps_of_a_rotation_are_told_as_they_end(void **state)
{
	(void)state;
	expect_step("", "create", "");
	expect_step("create", "prove", "  created AKIA…BBBB   stored\n");
	expect_step("prove", "distribute", "  proved\n");
	expect_step("promote", "deactivate", "  promoted   AKIA…BBBB is current\n");
	expect_step("deactivate", "delete", "  AKIA…AAAA off\n");
	expect_step("", "prove", "  going on at \"prove\"\n");
}

static void an_end_says_how_long_and_how_to_undo(void **state)
{
	(void)state;
	expect_done("{\"name\":\"prod\"," OLD "," NEW ",\"state\":\"done\","
		    "\"delete_after\":\"2027-01-16T08:00:00Z\"}",
		    NULL, 4500,
		    "Done in 5 s. prod uses AKIA…BBBB. Undo until 2027-01-16 08:00: credvault "
		    "rotate prod --undo\n");
	expect_done("{\"name\":\"prod\"," OLD "," NEW ",\"state\":\"done\","
		    "\"delete_after\":null}",
		    "{\"names\":[\"prod\",\"ops\"]}", 4499,
		    "Done in 4 s. prod and ops use AKIA…BBBB. AKIA…AAAA is deleted.\n");
}

static void an_end_says_what_is_still_to_be_done(void **state)
{
	(void)state;
	expect_done("{\"name\":\"prod\"," OLD "," NEW ",\"state\":\"pending\"}", NULL, 0,
		    "Done in 0 s. prod uses AKIA…BBBB. AKIA…AAAA stays on until it was idle: "
		    "credvault rotate --resume\n");
	expect_done("{\"name\":\"prod\"," OLD "," NEW ",\"state\":\"done\","
		    "\"waits_for\":\"code\"}",
		    NULL, 0,
		    "Done in 0 s. prod uses AKIA…BBBB. AKIA…AAAA is off.\n"
		    "Its MFA session ended with it, so it is deleted by the next run, with "
		    "another code: credvault rotate prod --resume\n");
}

static void what_was_taken_back_uses_the_old_key(void **state)
{
	(void)state;
	expect_done("{\"name\":\"prod\"," OLD "," NEW ",\"state\":\"aborted\"}", NULL, 9000,
		    "Taken back. prod uses AKIA…AAAA, the current key; AKIA…BBBB is deleted.\n");
	expect_line("{\"name\":\"prod\"," OLD ",\"state\":\"aborted\"}", "",
		    "prod     AKIA…AAAA   taken back: it is the current key\n");
}

static void one_of_many_is_one_line(void **state)
{
	(void)state;
	expect_line("{\"name\":\"prod\"," OLD "," NEW ",\"state\":\"done\","
		    "\"delete_after\":\"2027-01-16T08:00:00Z\"}",
		    "ci, deploy", "prod     AKIA…AAAA  →  AKIA…BBBB   5 s     ci, deploy\n");
	expect_line("{\"name\":\"prod\"," OLD "," NEW ",\"state\":\"pending\"}", "",
		    "prod     AKIA…AAAA  →  AKIA…BBBB   5 s   old key still on\n");
	expect_line("{\"name\":\"longest-one\"," OLD "," NEW ",\"state\":\"done\","
		    "\"delete_after\":null}",
		    "", "longest-one   AKIA…AAAA  →  AKIA…BBBB   5 s   old key deleted\n");
}

static void a_failure_is_told_with_its_step_status_and_command(void **state)
{
	(void)state;
	expect_line("{\"name\":\"prod\"," OLD ",\"step\":\"prove\",\"error\":{\"code\":"
		    "\"AWS_REFUSED\",\"message\":\"AWS refused\",\"status\":8,\"hint\":"
		    "\"credvault rotate prod --resume\"}}",
		    "",
		    "prod     AKIA…AAAA   failed at prove: AWS refused   exit 8\n"
		    "  credvault rotate prod --resume\n");
	expect_line("{\"name\":\"prod\"," OLD ",\"error\":{\"code\":\"INTERRUPTED\"}}", "",
		    "prod     AKIA…AAAA   stopped\n");
}

static void what_comes_from_outside_is_escaped(void **state)
{
	(void)state;
	expect_line("{\"name\":\"a\\u001bb\"," OLD ",\"error\":{\"code\":\"IO\",\"message\":"
		    "\"x\\u001by\",\"status\":1}}",
		    "", "a\\x1bb      AKIA…AAAA   failed: x\\x1by   exit 1\n");
}

static void lists_say_what_is_left_of_a_rotation(void **state)
{
	(void)state;
	expect_seen("{\"step\":\"prove\"}", "rotation unfinished: prove");
	expect_seen("{\"step\":\"deactivate\",\"retire\":\"when-idle\"}",
		    "old key still on, until it is idle");
	expect_seen("{\"step\":\"delete\",\"delete_after\":\"2027-01-16T07:59:59Z\"}",
		    "old key off, deleted in 23h");
	expect_seen("{\"step\":\"delete\",\"delete_after\":\"2027-01-15T08:00:30Z\"}",
		    "old key off, deleted in 30s");
	expect_seen("{\"step\":\"delete\",\"delete_after\":\"2027-01-15T08:00:00Z\"}",
		    "old key off, deleted by the next run");
	expect_seen("{\"step\":\"delete\",\"delete_after\":null}",
		    "old key off, deleted by the next run");
}

static void a_rotation_is_found_by_each_name_of_its_key(void **state)
{
	struct msg_begun begun = {.name = NULL};
	json_t *said = read_as(&msg_begun, "{\"names\":[\"ops\",\"prod\"]}", &begun);

	(void)state;
	assert_true(rotation_show_is_of(&begun, "ops"));
	assert_true(rotation_show_is_of(&begun, "prod"));
	assert_false(rotation_show_is_of(&begun, "pro"));
	fields_clear(&msg_begun, &begun);
	json_decref(said);
}

#define SHOW_TEST(test_) cmocka_unit_test_setup_teardown(test_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SHOW_TEST(a_plan_says_whose_keys_what_will_happen_and_what_is_allowed),
	    SHOW_TEST(a_key_that_is_young_off_or_of_others_says_so),
	    SHOW_TEST(a_use_that_this_vault_made_is_told_as_such),
	    SHOW_TEST(each_way_to_retire_is_named),
	    SHOW_TEST(what_else_happens_stands_in_its_order),
	    SHOW_TEST(what_was_begun_is_gone_on_with),
	    SHOW_TEST(other_names_of_the_key_move_with_it),
	    SHOW_TEST(a_code_that_will_be_asked_for_is_announced),
	    SHOW_TEST(a_use_that_nobody_explains_is_a_warning),
	    SHOW_TEST(the_steps_of_a_rotation_are_told_as_they_end),
	    SHOW_TEST(an_end_says_how_long_and_how_to_undo),
	    SHOW_TEST(an_end_says_what_is_still_to_be_done),
	    SHOW_TEST(what_was_taken_back_uses_the_old_key),
	    SHOW_TEST(one_of_many_is_one_line),
	    SHOW_TEST(a_failure_is_told_with_its_step_status_and_command),
	    SHOW_TEST(what_comes_from_outside_is_escaped),
	    SHOW_TEST(lists_say_what_is_left_of_a_rotation),
	    SHOW_TEST(a_rotation_is_found_by_each_name_of_its_key),
	};

	json_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
