/* SPDX-License-Identifier: MIT */
#include "tests/agent/rig.h"
#include "vault/agent/mint/mfa.h"
#include "vault/audit/read.h"
#include "vault/store/change/commit.h"
#include "vault/store/store.h"

#include <semaphore.h>
#include <unistd.h>

/* --- a source that a test brings along: this file, and one row ------------------------------ */

static _Atomic int toys_made;

static bool toy_open(struct store *store, const struct plan_step *asked, struct origin *origin,
		     struct error *err)
{
	(void)store, (void)err;
	(void)snprintf(origin->name, sizeof(origin->name), "%s", plan_value(asked, "box"));
	origin->endpoint_class = ACCESS_KEY_AT_AWS;
	return true;
}

static bool toy_digest(const struct origin *origin, const struct endpoint *endpoint,
		       unsigned char out[static DIGEST_BYTES], struct error *err)
{
	(void)endpoint, (void)err;
	digest_sha256(origin->name, strlen(origin->name), out);
	return true;
}

static void toy_label(const struct source_call *call, char out[static SOURCE_LABEL_BYTES])
{
	(void)snprintf(out, SOURCE_LABEL_BYTES, "box %.100s", call->origin->name);
}

/* What the program answered is the session; nothing is signed. */
static bool toy_make(const struct source_call *call, struct session_record *out, struct error *err)
{
	struct credentials got = CREDENTIALS_INIT;
	const char *answer = buf_text(call->answer);
	int64_t now = clock_real_s(call->aws->clock);
	bool ok;

	assert_null(call->aws->signer);
	assert_null(call->parent);
	assert_null(call->code);
	toys_made++;
	ok = strcmp(answer, "broken") != 0 ||
	     error_set(err, ERROR_FAILED, "the program answers nonsense");
	ok = ok &&
	     credentials_set(&got,
			     &(struct credentials_text){.access_key_id = "ASIATOY0000000000001",
							.secret = answer,
							.secret_len = strlen(answer),
							.session_token = "TOYTOKEN==",
							.expires_at = now + call->step->duration_s},
			     now, err) &&
	     source_fill(call, &got, out, err);
	credentials_clear(&got);
	return ok;
}

static bool is_box(const char *text)
{
	return strcmp(text, "red") == 0 || strcmp(text, "blue") == 0;
}

static const struct source source_toy = {
    .kind = "toy",
    .number = 1000,
    .needs = SOURCE_PROGRAM,
    .action = "OpenBox",
    .duration_s = 3600,
    .fields = {{"box", is_box, true}},
    .open = toy_open,
    .digest = toy_digest,
    .label = toy_label,
    .make = toy_make,
};

static const struct source *const rows[] = {&source_key, &source_session, &source_role,
					    &source_toy};
static const struct sources with_toys = {rows, 4};

/* --- what tests share ----------------------------------------------------------------------- */

static int with_keys(void **state)
{
	struct rig *rig;

	(void)rig_setup(state);
	rig = *state;
	rig->agent.sources = &with_toys;
	toys_made = 0;
	rig_never_idle(rig);
	rig_expect("ok", rig_add(rig, "prod", RIG_SERIAL, false));
	rig_expect("ok", rig_add(rig, "ci", NULL, false));
	return 0;
}

static json_t *wanted(json_t *plan, bool can_ask)
{
	return json_pack("{s:s,s:s,s:o,s:b}", "profile", "tf", "purpose", "process", "plan", plan,
			 "can_ask", can_ask);
}

static json_t *role_from(const char *key)
{
	json_t *plan = rig_plan(key);

	rig_assume(plan);
	return plan;
}

static json_t *toy_plan(const char *box)
{
	return json_pack("{s:{s:s,s:s},s:[]}", "origin", "kind", "toy", "box", box, "steps");
}

static const char *program_says = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLETOY";

static json_t *run_program(struct rig *rig, const json_t *ask)
{
	(void)rig;
	assert_string_equal(json_string_value(json_object_get(ask, "kind")), "program");
	assert_string_equal(json_string_value(json_object_get(ask, "source")), "toy");
	assert_string_equal(json_string_value(json_object_get(ask, "profile")), "tf");
	return program_says ? json_pack("{s:s}", "text", program_says) : NULL;
}

