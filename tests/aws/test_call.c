/* SPDX-License-Identifier: MIT */
#include "tests/aws/script.h"
#include "vault/aws/answer_tree.h"

#include "vault/format/form.h"

/* Asks GetCallerIdentity without looking into the result. */
static bool ask(struct script *s, bool once)
{
	struct buf body = BUF_INIT(1024);
	const struct call call = {
	    .service = "sts", .action = "GetCallerIdentity", .body = &body, .once = once};
	json_t *tree;
	bool ok;

	assert_true(form_add(&body, "Action", "GetCallerIdentity", &s->err));
	ok = call_send(&s->aws, &call, &tree, &s->failure, &s->err);
	assert_int_equal(ok, tree != NULL);
	json_decref(tree);
	buf_clear(&body);
	return ok;
}

static void a_call_is_signed_and_answered(void **state)
{
	struct script *s = SCRIPT({.tree = SCRIPT_IDENTITY});

	(void)state;
	s->aws.proxy.url = "http://proxy.example:3128";
	assert_true(ask(s, false));
	assert_string_equal(s->urls[0], "https://sts.eu-central-1.amazonaws.com/");
	assert_string_equal(s->dates[0], "20261118T110640Z");
	assert_non_null(strstr(s->authorizations[0],
			       "Credential=AKIAIOSFODNN7EXAMPLE/20261118/eu-central-1/sts/"));
	assert_string_equal(s->tokens[0], "");
	assert_string_equal(s->proxies[0], "http://proxy.example:3128");
	assert_false(s->once[0]);
	script_end(s);
}

static void a_session_sends_its_token(void **state)
{
	struct script *s = SCRIPT({.tree = SCRIPT_IDENTITY});

	(void)state;
	script_use_session(s);
	assert_true(ask(s, true));
	assert_string_equal(s->tokens[0], "FwoGZXIvYXdzEXAMPLETOKEN");
	assert_true(s->once[0]);
	script_end(s);
}

static void server_errors_are_asked_again_three_times_in_all(void **state)
{
	struct script *s = SCRIPT({.status = 503, .body = HTTP_BODY_OTHER}, {.broken = "reset"},
				  {.tree = SCRIPT_ERROR("InternalFailure", "oh"), .status = 500});

	(void)state;
	assert_false(ask(s, false));
	assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
	/* A delay is drawn from 0 on, and none of 0 is slept: 50 and 100 ms at the most in all. */
	assert_in_range(s->sleep_count, 0, 2);
	assert_in_range(s->slept_ms, 0, 150);
	assert_string_equal(s->failure.aws_code, "InternalFailure");
	assert_true(s->failure.maybe_sent);
	script_end(s);
}

static void throttling_waits_longer_and_heeds_awss_delay(void **state)
{
	struct script *s = SCRIPT(
	    {.tree = SCRIPT_ERROR("Throttling", "slow"), .retry_after_ms = 2500},
	    {.tree = SCRIPT_IDENTITY});

	(void)state;
	assert_true(ask(s, false));
	assert_int_equal(s->sleeps[0], 2500);
	script_end(s);
}

static void throttled_to_the_end_is_a_refusal(void **state)
{
	struct script *s = SCRIPT({.tree = SCRIPT_ERROR("Throttling", "slow")},
				  {.tree = SCRIPT_ERROR("Throttling", "slow")},
				  {.tree = SCRIPT_ERROR("Throttling", "slow")});

	(void)state;
	assert_false(ask(s, false));
	assert_int_equal(s->err.code, ERROR_AWS_REFUSED);
	assert_string_equal(s->failure.aws_code, "Throttling");
	script_end(s);
}

static void a_refusal_is_not_asked_again(void **state)
{
	struct script *s = SCRIPT(
	    {.tree = SCRIPT_ERROR("LimitExceeded", "two keys"), .status = 409});

	(void)state;
	assert_false(ask(s, false));
	assert_int_equal(s->err.code, ERROR_AWS_REFUSED);
	assert_string_equal(s->failure.aws_code, "LimitExceeded");
	assert_string_equal(s->failure.request_id, "req-1");
	assert_int_equal(s->failure.status, 409);
	assert_false(s->failure.maybe_sent);
	assert_non_null(strstr(s->err.detail, "two keys"));
	assert_non_null(strstr(s->err.detail, "req-1"));
	script_end(s);
}

