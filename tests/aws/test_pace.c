/* SPDX-License-Identifier: MIT */
#include "tests/aws/script.h"

#include "vault/aws/pace.h"
#include "vault/format/form.h"

#define THROTTLED                                                                  \
	{                                                                          \
		.tree = SCRIPT_ERROR("Throttling", "Rate exceeded"), .status = 400 \
	}
#define GIVEN                           \
	{                               \
		.tree = SCRIPT_IDENTITY \
	}

enum { ANSWERS = 400 };

/* Several callers at one host: each has a struct aws of its own, all of them the script's clock. */
struct bench {
	struct script *s;
	struct paces *paces;
	struct pace *pace;
};

/* Waits come in more pieces than a script remembers. */
static void sleep_on(void *ctx, int64_t ms)
{
	struct script *s = ctx;

	s->slept_ms += ms;
	s->real_ms += ms;
	s->boot_ms += ms;
}

static struct bench bench_open(struct script *s)
{
	struct bench bench = {.s = s};

	s->clock.sleep_ms = sleep_on;
	assert_true(paces_new(&bench.paces, &s->err));
	bench.pace = paces_of(bench.paces, s->endpoint.host);
	assert_non_null(bench.pace);
	return bench;
}

static void bench_close(struct bench *bench)
{
	paces_free(bench->paces);
	script_end(bench->s);
}

/* One more caller's call. */
static bool ask(struct bench *bench, bool once, const struct pace_watch *watch)
{
	struct script *s = bench->s;
	struct buf body = BUF_INIT(1024);
	const struct call call = {
	    .service = "iam", .action = "GetCallerIdentity", .body = &body, .once = once};
	struct aws aws = s->aws;
	json_t *tree;
	bool ok;

	aws.pace = bench->pace;
	aws.watch = watch;
	assert_true(form_add(&body, "Action", "GetCallerIdentity", &s->err));
	ok = call_send(&aws, &call, &tree, &s->failure, &s->err);
	json_decref(tree);
	buf_clear(&body);
	return ok;
}

/* Milliseconds that one more call waits for its turn. */
static int64_t turn(struct bench *bench, int64_t *sent_ms)
{
	int64_t before = bench->s->boot_ms;

	assert_true(pace_wait(bench->pace, &bench->s->clock, NULL, sent_ms, &bench->s->err));
	return *sent_ms - before;
}

static void nobody_waits_before_anything_was_throttled(void **state)
{
	struct bench bench = bench_open(SCRIPT(GIVEN));
	int64_t sent;

	(void)state;
	assert_true(ask(&bench, false, NULL));
	for (int i = 0; i < ANSWERS; i++)
		assert_int_equal(turn(&bench, &sent), 0);
	bench_close(&bench);
}

static void one_throttled_answer_slows_all_who_share_the_pace(void **state)
{
	struct bench bench = bench_open(SCRIPT(GIVEN, THROTTLED, GIVEN));
	int64_t sent;

	(void)state;
	assert_true(ask(&bench, false, NULL));
	assert_false(ask(&bench, true, NULL));
	assert_int_equal(bench.s->slept_ms, 0);
	/* Another caller, who was told nothing. */
	assert_true(ask(&bench, false, NULL));
	assert_int_equal(bench.s->slept_ms, PACE_PAUSE_MS);
	assert_true(turn(&bench, &sent) > 0);
	assert_true(turn(&bench, &sent) > 0);
	bench_close(&bench);
}

static void a_throttled_call_is_asked_again_and_again_at_that_pace(void **state)
{
	struct bench bench = bench_open(SCRIPT(THROTTLED, THROTTLED, THROTTLED, THROTTLED, GIVEN));

	(void)state;
	assert_true(ask(&bench, false, NULL));
	assert_true(bench.s->slept_ms >= (int64_t)4 * PACE_PAUSE_MS);
	bench_close(&bench);
}