static json_t *six_digits(struct rig *rig, const json_t *ask)
{
	static _Atomic int next = 200000;
	char code[8];

	(void)rig, (void)ask;
	(void)snprintf(code, sizeof(code), "%06d", next++ % 1000000);
	return json_pack("{s:s}", "code", code);
}

static bool add_what(void *arg, const struct audit_entry *entry, struct error *err)
{
	struct buf *lines = arg;

	return buf_printf(lines, err, "%s|", entry->what);
}

/* Whether the end of the log, a line's `what` after the other's, is that. */
static void the_log_ends(struct rig *rig, const char *end)
{
	struct buf lines = BUF_INIT(65536);
	unsigned char head[32];
	uint64_t count;
	size_t len = strlen(end);

	REQUIRE(audit_head(rig->agent.store, &count, head, err));
	REQUIRE(audit_read(rig->agent.store, 1, count, add_what, &lines, err));
	if (lines.len < len || strcmp(buf_text(&lines) + lines.len - len, end) != 0)
		fail_msg("not %s: %s", end, buf_text(&lines));
	buf_clear(&lines);
}

static void pass(struct rig *rig, int64_t s)
{
	rig_sleep(rig, s * 1000);
}

/* --- a row of the table is all that a source needs ------------------------------------------ */

static void a_source_of_one_file_and_one_row_makes_sessions(void **state)
{
	struct rig *rig = *state;

	for (int i = 0; i < 2; i++) {
		json_t *answer = rig_ask(rig, "credentials", wanted(toy_plan("red"), false),
					 run_program);

		assert_string_equal(json_string_value(json_object_get(json_object_get(answer, "ok"),
								      "AccessKeyId")),
				    "ASIATOY0000000000001");
		rig_expect("ok", answer);
	}
	assert_int_equal(toys_made, 1);
	assert_int_equal(rig->asks, 1);
	assert_int_equal(rig->calls, 0);
	rig_expect("ok", rig_ask(rig, "credentials", wanted(toy_plan("blue"), false), run_program));
	assert_int_equal(toys_made, 2);
	the_log_ends(rig, "|OpenBox, box blue|session|");
}

static void a_role_is_assumed_with_what_another_source_made(void **state)
{
	struct rig *rig = *state;
	json_t *plan = toy_plan("red"), *answer, *steps;

	rig_assume(plan);
	rig_expect("ok",
		   rig_ask(rig, "credentials", wanted(json_incref(plan), false), run_program));
	assert_int_equal(toys_made, 1);
	assert_int_equal(rig->assumed, 1);
	assert_int_equal(rig->session_tokens, 0);
	the_log_ends(rig, "|OpenBox, box red|AssumeRole admin|role admin, as cv-5|role admin|");
	answer = rig_ask(rig, "plan", json_pack("{s:s,s:o}", "profile", "tf", "plan", plan), NULL);
	steps = json_object_get(json_object_get(answer, "ok"), "steps");
	assert_int_equal(json_array_size(steps), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(steps, 0), "kind")),
			    "toy");
	assert_string_equal(json_string_value(json_object_get(json_array_get(steps, 0), "what")),
			    "red");
	assert_true(json_is_string(json_object_get(json_array_get(steps, 0), "cached_until")));
	json_decref(answer);
}

static void its_fields_are_held_to_its_table(void **state)
{
	struct rig *rig = *state;
	json_t *more = toy_plan("red");

	rig_expect("PROTOCOL",
		   rig_ask(rig, "credentials", wanted(toy_plan("green"), false), run_program));
	(void)json_object_set_new(json_object_get(more, "origin"), "lid", json_string("x"));
	rig_expect("PROTOCOL", rig_ask(rig, "credentials", wanted(more, false), run_program));
	assert_int_equal(toys_made, 0);
}

static void removing_a_key_of_that_name_leaves_its_sessions(void **state)
{
	struct rig *rig = *state;
	json_t *answer;

	rig_expect("ok", rig_add(rig, "red", NULL, false));
	rig_expect("ok", rig_ask(rig, "credentials", wanted(toy_plan("red"), false), run_program));
	answer = rig_ask(rig, "edit", json_pack("{s:s,s:s}", "name", "red", "region", "eu-west-1"),
			 NULL);
	rig_expect("ok", answer);
	rig_expect("ok", rig_ask(rig, "credentials", wanted(toy_plan("red"), false), run_program));
	assert_int_equal(toys_made, 1);
}

