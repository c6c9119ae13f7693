/* SPDX-License-Identifier: MIT */
#include "tests/rotate/scripted.h"

#include "vault/aws/pace.h"

/*
 * A rotation among others at a busy IAM: some of its calls are throttled, and it shares the others'
 * pace.
 */
static struct turns {
	const char *action; /* that is throttled */
	int times;
	bool inside; /* the gate */
	bool goes;   /* the client, once something was throttled */
	bool gone;
	int told;
	struct paces *paces;
} turns;

static bool send(void *ctx, const struct http_request *request, struct http_reply *reply,
		 struct error *err)
{
	const char *body = buf_text(&request->body);

	if (turns.times > 0 && strstr(body, turns.action)) {
		turns.times--;
		turns.gone = turns.goes;
		reply->maybe_sent = true;
		return script_refuse(reply, 400, "Throttling", err);
	}
	/* Between this answer and what is done with it nobody may end the agent. */
	assert_int_equal(turns.inside, strstr(body, "Action=CreateAccessKey") != NULL);
	return script_send(ctx, request, reply, err);
}

static void sleep_outside(void *ctx, int64_t ms)
{
	assert_false(turns.inside);
	script_sleep(ctx, ms);
}

static struct pace *pace(void *ctx, const char *host)
{
	(void)ctx;
	return paces_of(turns.paces, host);
}

static void leave(void *ctx)
{
	(void)ctx;
	assert_true(turns.inside);
	turns.inside = false;
}

static void enter(void *ctx)
{
	(void)ctx;
	assert_false(turns.inside);
	turns.inside = true;
}

static bool gone(void *ctx)
{
	(void)ctx;
	return turns.gone;
}

static void on_waiting(void *ctx, const struct rotate *rotate, const char *what, int64_t wait_s)
{
	(void)ctx;
	(void)rotate;
	assert_string_equal(what, "IAM");
	assert_true(wait_s >= 1);
	turns.told++;
}

static void run(struct vault *vault)
{
	const struct http http = {.send = send};
	const struct clock clock = {.now_ns = script_time, .sleep_ms = sleep_outside};
	struct rotate_seams seams = script_seams(vault, &http);
	const struct rotate_order order = {
	    .name = "prod", .retire = ROTATION_DEACTIVATE, .grace_s = ROTATION_GRACE_S};
	struct rotate rotate;

	seams.clock = &clock;
	seams.pace = pace;
	seams.leave = leave;
	seams.enter = enter;
	seams.gone = gone;
	seams.on_waiting = on_waiting;
	turns.inside = true;
	script.err = ERROR_INIT;
	assert_true(rotate_open(&rotate, &seams, &order, &script.err));
	script.ok = script_act(&rotate, "rotate", &script.err);
	script.step = rotate.row.step;
	assert_true(turns.inside);
	rotate_clear(&rotate);
}

static void the_turn_of_a_creation_is_waited_for_outside_of_the_gate(void **state)
{
	turns.action = "Action=CreateAccessKey";
	turns.times = 7;
	run(*state);
	assert_true(script.ok);
	assert_int_equal(script.step, ROTATION_OFF);
	assert_int_equal(script_count(false), 2);
	assert_true(turns.told >= 7);
}

static void what_is_throttled_again_and_again_is_waited_for(void **state)
{
	turns.action = "Action=UpdateAccessKey";
	turns.times = PACE_TRIES - 1;
	run(*state);
	assert_true(script.ok);
	assert_int_equal(script_count(true), 1);
}

static void a_client_that_goes_while_it_waits_leaves_no_key_behind(void **state)
{
	turns.action = "Action=CreateAccessKey";
	turns.times = 1;
	turns.goes = true;
	run(*state);
	assert_false(script.ok);
	assert_int_equal(script.err.code, ERROR_INTERRUPTED);
	assert_int_equal(script_count(false), 1);
	turns.goes = turns.gone = false;
	run(*state);
	assert_true(script.ok);
	assert_int_equal(script_count(true), 1);
}

static int begin(void **state)
{
	struct error err;

	turns = (struct turns){.action = ""};
	assert_true(paces_new(&turns.paces, &err));
	return script_setup(state);
}

static int end(void **state)
{
	paces_free(turns.paces);
	return vault_teardown(state);
}

int main(void)
{
#define TURNS_TEST(name_) cmocka_unit_test_setup_teardown(name_, begin, end)
	const struct CMUnitTest tests[] = {
	    TURNS_TEST(the_turn_of_a_creation_is_waited_for_outside_of_the_gate),
	    TURNS_TEST(what_is_throttled_again_and_again_is_waited_for),
	    TURNS_TEST(a_client_that_goes_while_it_waits_leaves_no_key_behind),
	};

	return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