static void what_is_marked_once_is_sent_once_whatever_happens(void **state)
{
	static const struct script_step steps[] = {
	    {.broken = "the courier ended before AWS answered"},
	    {.status = 500, .body = HTTP_BODY_NONE},
	    {.status = 503, .tree = SCRIPT_ERROR("ServiceUnavailable", "no")},
	    {.tree = SCRIPT_ERROR("Throttling", "slow")},
	    {.status = 429, .body = HTTP_BODY_OTHER},
	    {.status = 200, .body = HTTP_BODY_OTHER},
	    {.tree = SCRIPT_ERROR("SignatureDoesNotMatch", "Signature expired"), .ahead_s = 900},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct script *s = script_start(&steps[i], 1);

		assert_false(ask(s, true));
		assert_int_equal(s->sleep_count, 0);
		script_end(s);
	}
}

static void what_is_marked_once_says_that_it_may_have_happened(void **state)
{
	struct script *s = SCRIPT({.broken = "reset"});

	(void)state;
	assert_false(ask(s, true));
	assert_true(s->failure.maybe_sent);
	assert_non_null(strstr(s->err.detail, "may have been carried out"));
	script_end(s);
}

static void what_never_left_may_be_sent_again_even_once(void **state)
{
	struct script *s = SCRIPT({.broken = "no connection", .unsent = true},
				  {.tree = SCRIPT_IDENTITY});

	(void)state;
	assert_true(ask(s, true));
	script_end(s);
}

static void a_wrong_clock_is_corrected_once_and_remembered(void **state)
{
	struct script *s = SCRIPT(
	    {.tree = SCRIPT_ERROR("SignatureDoesNotMatch", "Signature not yet current"),
	     .status = 403,
	     .ahead_s = -1200},
	    {.tree = SCRIPT_IDENTITY, .ahead_s = -1200},
	    {.tree = SCRIPT_IDENTITY, .ahead_s = -1200});

	(void)state;
	assert_true(ask(s, false));
	assert_int_equal(s->sleep_count, 0);
	assert_string_equal(s->dates[1], "20261118T104640Z");
	assert_int_equal(call_now(&s->aws), SCRIPT_NOW - 1200);
	assert_true(ask(s, false));
	assert_string_equal(s->dates[2], "20261118T104640Z");
	script_end(s);
}

static void a_clock_error_that_stays_is_reported_after_one_correction(void **state)
{
	struct script *s = SCRIPT({.tree = SCRIPT_ERROR("RequestExpired", "x"), .ahead_s = 600},
				  {.tree = SCRIPT_ERROR("RequestExpired", "x"), .ahead_s = 1200});

	(void)state;
	assert_false(ask(s, false));
	assert_int_equal(s->err.code, ERROR_AWS_REFUSED);
	assert_true(s->failure.clock_was_off);
	script_end(s);
}

static void after_a_clock_error_a_code_is_not_sent_twice_but_the_next_call_is_right(void **state)
{
	struct script *s = SCRIPT(
	    {.tree = SCRIPT_ERROR("SignatureDoesNotMatch", "expired"), .ahead_s = 1200},
	    {.tree = SCRIPT_IDENTITY, .ahead_s = 1200});

	(void)state;
	assert_false(ask(s, true));
	assert_true(s->failure.clock_was_off);
	assert_true(ask(s, true));
	assert_string_equal(s->dates[1], "20261118T112640Z");
	script_end(s);
}