static void what_may_be_sent_once_is_left_to_its_caller(void **state)
{
	struct bench bench = bench_open(SCRIPT(THROTTLED));

	(void)state;
	assert_false(ask(&bench, true, NULL));
	assert_string_equal(bench.s->failure.aws_code, "Throttling");
	assert_false(bench.s->failure.maybe_sent);
	bench_close(&bench);
}

static void calls_under_way_slow_it_down_once(void **state)
{
	struct bench bench = bench_open(SCRIPT(GIVEN)), other = bench_open(SCRIPT(GIVEN));
	int64_t sent[8], alone;

	(void)state;
	for (int i = 0; i < 8; i++) {
		pace_answered(bench.pace, &bench.s->clock);
		pace_answered(other.pace, &other.s->clock);
		assert_int_equal(turn(&bench, &sent[i]), 0);
	}
	bench.s->boot_ms += 100;
	for (int i = 0; i < 8; i++)
		pace_throttled(bench.pace, &bench.s->clock, sent[i], -1);
	pace_throttled(other.pace, &other.s->clock, other.s->boot_ms, -1);
	assert_int_equal(turn(&bench, &sent[0]), PACE_PAUSE_MS);
	assert_int_equal(turn(&other, &alone), PACE_PAUSE_MS);
	assert_int_equal(turn(&bench, &sent[0]), turn(&other, &alone));
	/* One that was sent since does say something. */
	alone = turn(&bench, &sent[0]);
	pace_throttled(bench.pace, &bench.s->clock, sent[0], -1);
	assert_int_equal(turn(&bench, &sent[0]), PACE_PAUSE_MS);
	assert_true(turn(&bench, &sent[0]) > alone);
	assert_true(ask(&bench, false, NULL));
	assert_true(ask(&other, false, NULL));
	bench_close(&bench);
	bench_close(&other);
}

static void the_pace_is_what_aws_has_answered_less_a_third(void **state)
{
	struct bench bench = bench_open(SCRIPT(GIVEN));
	int64_t sent;

	(void)state;
	/* Thirty answers in a second. */
	for (int i = 0; i < 30; i++) {
		bench.s->boot_ms += 34;
		pace_answered(bench.pace, &bench.s->clock);
	}
	assert_int_equal(turn(&bench, &sent), 0);
	pace_throttled(bench.pace, &bench.s->clock, sent, -1);
	assert_int_equal(turn(&bench, &sent), PACE_PAUSE_MS);
	assert_in_range(turn(&bench, &sent), 50, 53);
	assert_true(ask(&bench, false, NULL));
	bench_close(&bench);
}

static void with_answers_it_gets_faster_until_nobody_waits(void **state)
{
	struct bench bench = bench_open(SCRIPT(GIVEN));
	int64_t sent, first, later;

	(void)state;
	pace_throttled(bench.pace, &bench.s->clock, bench.s->boot_ms, -1);
	(void)turn(&bench, &sent);
	first = turn(&bench, &sent);
	for (int i = 0; i < 20; i++)
		pace_answered(bench.pace, &bench.s->clock);
	(void)turn(&bench, &sent);
	later = turn(&bench, &sent);
	assert_true(later > 0 && later < first);
	for (int i = 0; i < PACE_RATE_FREE / PACE_RATE_STEP; i++)
		pace_answered(bench.pace, &bench.s->clock);
	(void)turn(&bench, &sent);
	assert_int_equal(turn(&bench, &sent), 0);
	assert_true(ask(&bench, false, NULL));
	bench_close(&bench);
}

static void a_minute_without_calls_forgets_it(void **state)
{
	struct bench bench = bench_open(SCRIPT(GIVEN));
	int64_t sent;

	(void)state;
	(void)turn(&bench, &sent);
	pace_throttled(bench.pace, &bench.s->clock, sent, -1);
	(void)turn(&bench, &sent);
	bench.s->boot_ms += PACE_FORGET_MS;
	for (int i = 0; i < 3; i++)
		assert_int_equal(turn(&bench, &sent), 0);
	assert_true(ask(&bench, false, NULL));
	bench_close(&bench);
}

