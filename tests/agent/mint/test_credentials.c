/* SPDX-License-Identifier: MIT */
#include "tests/agent/rig.h"
#include "tests/support/skip.h"
#include "vault/store/store.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/** A request for credentials; `more` is merged into the plan and may be NULL. */
static json_t *wanted(const char *key, const char *code, bool can_ask, json_t *more)
{
	json_t *plan = rig_plan(key);

	if (more) {
		(void)json_object_update(plan, more);
		json_decref(more);
	}
	return json_pack("{s:s,s:s,s:o,s:s?,s:b}", "profile", key, "purpose", "process", "plan",
			 plan, "code", code, "can_ask", can_ask);
}

static json_t *role(void)
{
	json_t *plan = rig_plan("-");

	rig_assume(plan);
	(void)json_object_del(plan, "origin");
	return plan;
}

static _Atomic int next_code = 100000;

static json_t *new_code(struct rig *rig, const json_t *ask)
{
	char code[8];

	assert_string_equal(json_string_value(json_object_get(ask, "kind")), "mfa");
	rig->last_wait_s = json_integer_value(json_object_get(ask, "wait_s"));
	rig->last_refused = json_is_true(json_object_get(ask, "refused"));
	(void)snprintf(code, sizeof(code), "%06d", next_code++ % 1000000);
	return json_pack("{s:s}", "code", code);
}

static json_t *nobody(struct rig *rig, const json_t *ask)
{
	(void)rig, (void)ask;
	return NULL;
}

static void pass(struct rig *rig, int64_t s)
{
	rig_sleep(rig, s * 1000);
}

static int with_keys(void **state)
{
	(void)rig_setup(state);
	rig_expect("ok", rig_add(*state, "prod", RIG_SERIAL, false));
	rig_expect("ok", rig_add(*state, "ci", NULL, false));
	return 0;
}

static void a_session_is_made_once_and_served_from_then_on(void **state)
{
	struct rig *rig = *state;
	json_t *answer;

	for (int i = 0; i < 3; i++) {
		answer = rig_ask(rig, "credentials", wanted("prod", NULL, true, NULL), new_code);
		assert_string_equal(json_string_value(json_object_get(json_object_get(answer, "ok"),
								      "AccessKeyId")),
				    "ASIASESSION000000001");
		rig_expect("ok", answer);
	}
	assert_int_equal(rig->session_tokens, 1);
	assert_int_equal(rig->asks, 1);
	assert_non_null(strstr(rig->last_body, "DurationSeconds=28800"));
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
	answer = rig_ask(crowd->rig, "credentials", wanted("prod", NULL, true, role()), new_code);
	if (strcmp(rig_result(answer), "ok") == 0)
		(*crowd->served)++;
	json_decref(answer);
	return NULL;
}

static void fifty_requests_raise_one_question_and_one_call_for_each_step(void **state)
{
	struct rig *rig = *state;
	pthread_t threads[RIG_THREADS];
	pthread_barrier_t start;
	_Atomic int served = 0;
	struct crowd crowd = {rig, &start, &served};

	(void)pthread_barrier_init(&start, NULL, RIG_THREADS);
	for (int i = 0; i < RIG_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_too, &crowd), 0);
	for (int i = 0; i < RIG_THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	(void)pthread_barrier_destroy(&start);
	assert_int_equal(served, RIG_THREADS);
	assert_int_equal(rig->asks, 1);
	assert_int_equal(rig->session_tokens, 1);
	assert_int_equal(rig->assumed, 1);
}

static void without_a_code_and_without_anybody_to_ask_it_fails_at_once(void **state)
{
	struct rig *rig = *state;

	rig_expect("MFA_NEEDED",
		   rig_ask(rig, "credentials", wanted("prod", NULL, false, NULL), NULL));
	assert_int_equal(rig->calls, 0);
	/* And is no reason to refuse the next one, who can. */
	rig_expect("ok", rig_ask(rig, "credentials", wanted("prod", NULL, true, NULL), new_code));
}