static void a_time_that_cannot_be_trusted_corrects_nothing(void **state)
{
	static const struct script_step steps[] = {
	    {.tree = SCRIPT_ERROR("SignatureDoesNotMatch", "wrong secret"), .ahead_s = 239},
	    {.tree = SCRIPT_ERROR("SignatureDoesNotMatch", "x"), .ahead_s = -239},
	    {.tree = SCRIPT_ERROR("SignatureDoesNotMatch", "x"), .ahead_s = INT64_MIN},
	    {.tree = SCRIPT_ERROR("SignatureDoesNotMatch", "x"), .ahead_s = 900, .aged = true},
	    {.tree = SCRIPT_ERROR("SignatureDoesNotMatch", "x"),
	     .ahead_s = 900,
	     .round_trip_ms = 15001},
	    {.tree = SCRIPT_ERROR("AccessDenied", "x"), .ahead_s = 900},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct script *s = script_start(&steps[i], 1);

		assert_false(ask(s, false));
		assert_int_equal(s->err.code, ERROR_AWS_REFUSED);
		assert_false(s->failure.clock_was_off);
		assert_int_equal(s->skew.signing_s, 0);
		script_end(s);
	}
}

static void an_mfa_refusal_is_its_own_error(void **state)
{
	struct script *s = SCRIPT(
	    {.tree = SCRIPT_ERROR("AccessDenied", "MultiFactorAuthentication failed with "
						  "invalid MFA one time pass code. "),
	     .status = 403});

	(void)state;
	assert_false(ask(s, true));
	assert_int_equal(s->err.code, ERROR_MFA_REFUSED);
	script_end(s);
}

static void a_dead_key_is_told_from_a_dead_session(void **state)
{
	struct script *s = SCRIPT({.tree = SCRIPT_ERROR("InvalidClientTokenId", "x")},
				  {.tree = SCRIPT_ERROR("InvalidClientTokenId", "x")},
				  {.tree = SCRIPT_ERROR("ExpiredToken", "x")});

	(void)state;
	assert_false(ask(s, false));
	assert_int_equal(s->err.code, ERROR_DEAD_KEY);
	assert_non_null(strstr(s->err.message, "AKIA…MPLE"));
	script_use_session(s);
	assert_false(ask(s, false));
	assert_int_equal(s->err.code, ERROR_AWS_REFUSED);
	assert_false(ask(s, false));
	assert_string_equal(s->failure.aws_code, "ExpiredToken");
	script_end(s);
}