static void an_answer_that_nobody_brings_is_said_so_and_not_remembered(void **state)
{
	struct rig *rig = *state;

	program_says = NULL;
	rig_expect("INTERRUPTED",
		   rig_ask(rig, "credentials", wanted(toy_plan("red"), false), run_program));
	program_says = "broken";
	rig_expect("FAILED",
		   rig_ask(rig, "credentials", wanted(toy_plan("red"), false), run_program));
	program_says = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLETOY";
	/* A failure of the source itself answers for five seconds. */
	rig_expect("FAILED",
		   rig_ask(rig, "credentials", wanted(toy_plan("red"), false), run_program));
	pass(rig, 5);
	rig_expect("ok", rig_ask(rig, "credentials", wanted(toy_plan("red"), false), run_program));
}

/* --- the loop: forward from the last step that is in the cache ------------------------------ */

static void each_step_is_made_from_the_last_that_is_there(void **state)
{
	struct rig *rig = *state;

	rig_expect("ok", rig_ask(rig, "credentials", wanted(role_from("prod"), true), six_digits));
	assert_int_equal(rig->session_tokens, 1);
	assert_int_equal(rig->assumed, 1);
	/* The role has 20 minutes left, its session hours. */
	pass(rig, 3600 - 1200);
	rig_expect("ok", rig_ask(rig, "credentials", wanted(role_from("prod"), true), six_digits));
	assert_int_equal(rig->session_tokens, 1);
	assert_int_equal(rig->assumed, 2);
	/* Nothing is left of either. */
	rig->agent.limits.total_at_ms = INT64_MAX;
	pass(rig, 28800);
	rig_expect("ok", rig_ask(rig, "credentials", wanted(role_from("prod"), true), six_digits));
	assert_int_equal(rig->session_tokens, 2);
	assert_int_equal(rig->assumed, 3);
	assert_int_equal(rig->asks, 2);
}

static void a_session_that_is_about_to_end_feeds_no_role(void **state)
{
	struct rig *rig = *state;

	rig_expect("ok", rig_ask(rig, "credentials", wanted(rig_plan("ci"), false), NULL));
	pass(rig, 3600 - 61);
	rig_expect("ok", rig_ask(rig, "credentials", wanted(role_from("ci"), false), NULL));
	assert_int_equal(rig->session_tokens, 1);
	pass(rig, 2 + 3600 - 61);
	rig_expect("ok", rig_ask(rig, "credentials", wanted(role_from("ci"), false), NULL));
	assert_int_equal(rig->session_tokens, 2);
}

static void a_role_is_announced_before_aws_is_asked_and_only_then(void **state)
{
	struct rig *rig = *state;

	rig->mood = RIG_DENIES;
	rig_expect("AWS_REFUSED",
		   rig_ask(rig, "credentials", wanted(role_from("ci"), false), NULL));
	/* The session was refused: no role was asked for. */
	the_log_ends(rig, "|||AWS refused sts:GetSessionToken: AccessDenied; "
			  "AWS says: User is not authorized|");
	pass(rig, 5);
	rig->mood = RIG_FINE;
	rig_expect("ok", rig_ask(rig, "credentials", wanted(rig_plan("ci"), false), NULL));
	rig->mood = RIG_DENIES;
	rig_expect("AWS_REFUSED",
		   rig_ask(rig, "credentials", wanted(role_from("ci"), false), NULL));
	the_log_ends(rig, "|session|AssumeRole admin|");
}

/* AWS takes no session that signs a role. */
static bool sessions_are_dead(void *ctx, const struct http_request *request,
			      struct http_reply *reply, struct error *err)
{
	struct rig *rig = ctx;

	if (strstr(buf_text(&request->body), "Action=AssumeRole&"))
		rig->mood = RIG_EXPIRED;
	return rig_send(ctx, request, reply, err);
}