static void a_code_is_never_sent_twice(void **state)
{
	struct rig *rig = *state;
	json_t *longer = json_pack("{s:i}", "duration_s", 3600);

	rig->mood = RIG_SILENT;
	rig_expect("AWS_UNREACHABLE",
		   rig_ask(rig, "credentials", wanted("prod", "111111", false, NULL), NULL));
	rig->mood = RIG_FINE;
	rig_expect("MFA_REFUSED",
		   rig_ask(rig, "credentials", wanted("prod", "111111", false, NULL), NULL));
	rig_expect("MFA_REFUSED",
		   rig_ask(rig, "credentials", wanted("prod", "111111", false, longer), NULL));
	assert_int_equal(rig->codes_count, 1);
	rig_expect("ok", rig_ask(rig, "credentials", wanted("prod", "222222", false, NULL), NULL));
	assert_int_equal(rig->codes_count, 2);
}

static void a_code_that_never_left_is_as_good_as_new(void **state)
{
	struct rig *rig = *state;

	rig->mood = RIG_UNSENT;
	rig_expect("AWS_UNREACHABLE",
		   rig_ask(rig, "credentials", wanted("prod", "111111", false, NULL), NULL));
	rig->mood = RIG_FINE;
	rig_expect("ok", rig_ask(rig, "credentials", wanted("prod", "111111", false, NULL), NULL));
}

static void the_next_question_says_how_long_the_used_code_still_shows(void **state)
{
	struct rig *rig = *state;
	json_t *shorter = json_pack("{s:i}", "duration_s", 3600);
	int64_t left = 30 - rig->real_ms / 1000 % 30;

	rig_expect("ok", rig_ask(rig, "credentials", wanted("prod", NULL, true, NULL), new_code));
	assert_int_equal(rig->last_wait_s, 0);
	rig_expect("ok",
		   rig_ask(rig, "credentials", wanted("prod", NULL, true, shorter), new_code));
	assert_int_equal(rig->last_wait_s, left);
}

static void a_refused_code_is_asked_for_again_but_not_for_ever(void **state)
{
	struct rig *rig = *state;

	rig->mood = RIG_WRONG_CODE;
	rig_expect("MFA_REFUSED",
		   rig_ask(rig, "credentials", wanted("prod", NULL, true, NULL), new_code));
	assert_int_equal(rig->asks, 3);
	assert_true(rig->last_refused);
	assert_int_equal(rig->codes_count, 3);
}

static void a_failure_answers_for_five_seconds_but_not_for_a_new_code(void **state)
{
	struct rig *rig = *state;

	rig->mood = RIG_DENIES;
	rig_expect("AWS_REFUSED",
		   rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	rig->mood = RIG_FINE;
	rig_expect("AWS_REFUSED",
		   rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	assert_int_equal(rig->calls, 1);
	pass(rig, 5);
	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));

	rig->mood = RIG_WRONG_CODE;
	rig_expect("MFA_REFUSED",
		   rig_ask(rig, "credentials", wanted("prod", "111111", false, NULL), NULL));
	rig->mood = RIG_FINE;
	rig_expect("ok", rig_ask(rig, "credentials", wanted("prod", "222222", false, NULL), NULL));
}

static void a_session_with_little_left_is_made_anew(void **state)
{
	struct rig *rig = *state;

	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	pass(rig, 3600 - 1201);
	rig_never_idle(rig);
	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	assert_int_equal(rig->calls, 1);
	pass(rig, 1);
	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	assert_int_equal(rig->calls, 2);
}