static void what_makes_no_sense_is_unreachable_and_not_asked_again(void **state)
{
	static const struct script_step steps[] = {
	    {.status = 200, .body = HTTP_BODY_OTHER},
	    {.status = 200, .body = HTTP_BODY_NONE},
	    {.status = 200, .body = HTTP_BODY_TOO_LARGE},
	    {.status = 200, .tree = "{\"html\":[\"\"]}"},
	    {.status = 200, .tree = SCRIPT_RESULT("GetSessionToken", "{}")},
	    {.status = 201, .tree = SCRIPT_IDENTITY},
	    {.status = 302, .body = HTTP_BODY_NONE},
	    {.status = 403, .body = HTTP_BODY_OTHER},
	    {.status = 400, .tree = "{\"ErrorResponse\":[{\"Error\":[\"x\"]}]}"},
	    {.status = 400, .tree = SCRIPT_ERROR("Bad code \\u001b[31m", "x")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct script *s = script_start(&steps[i], 1);

		assert_false(ask(s, false));
		assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
		assert_null(strchr(s->err.message, '\x1b'));
		script_end(s);
	}
}

static void awss_words_are_escaped_and_bounded(void **state)
{
	static const char evil[] = SCRIPT_ERROR("AccessDenied", "a\\u001b]0;b\\u0007\\u202e\\nsay");
	char many[3001], long_one[4096];
	struct script *s = SCRIPT({.tree = evil}, {.tree = long_one});

	(void)state;
	memset(many, 'm', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	(void)snprintf(long_one, sizeof(long_one), SCRIPT_ERROR("AccessDenied", "%s"), many);
	assert_false(ask(s, false));
	for (const char *c = s->err.detail; *c; c++)
		assert_true(*c == '\n' || (unsigned char)*c >= 0x20);
	assert_null(strstr(s->err.detail, "\nsay"));
	assert_non_null(strstr(s->err.detail, "\\x1b]0;b\\x07"));
	assert_false(ask(s, false));
	assert_true(strlen(s->err.detail) < 800);
	script_end(s);
}

static void a_message_that_quotes_the_token_is_left_out(void **state)
{
	struct script *s = SCRIPT(
	    {.tree = SCRIPT_ERROR("SignatureDoesNotMatch",
				  "The Canonical String should have been POST "
				  "x-amz-security-token:FwoGZXIvYXdzEXAMPLETOKEN")},
	    {.tree = SCRIPT_ERROR("AccessDenied", "token FwoGZXIvYXdzEXAMPLETOKEN is bad")});

	(void)state;
	script_use_session(s);
	for (int i = 0; i < 2; i++) {
		assert_false(ask(s, false));
		assert_null(strstr(s->err.detail, "FwoGZX"));
		assert_null(strstr(s->err.message, "FwoGZX"));
	}
	script_end(s);
}

static void the_deadline_ends_the_asking(void **state)
{
	struct script *s = SCRIPT({.broken = "slow", .takes_ms = 14000},
				  {.broken = "slow", .takes_ms = 6000});

	(void)state;
	s->aws.deadline_ms = s->boot_ms + 20000;
	assert_false(ask(s, false));
	assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
	assert_int_equal(s->total_timeouts[0], HTTP_TOTAL_MS);
	assert_true(s->total_timeouts[1] <= 6000);
	script_end(s);
}

static void without_time_nothing_is_sent(void **state)
{
	struct script *s = script_start(NULL, 0);

	(void)state;
	s->aws.deadline_ms = s->boot_ms;
	assert_false(ask(s, false));
	assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
	assert_false(s->failure.maybe_sent);
	script_end(s);
}

/* A call in JSON, unsigned, with a token of a sign-in. */
static bool ask_portal(struct script *s, json_t **tree)
{
	static const struct call_json json = {.method = "GET",
					      .path = "/federation/credentials",
					      .query = "role_name=a&account_id=1",
					      .header = {"x-amz-sso_bearer_token", "BEARER"}};
	const struct call call = {.service = "sts", .action = "GetRoleCredentials", .json = &json};

	s->aws.signer = NULL;
	return call_send(&s->aws, &call, tree, &s->failure, &s->err);
}

static void a_call_without_a_signer_is_unsigned(void **state)
{
	struct script *s = SCRIPT({.json = "{\"roleCredentials\":[{\"accessKeyId\":[\"A\"]}]}"});
	json_t *tree;

	(void)state;
	assert_true(ask_portal(s, &tree));
	assert_string_equal(s->methods[0], "GET");
	assert_string_equal(s->urls[0],
			    "https://sts.eu-central-1.amazonaws.com/federation/credentials");
	assert_string_equal(s->queries[0], "role_name=a&account_id=1");
	assert_string_equal(s->bearers[0], "BEARER");
	assert_string_equal(s->authorizations[0], "");
	assert_string_equal(s->dates[0], "");
	assert_string_equal(s->bodies[0], "");
	assert_string_equal(answer_tree_text(tree, "roleCredentials/accessKeyId"), "A");
	json_decref(tree);
	script_end(s);
}

static void a_call_in_json_may_be_answered_without_a_word(void **state)
{
	struct script *s = SCRIPT({.status = 204});
	json_t *tree;

	(void)state;
	assert_true(ask_portal(s, &tree));
	assert_null(tree);
	script_end(s);
}

static void a_call_in_json_is_signed_where_there_is_a_signer(void **state)
{
	struct script *s = SCRIPT({.json = "{}"});
	static const struct call_json json = {.method = "POST", .path = "/sessions"};
	struct buf body = BUF_INIT(64);
	const struct call call = {
	    .service = "rolesanywhere", .action = "CreateSession", .body = &body, .json = &json};
	json_t *tree;

	(void)state;
	assert_true(buf_text_append(&body, "{\"durationSeconds\":900}", &s->err));
	assert_true(call_send(&s->aws, &call, &tree, &s->failure, &s->err));
	assert_non_null(strstr(s->authorizations[0], "/eu-central-1/rolesanywhere/aws4_request"));
	assert_string_equal(s->bodies[0], "{\"durationSeconds\":900}");
	json_decref(tree);
	buf_clear(&body);
	script_end(s);
}

static void an_error_in_json_has_its_code_wherever_it_stands(void **state)
{
	static const struct {
		struct script_step step;
		const char *code;
	} cases[] = {
	    {{.status = 400,
	      .type = "InvalidGrantException",
	      .json = "{\"error\":[\"invalid_grant\"]}"},
	     "InvalidGrantException"},
	    {{.status = 401,
	      .json = "{\"__type\":[\"com.amazonaws.switchboard.portal#"
		      "UnauthorizedException\"],\"message\":[\"Session\"]}"},
	     "UnauthorizedException"},
	    {{.status = 400, .json = "{\"error\":[\"invalid_grant\"]}"}, "invalid_grant"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script *s = script_start(&cases[i].step, 1);
		json_t *tree;

		assert_false(ask_portal(s, &tree));
		assert_null(tree);
		assert_int_equal(s->err.code, ERROR_AWS_REFUSED);
		assert_string_equal(s->failure.aws_code, cases[i].code);
		script_end(s);
	}
}

static void an_answer_in_the_other_form_is_nonsense(void **state)
{
	struct script *s = SCRIPT({.tree = SCRIPT_IDENTITY}, {.tree = SCRIPT_IDENTITY},
				  {.tree = SCRIPT_IDENTITY});
	json_t *tree;

	(void)state;
	assert_false(ask_portal(s, &tree));
	assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
	s->count = s->asked;
	script_end(s);
}

static void a_message_that_quotes_the_token_is_not_shown(void **state)
{
	struct script *s = SCRIPT({.status = 401,
				   .type = "UnauthorizedException",
				   .json = "{\"message\":[\"no such session BEARER\"]}"});
	json_t *tree;

	(void)state;
	assert_false(ask_portal(s, &tree));
	assert_null(strstr(s->err.detail, "BEARER"));
	script_end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_call_is_signed_and_answered),
	    cmocka_unit_test(a_session_sends_its_token),
	    cmocka_unit_test(server_errors_are_asked_again_three_times_in_all),
	    cmocka_unit_test(throttling_waits_longer_and_heeds_awss_delay),
	    cmocka_unit_test(throttled_to_the_end_is_a_refusal),
	    cmocka_unit_test(a_refusal_is_not_asked_again),
	    cmocka_unit_test(what_is_marked_once_is_sent_once_whatever_happens),
	    cmocka_unit_test(what_is_marked_once_says_that_it_may_have_happened),
	    cmocka_unit_test(what_never_left_may_be_sent_again_even_once),
	    cmocka_unit_test(a_wrong_clock_is_corrected_once_and_remembered),
	    cmocka_unit_test(a_clock_error_that_stays_is_reported_after_one_correction),
	    cmocka_unit_test(
		after_a_clock_error_a_code_is_not_sent_twice_but_the_next_call_is_right),
	    cmocka_unit_test(a_time_that_cannot_be_trusted_corrects_nothing),
	    cmocka_unit_test(an_mfa_refusal_is_its_own_error),
	    cmocka_unit_test(a_dead_key_is_told_from_a_dead_session),
	    cmocka_unit_test(what_makes_no_sense_is_unreachable_and_not_asked_again),
	    cmocka_unit_test(awss_words_are_escaped_and_bounded),
	    cmocka_unit_test(a_message_that_quotes_the_token_is_left_out),
	    cmocka_unit_test(the_deadline_ends_the_asking),
	    cmocka_unit_test(without_time_nothing_is_sent),
	    cmocka_unit_test(a_call_without_a_signer_is_unsigned),
	    cmocka_unit_test(a_call_in_json_may_be_answered_without_a_word),
	    cmocka_unit_test(a_call_in_json_is_signed_where_there_is_a_signer),
	    cmocka_unit_test(an_error_in_json_has_its_code_wherever_it_stands),
	    cmocka_unit_test(an_answer_in_the_other_form_is_nonsense),
	    cmocka_unit_test(a_message_that_quotes_the_token_is_not_shown),
	};

	return cmocka_run_group_tests(tests, script_open, script_close);
}