static void a_session_that_aws_does_not_take_is_made_anew_once(void **state)
{
	struct rig *rig = *state;

	rig->http.send = sessions_are_dead;
	rig_expect("AWS_REFUSED",
		   rig_ask(rig, "credentials", wanted(role_from("ci"), false), NULL));
	assert_int_equal(rig->session_tokens, 2);
	assert_int_equal(rig->calls, 4);
}

struct crowd {
	struct rig *rig;
	pthread_barrier_t *start;
	_Atomic int *served;
};

static void *ask_too(void *arg)
{
	struct crowd *crowd = arg;
	json_t *answer;

	(void)pthread_barrier_wait(crowd->start);
	answer = rig_ask(crowd->rig, "credentials", wanted(role_from("ci"), false), NULL);
	if (strcmp(rig_result(answer), "ok") == 0)
		(*crowd->served)++;
	json_decref(answer);
	return NULL;
}

static void all_who_wait_behind_a_dead_session_are_served(void **state)
{
	struct rig *rig = *state;
	pthread_t threads[16];
	pthread_barrier_t start;
	_Atomic int served = 0;
	struct crowd crowd = {rig, &start, &served};

	rig_expect("ok", rig_ask(rig, "credentials", wanted(rig_plan("ci"), false), NULL));
	rig->mood = RIG_EXPIRED;
	(void)pthread_barrier_init(&start, NULL, 16);
	for (int i = 0; i < 16; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_too, &crowd), 0);
	for (int i = 0; i < 16; i++)
		(void)pthread_join(threads[i], NULL);
	(void)pthread_barrier_destroy(&start);
	assert_int_equal(served, 16);
	assert_int_equal(rig->session_tokens, 2);
	assert_int_equal(rig->assumed, 1);
}

/* While AWS is asked with the old key, which it does not know any more, another takes its place. */
static bool replaced_meanwhile(void *ctx, const struct http_request *request,
			       struct http_reply *reply, struct error *err)
{
	struct rig *rig = ctx;

	(void)request;
	rig->http.send = rig_send;
	rig_expect("ok", rig_ask(rig, "add",
				 json_pack("{s:s,s:s,s:s,s:b,s:b}", "name", "ci", "access_key_id",
					   "AKIAIOSFODNN7REPLACE", "secret_access_key",
					   "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLENEW", "replace",
					   true, "no_check", true),
				 NULL));
	return rig_refuse(reply, "InvalidClientTokenId", "The security token is invalid", err);
}

static void a_key_that_came_meanwhile_serves_in_the_place_of_the_old(void **state)
{
	struct rig *rig = *state;

	rig->http.send = replaced_meanwhile;
	rig_expect("ok", rig_ask(rig, "credentials", wanted(rig_plan("ci"), false), NULL));
	assert_int_equal(rig->session_tokens, 1);
}

static bool not_known(void *ctx, const struct http_request *request, struct http_reply *reply,
		      struct error *err)
{
	(void)ctx, (void)request;
	return rig_refuse(reply, "InvalidClientTokenId", "The security token is invalid", err);
}

static void a_key_that_aws_does_not_know_is_named_with_what_to_do(void **state)
{
	struct rig *rig = *state;
	json_t *answer;
	const json_t *error;

	rig->http.send = not_known;
	answer = rig_ask(rig, "credentials", wanted(rig_plan("ci"), false), NULL);
	error = json_object_get(answer, "error");
	assert_string_equal(json_string_value(json_object_get(error, "code")), "DEAD_KEY");
	assert_non_null(
	    strstr(json_string_value(json_object_get(error, "message")), "AKIAIOSFODNN7EXAMPLE"));
	assert_string_equal(json_string_value(json_object_get(error, "hint")),
			    "credvault add ci --replace");
	json_decref(answer);
}

static void a_code_is_good_after_a_signature_refused_for_its_time(void **state)
{
	struct rig *rig = *state;

	rig->ahead_s = 3000;
	rig_expect("ok", rig_ask(rig, "credentials", wanted(rig_plan("prod"), true), six_digits));
	assert_int_equal(rig->asks, 1);
}