static void what_is_left_is_handed_out_where_no_new_one_can_be_had(void **state)
{
	struct rig *rig = *state;
	json_t *answer;
	char end[TEXT_TIME_BYTES];

	text_format_time(RIG_NOW + 3600, end);
	rig_never_idle(rig);
	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	pass(rig, 3000);
	rig->mood = RIG_SILENT;
	answer = rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL);
	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(answer, "ok"), "Expiration")), end);
	rig_expect("ok", answer);
	pass(rig, 601);
	rig_expect("AWS_UNREACHABLE",
		   rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
}

static void a_role_comes_from_the_session_and_names_its_line_in_the_log(void **state)
{
	struct rig *rig = *state;

	rig_expect("ok", rig_ask(rig, "credentials", wanted("prod", NULL, true, role()), new_code));
	assert_int_equal(rig->session_tokens, 1);
	assert_int_equal(rig->assumed, 1);
	/* create is not there: unlock, add, add, session, and then the line in question. */
	assert_non_null(strstr(rig->last_body, "RoleSessionName=cv-5&"));
	assert_null(strstr(rig->last_body, "TokenCode"));
	assert_non_null(strstr(rig->last_body, "DurationSeconds=3600"));
}

static void a_session_that_aws_does_not_take_any_more_is_made_anew(void **state)
{
	struct rig *rig = *state;

	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	rig->mood = RIG_EXPIRED;
	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, role()), NULL));
	assert_int_equal(rig->session_tokens, 2);
	assert_int_equal(rig->assumed, 1);
}

static void without_a_session_the_code_goes_with_the_role(void **state)
{
	struct rig *rig = *state;
	json_t *straight = role();

	(void)json_array_remove(json_object_get(straight, "steps"), 0);
	rig_expect("ok",
		   rig_ask(rig, "credentials", wanted("prod", NULL, true, straight), new_code));
	assert_int_equal(rig->session_tokens, 0);
	assert_non_null(strstr(rig->last_body, "TokenCode="));
	rig_expect("USAGE",
		   rig_ask(rig, "credentials",
			   wanted("prod", NULL, true, json_pack("{s:[]}", "steps")), NULL));
}

static void a_key_that_requires_mfa_hands_out_nothing_without(void **state)
{
	struct rig *rig = *state;

	rig_expect("ok", rig_add(rig, "strict", NULL, true));
	rig_expect("MFA_NEEDED",
		   rig_ask(rig, "credentials", wanted("strict", NULL, true, NULL), new_code));
	assert_int_equal(rig->calls, 0);
	rig_expect("ok", rig_ask(rig, "credentials",
				 wanted("strict", NULL, true,
					json_pack("{s:s}", "mfa_serial", RIG_SERIAL)),
				 new_code));
	assert_int_equal(rig->codes_count, 1);
}

static void a_key_of_another_endpoint_signs_nothing(void **state)
{
	struct rig *rig = *state;

	rig_expect("FAILED", rig_ask(rig, "credentials",
				     wanted("ci", NULL, false,
					    json_pack("{s:s}", "endpoint", "http://127.0.0.1:9")),
				     NULL));
	rig_expect("FAILED",
		   rig_ask(rig, "credentials",
			   wanted("ci", NULL, false,
				  json_pack("{s:s}", "endpoint", "https://sts.example.com")),
			   NULL));
	assert_int_equal(rig->calls, 0);
}

struct rival {
	struct rig *rig;
	rig_answer *answer;
	const char *result;
};

static void *ask_as(void *arg)
{
	struct rival *rival = arg;
	json_t *answer = rig_ask(rival->rig, "credentials", wanted("prod", NULL, true, NULL),
				 rival->answer);

	rig_expect(rival->result, answer);
	return NULL;
}

static pthread_barrier_t asked;

static json_t *nobody_after_all(struct rig *rig, const json_t *ask)
{
	(void)pthread_barrier_wait(&asked);
	return nobody(rig, ask);
}