static void aws_says_how_long_to_wait_within_reason(void **state)
{
	struct bench bench = bench_open(SCRIPT({.tree = SCRIPT_ERROR("Throttling", "Rate exceeded"),
						.status = 400,
						.retry_after_ms = 5000},
					       GIVEN));
	int64_t sent;

	(void)state;
	assert_false(ask(&bench, true, NULL));
	assert_int_equal(turn(&bench, &sent), 5000);
	pace_throttled(bench.pace, &bench.s->clock, sent, 3600000);
	bench.s->boot_ms += PACE_PAUSE_MAX_MS - 100;
	assert_int_equal(turn(&bench, &sent), 100);
	bench.s->boot_ms += PACE_FORGET_MS;
	assert_true(ask(&bench, false, NULL));
	bench_close(&bench);
}

struct client {
	int looks, told;
	int64_t told_ms;
};

static bool gone(void *ctx)
{
	return ++((struct client *)ctx)->looks > 3;
}

static void waiting(void *ctx, int64_t wait_ms)
{
	struct client *client = ctx;

	client->told++;
	client->told_ms = wait_ms;
}

static void a_wait_is_told_and_ends_when_the_client_has_gone(void **state)
{
	struct bench bench = bench_open(SCRIPT(THROTTLED, GIVEN));
	struct client client = {.looks = 0};
	const struct pace_watch watch = {.ctx = &client, .gone = gone, .waiting = waiting};
	int64_t sent;

	(void)state;
	assert_false(ask(&bench, true, NULL));
	assert_false(ask(&bench, false, &watch));
	assert_int_equal(bench.s->err.code, ERROR_INTERRUPTED);
	assert_true(bench.s->slept_ms > 0 && bench.s->slept_ms < PACE_PAUSE_MS);
	assert_int_equal(client.told, 1);
	assert_int_equal(client.told_ms, PACE_PAUSE_MS);
	/* Its place in the queue went with it. */
	assert_int_equal(turn(&bench, &sent), PACE_PAUSE_MS - bench.s->slept_ms);
	assert_true(ask(&bench, false, NULL));
	bench_close(&bench);
}

static void each_host_has_its_own_pace(void **state)
{
	struct paces *paces;
	struct error err;
	char host[24];

	(void)state;
	assert_true(paces_new(&paces, &err));
	assert_ptr_equal(paces_of(paces, "iam.amazonaws.com"),
			 paces_of(paces, "iam.amazonaws.com"));
	assert_ptr_not_equal(paces_of(paces, "iam.amazonaws.com"), paces_of(paces, "127.0.0.1:1"));
	for (int i = 2; i < PACES_MAX; i++) {
		(void)snprintf(host, sizeof(host), "host-%d", i);
		assert_non_null(paces_of(paces, host));
	}
	assert_null(paces_of(paces, "one too many"));
	paces_free(paces);
	paces_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody_waits_before_anything_was_throttled),
	    cmocka_unit_test(one_throttled_answer_slows_all_who_share_the_pace),
	    cmocka_unit_test(a_throttled_call_is_asked_again_and_again_at_that_pace),
	    cmocka_unit_test(what_may_be_sent_once_is_left_to_its_caller),
	    cmocka_unit_test(calls_under_way_slow_it_down_once),
	    cmocka_unit_test(the_pace_is_what_aws_has_answered_less_a_third),
	    cmocka_unit_test(with_answers_it_gets_faster_until_nobody_waits),
	    cmocka_unit_test(a_minute_without_calls_forgets_it),
	    cmocka_unit_test(aws_says_how_long_to_wait_within_reason),
	    cmocka_unit_test(a_wait_is_told_and_ends_when_the_client_has_gone),
	    cmocka_unit_test(each_host_has_its_own_pace),
	};

	return cmocka_run_group_tests(tests, script_open, script_close);
}