/* Two requests for one device: the first one's code never left, the second one's did. */
static void giving_a_code_back_forgets_no_code_that_was_sent_after_it(void **state)
{
	struct rig *rig = *state;
	struct mfa_step before, other;
	struct error why = ERROR_INIT;

	REQUIRE(mfa_claim(&rig->agent, RIG_SERIAL, "111111", RIG_NOW, &before, err));
	REQUIRE(mfa_claim(&rig->agent, RIG_SERIAL, "222222", RIG_NOW, &other, err));
	mfa_give_back(&rig->agent, "111111", &before);
	assert_false(mfa_claim(&rig->agent, RIG_SERIAL, "222222", RIG_NOW, &other, &why));
	assert_int_equal(why.code, ERROR_MFA_REFUSED);
}

/* --- a disk that is busy while a session is stored ------------------------------------------- */

struct busy {
	struct rig *rig;
	sem_t begun, go;
	pthread_t thread;
};
static struct busy busy;

static bool keep_busy(struct txn *txn, void *arg, struct error *err)
{
	(void)txn, (void)arg, (void)err;
	(void)sem_post(&busy.begun);
	(void)sem_wait(&busy.go);
	return true;
}

static void *be_busy(void *arg)
{
	REQUIRE(store_commit(busy.rig->agent.store, keep_busy, arg, err));
	return NULL;
}

static bool and_then_the_disk_is_busy(void *ctx, const struct http_request *request,
				      struct http_reply *reply, struct error *err)
{
	bool ok = rig_send(ctx, request, reply, err);

	busy.rig = ctx;
	busy.rig->http.send = rig_send;
	assert_int_equal(pthread_create(&busy.thread, NULL, be_busy, NULL), 0);
	(void)sem_wait(&busy.begun);
	return ok;
}

static void *ask_for_ci(void *arg)
{
	json_decref(rig_ask(arg, "credentials", wanted(rig_plan("ci"), false), NULL));
	return NULL;
}

static void *clear_all(void *arg)
{
	rig_expect("ok", rig_ask(arg, "clear", NULL, NULL));
	return NULL;
}

static void a_clear_takes_along_what_is_being_stored(void **state)
{
	struct rig *rig = *state;
	pthread_t asks, clears;

	(void)sem_init(&busy.begun, 0, 0);
	(void)sem_init(&busy.go, 0, 0);
	rig->http.send = and_then_the_disk_is_busy;
	assert_int_equal(pthread_create(&asks, NULL, ask_for_ci, rig), 0);
	while (rig->http.send != rig_send)
		(void)usleep(1000);
	(void)usleep(200000);
	assert_int_equal(pthread_create(&clears, NULL, clear_all, rig), 0);
	(void)usleep(200000);
	(void)sem_post(&busy.go);
	(void)pthread_join(busy.thread, NULL);
	(void)pthread_join(asks, NULL);
	(void)pthread_join(clears, NULL);
	rig_expect("ok", rig_ask(rig, "credentials", wanted(rig_plan("ci"), false), NULL));
	assert_int_equal(rig->session_tokens, 2);
	(void)sem_destroy(&busy.begun);
	(void)sem_destroy(&busy.go);
}

#define MINT_TEST(test_) cmocka_unit_test_setup_teardown(test_, with_keys, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MINT_TEST(a_source_of_one_file_and_one_row_makes_sessions),
	    MINT_TEST(a_role_is_assumed_with_what_another_source_made),
	    MINT_TEST(its_fields_are_held_to_its_table),
	    MINT_TEST(removing_a_key_of_that_name_leaves_its_sessions),
	    MINT_TEST(an_answer_that_nobody_brings_is_said_so_and_not_remembered),
	    MINT_TEST(each_step_is_made_from_the_last_that_is_there),
	    MINT_TEST(a_session_that_is_about_to_end_feeds_no_role),
	    MINT_TEST(a_role_is_announced_before_aws_is_asked_and_only_then),
	    MINT_TEST(a_session_that_aws_does_not_take_is_made_anew_once),
	    MINT_TEST(all_who_wait_behind_a_dead_session_are_served),
	    MINT_TEST(a_key_that_came_meanwhile_serves_in_the_place_of_the_old),
	    MINT_TEST(a_key_that_aws_does_not_know_is_named_with_what_to_do),
	    MINT_TEST(a_code_is_good_after_a_signature_refused_for_its_time),
	    MINT_TEST(a_clear_takes_along_what_is_being_stored),
	    MINT_TEST(giving_a_code_back_forgets_no_code_that_was_sent_after_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