static void a_question_that_nobody_answers_goes_to_the_next_who_waits(void **state)
{
	struct rig *rig = *state;
	struct rival first = {rig, nobody_after_all, "INTERRUPTED"};
	pthread_t thread;

	(void)pthread_barrier_init(&asked, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, ask_as, &first), 0);
	(void)pthread_barrier_wait(&asked);
	rig_expect("ok", rig_ask(rig, "credentials", wanted("prod", NULL, true, NULL), new_code));
	(void)pthread_join(thread, NULL);
	(void)pthread_barrier_destroy(&asked);
	assert_int_equal(rig->session_tokens, 1);
}

static json_t *slow_code(struct rig *rig, const json_t *ask)
{
	(void)pthread_barrier_wait(&asked);
	(void)pthread_barrier_wait(&asked);
	return new_code(rig, ask);
}

static void a_code_that_comes_along_serves_those_who_are_still_being_asked(void **state)
{
	struct rig *rig = *state;
	struct rival first = {rig, slow_code, "ok"};
	pthread_t thread;

	(void)pthread_barrier_init(&asked, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, ask_as, &first), 0);
	(void)pthread_barrier_wait(&asked);
	rig_expect("MFA_NEEDED",
		   rig_ask(rig, "credentials", wanted("prod", NULL, false, NULL), NULL));
	rig_expect("ok", rig_ask(rig, "credentials", wanted("prod", "777777", false, NULL), NULL));
	(void)pthread_barrier_wait(&asked);
	(void)pthread_join(thread, NULL);
	(void)pthread_barrier_destroy(&asked);
	assert_int_equal(rig->codes_count, 1);
	assert_string_equal(rig->codes[0], "777777");
}

static void idle_locks_the_keys_and_what_was_granted_goes_on(void **state)
{
	struct rig *rig = *state;

	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	pass(rig, 900);
	rig_expect("LOCKED", rig_ask(rig, "list", json_object(), NULL));
	rig_expect("LOCKED",
		   rig_ask(rig, "credentials", wanted("prod", "111111", false, NULL), NULL));
	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	rig_expect("ok", rig_ask(rig, "log", json_object(), NULL));
	pass(rig, 2701);
	rig_expect("LOCKED", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	assert_int_equal(rig->calls, 1);
}

static json_t *replacement(const char *id)
{
	return json_pack("{s:s,s:s,s:s,s:b,s:b}", "name", "ci", "access_key_id", id,
			 "secret_access_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLENEW", "replace",
			 true, "no_check", true);
}

static void replacing_a_key_voids_its_sessions(void **state)
{
	struct rig *rig = *state;

	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	rig_expect("ok", rig_ask(rig, "add", replacement("AKIAIOSFODNN7REPLACE"), NULL));
	rig->mood = RIG_DENIES;
	rig_expect("AWS_REFUSED",
		   rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
}

static void a_flood_of_refusals_is_one_entry_and_a_count(void **state)
{
	struct rig *rig = *state;
	struct store_state before, after;

	REQUIRE(store_state(rig->agent.store, &before, err));
	for (int i = 0; i < 40; i++)
		rig_expect("NOT_FOUND",
			   rig_ask(rig, "credentials", wanted("none", NULL, false, NULL), NULL));
	REQUIRE(store_state(rig->agent.store, &after, err));
	assert_int_equal(after.log_count, before.log_count + 1);
	pass(rig, 10);
	agent_tick(&rig->agent);
	REQUIRE(store_state(rig->agent.store, &after, err));
	assert_int_equal(after.log_count, before.log_count + 2);
}

static void what_cannot_be_recorded_is_not_handed_out(void **state)
{
	struct rig *rig = *state;
	struct rlimit was, full;

	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	full = (struct rlimit){.rlim_cur = 1, .rlim_max = was.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	for (int i = 0; i < 3; i++) {
		json_t *answer = rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL);

		assert_null(json_object_get(answer, "ok"));
		rig_expect("IO", answer);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
}

/* Both ends of a connection of another user: its credentials are those of whoever made the pair. */
static void strangers_sockets(int fds[2])
{
	int bridge[2];
	char control[CMSG_SPACE(2 * sizeof(int))] = {0}, byte = 0;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, bridge), 0);
	child = fork();
	if (child == 0) {
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);

		if (setuid(65534) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
			_exit(1);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(2 * sizeof(int));
		memcpy(CMSG_DATA(header), fds, 2 * sizeof(int));
		_exit(sendmsg(bridge[1], &message, 0) != 1);
	}
	assert_int_equal(recvmsg(bridge[0], &message, 0), 1);
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), 2 * sizeof(int));
	(void)waitpid(child, NULL, 0);
	(void)close(bridge[0]);
	(void)close(bridge[1]);
}

static void another_user_is_hung_up_on_without_a_word(void **state)
{
	struct rig *rig = *state;
	struct error err = ERROR_INIT;
	struct buf request = FRAME_BODY_INIT;
	char byte;
	int fds[2];

	if (getuid() != 0)
		skip_because("only root can become another user");
	strangers_sockets(fds);
	assert_true(message_request("public", NULL, &request, &err));
	assert_true(frame_write(fds[1], request.data, request.len, NULL, &err));
	buf_clear(&request);
	(void)shutdown(fds[1], SHUT_WR);
	connection_serve(&rig->agent, fds[0], false);
	assert_true(read(fds[1], &byte, 1) <= 0);
	(void)close(fds[1]);
}

static void clearing_drops_what_was_cached(void **state)
{
	struct rig *rig = *state;
	json_t *answer;

	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	answer = rig_ask(rig, "clear", json_pack("{s:[s]}", "profiles", "ci"), NULL);
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(answer, "ok"), "cleared")), 1);
	rig_expect("ok", answer);
	rig_expect("ok", rig_ask(rig, "credentials", wanted("ci", NULL, false, NULL), NULL));
	assert_int_equal(rig->calls, 2);
}

#define RIG_TEST(test_) cmocka_unit_test_setup_teardown(test_, with_keys, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(a_session_is_made_once_and_served_from_then_on),
	    RIG_TEST(fifty_requests_raise_one_question_and_one_call_for_each_step),
	    RIG_TEST(without_a_code_and_without_anybody_to_ask_it_fails_at_once),
	    RIG_TEST(a_code_is_never_sent_twice),
	    RIG_TEST(a_code_that_never_left_is_as_good_as_new),
	    RIG_TEST(the_next_question_says_how_long_the_used_code_still_shows),
	    RIG_TEST(a_refused_code_is_asked_for_again_but_not_for_ever),
	    RIG_TEST(a_failure_answers_for_five_seconds_but_not_for_a_new_code),
	    RIG_TEST(a_session_with_little_left_is_made_anew),
	    RIG_TEST(what_is_left_is_handed_out_where_no_new_one_can_be_had),
	    RIG_TEST(a_role_comes_from_the_session_and_names_its_line_in_the_log),
	    RIG_TEST(a_session_that_aws_does_not_take_any_more_is_made_anew),
	    RIG_TEST(without_a_session_the_code_goes_with_the_role),
	    RIG_TEST(a_key_that_requires_mfa_hands_out_nothing_without),
	    RIG_TEST(a_key_of_another_endpoint_signs_nothing),
	    RIG_TEST(a_question_that_nobody_answers_goes_to_the_next_who_waits),
	    RIG_TEST(a_code_that_comes_along_serves_those_who_are_still_being_asked),
	    RIG_TEST(idle_locks_the_keys_and_what_was_granted_goes_on),
	    RIG_TEST(replacing_a_key_voids_its_sessions),
	    RIG_TEST(a_flood_of_refusals_is_one_entry_and_a_count),
	    RIG_TEST(what_cannot_be_recorded_is_not_handed_out),
	    RIG_TEST(another_user_is_hung_up_on_without_a_word),
	    RIG_TEST(clearing_drops_what_was_cached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
