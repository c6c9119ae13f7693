/* SPDX-License-Identifier: MIT */
#include "vault/aws/sts.h"

#include "tests/aws/script.h"

#include "vault/base/text.h"

#define SERIAL "arn:aws:iam::123456789012:mfa/dev"
#define ROLE   "arn:aws:iam::210987654321:role/team/admin"
#define CREDENTIALS(expiration_)                                                            \
	"\"Credentials\":[{\"AccessKeyId\":[\"ASIAIOSFODNN7SESSION\"],"                     \
	"\"SecretAccessKey\":[\"wJalrXUtnFEMI/K7MDENG/bPxRfiCYSESSIONKEY\"],"               \
	"\"SessionToken\":[\"FwoGZXIvYXdzE\\n  EXAMPLE==\"],\"Expiration\":[\"" expiration_ \
	"\"]}]"
/* SCRIPT_NOW is 2026-11-18T11:06:40Z. */
#define SESSION(expiration_) SCRIPT_RESULT("GetSessionToken", "{" CREDENTIALS(expiration_) "}")
#define ASSUMED(arn_)                                                        \
	SCRIPT_RESULT(                                                       \
	    "AssumeRole",                                                    \
	    "{" CREDENTIALS("2026-11-18T12:06:40Z") ",\"AssumedRoleUser\":[" \
						    "{\"Arn\":[\"" arn_      \
						    "\"],\"AssumedRoleId\":[\"AROA:x\"]}]}")

static const struct sts_mfa mfa = {.serial = SERIAL, .code = "123456"};
static const struct sts_role plain_role = {
    .role_arn = ROLE, .session_name = "cv-1203", .duration_s = 3600};

static void the_caller_is_named(void **state)
{
	struct script *s = SCRIPT({.tree = SCRIPT_IDENTITY});
	struct sts_identity who;

	(void)state;
	assert_true(sts_get_caller_identity(&s->aws, &who, NULL, &s->err));
	assert_string_equal(who.account_id, "123456789012");
	assert_string_equal(who.arn, "arn:aws:iam::123456789012:user/dev");
	assert_string_equal(who.user_id, "AIDACKCEVSQ6C2EXAMPLE");
	assert_string_equal(s->bodies[0], "Action=GetCallerIdentity&Version=2011-06-15");
	script_end(s);
}

static void an_identity_with_hostile_or_missing_fields_is_refused(void **state)
{
#define WHO(arn_, id_, account_)                                                                  \
	{                                                                                         \
		.tree = SCRIPT_RESULT("GetCallerIdentity", "{\"Arn\":[" arn_ "],\"UserId\":[" id_ \
							   "],\"Account\":[" account_ "]}")       \
	}
#define ARN_OK "\"arn:aws:iam::123456789012:user/dev\""
	static const struct script_step steps[] = {
	    WHO("\"\\u001b[2J\"", "\"A\"", "\"123456789012\""),
	    WHO("\"arn:aws:iam::999999999999:user/dev\"", "\"A\"", "\"123456789012\""),
	    WHO(ARN_OK, "\"A\\nB\"", "\"123456789012\""),
	    WHO(ARN_OK, "\"\"", "\"123456789012\""),
	    WHO(ARN_OK, "\"A\"", "\"12345678901\""),
	    WHO(ARN_OK, "\"A\"", "\"123456789012\",\"123456789012\""),
	    WHO(ARN_OK, "\"A\"", "{}"),
	    WHO(ARN_OK, "\"A\"", ""),
	    {.tree = SCRIPT_RESULT("GetCallerIdentity", "\"\"")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct script *s = script_start(&steps[i], 1);
		struct sts_identity who;

		assert_false(sts_get_caller_identity(&s->aws, &who, NULL, &s->err));
		assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
		assert_null(strchr(s->err.message, '\x1b'));
		assert_string_equal(who.arn, "");
		script_end(s);
	}
}

static void a_session_token_is_asked_for_and_taken(void **state)
{
	struct script *s = SCRIPT({.tree = SESSION("2026-11-18T19:06:40.999Z")});
	struct credentials got = CREDENTIALS_INIT;

	(void)state;
	assert_true(sts_get_session_token(&s->aws, 28800, &mfa, &got, NULL, &s->err));
	assert_string_equal(
	    s->bodies[0],
	    "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=28800&"
	    "SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Fdev&TokenCode=123456");
	assert_true(s->once[0]);
	assert_string_equal(got.access_key_id, "ASIAIOSFODNN7SESSION");
	assert_int_equal(got.secret_access_key.len, 40);
	assert_memory_equal(got.secret_access_key.data, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYSESSIONKEY",
			    40);
	assert_string_equal(buf_text(&got.session_token), "FwoGZXIvYXdzEEXAMPLE==");
	assert_int_equal(got.expires_at, SCRIPT_NOW + 28800);
	credentials_clear(&got);
	script_end(s);
}

static void without_a_code_a_session_may_be_asked_for_again(void **state)
{
	struct script *s = SCRIPT({.broken = "reset"}, {.tree = SESSION("2026-11-18T12:06:40Z")});
	struct credentials got = CREDENTIALS_INIT;

	(void)state;
	assert_true(sts_get_session_token(&s->aws, 3600, NULL, &got, NULL, &s->err));
	assert_null(strstr(s->bodies[0], "TokenCode"));
	assert_false(s->once[0]);
	credentials_clear(&got);
	script_end(s);
}

static void an_mfa_code_is_sent_once(void **state)
{
	struct script *s = SCRIPT({.broken = "reset"});
	struct script *r = SCRIPT({.status = 500, .body = HTTP_BODY_OTHER});
	struct credentials got = CREDENTIALS_INIT;
	struct sts_role role = plain_role;
	char arn[ARN_MAX + 1];

	(void)state;
	assert_false(sts_get_session_token(&s->aws, 3600, &mfa, &got, &s->failure, &s->err));
	assert_true(s->failure.maybe_sent);
	role.mfa = mfa;
	assert_false(sts_assume_role(&r->aws, &role, &got, arn, NULL, &r->err));
	script_end(s);
	script_end(r);
}

static void a_session_that_ends_when_it_cannot_is_refused(void **state)
{
	static const char *const ends[] = {
	    SESSION("2026-11-18T11:06:40Z"), /* now */
	    SESSION("2026-11-18T11:06:39Z"),
	    SESSION("2011-07-11T19:55:29.611Z"),
	    SESSION("2026-11-18T12:11:41Z"), /* asked + 5 min + 1 s */
	    SESSION("2126-11-18T12:06:40Z"),
	    SESSION("9999-12-31T23:59:59Z"),
	    SESSION("tomorrow"),
	    SESSION(""),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct script *s = SCRIPT({.tree = ends[i]});
		struct credentials got = CREDENTIALS_INIT;

		assert_false(sts_get_session_token(&s->aws, 3600, NULL, &got, NULL, &s->err));
		assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
		assert_non_null(strstr(s->err.message, "does not answer sensibly"));
		assert_string_equal(got.access_key_id, "");
		assert_null(got.secret_access_key.data);
		script_end(s);
	}
}

static void an_expiry_is_judged_by_awss_clock(void **state)
{
	struct script *s = SCRIPT({.tree = SESSION("2026-11-18T12:16:40Z"), .ahead_s = 600});
	struct credentials got = CREDENTIALS_INIT;

	(void)state;
	assert_true(sts_get_session_token(&s->aws, 3600, NULL, &got, NULL, &s->err));
	assert_int_equal(s->skew.signing_s, 0);
	credentials_clear(&got);
	script_end(s);
}

static void hostile_values_in_credentials_are_refused(void **state)
{
#define CRED(id_, secret_, token_)                                                                 \
	SCRIPT_RESULT("GetSessionToken",                                                           \
		      "{\"Credentials\":[{\"AccessKeyId\":[" id_ "],\"SecretAccessKey\":[" secret_ \
		      "],\"SessionToken\":[" token_                                                \
		      "],\"Expiration\":[\"2026-11-18T12:06:40Z\"]}]}")
#define ID  "\"ASIAIOSFODNN7SESSION\""
#define KEY "\"wJalrXUtnFEMI/K7MDENG/bPxRfiCYSESSIONKEY\""
	static const char *const bad[] = {
	    CRED("\"ASIA$(reboot)EXAMPLE\"", KEY, "\"tok\""),
	    CRED("\"\"", KEY, "\"tok\""),
	    CRED(ID, "\"short\"", "\"tok\""),
	    CRED(ID, "\"a b\"", "\"tok\""),
	    CRED(ID, KEY, "\"tok\\\"; reboot\""),
	    CRED(ID, KEY, "\"\""),
	    CRED(ID, KEY, "\"tok\",\"tok\""),
	    CRED(ID, "{}", "\"tok\""),
	    CRED(ID, KEY, "\"\\u001b]0;x\\u0007\""),
	    SCRIPT_RESULT("GetSessionToken", "{}"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct script *s = SCRIPT({.tree = bad[i]});
		struct credentials got = CREDENTIALS_INIT;

		assert_false(sts_get_session_token(&s->aws, 3600, NULL, &got, NULL, &s->err));
		assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
		assert_null(strstr(s->err.message, "reboot"));
		assert_string_equal(got.access_key_id, "");
		script_end(s);
	}
}

static void a_role_is_assumed_with_everything_asked_for(void **state)
{
	static const char *const policies[] = {"arn:aws:iam::aws:policy/ReadOnlyAccess"};
	struct script *s = SCRIPT(
	    {.tree = ASSUMED("arn:aws:sts::210987654321:assumed-role/admin/cv-1203")});
	struct credentials got = CREDENTIALS_INIT;
	struct sts_role role = plain_role;
	char arn[ARN_MAX + 1];

	(void)state;
	role.external_id = "an:id";
	role.policy = "{}";
	role.policy_arns = policies;
	role.policy_arn_count = 1;
	role.session_tags = "team = red, cost center=12";
	role.transitive_tags = "team,cost center";
	role.source_identity = "me@corp";
	role.mfa = mfa;
	assert_true(sts_assume_role(&s->aws, &role, &got, arn, NULL, &s->err));
	assert_string_equal(
	    s->bodies[0],
	    "Action=AssumeRole&Version=2011-06-15&"
	    "RoleArn=arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Fteam%2Fadmin&"
	    "RoleSessionName=cv-1203&DurationSeconds=3600&ExternalId=an%3Aid&Policy=%7B%7D&"
	    "PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess&"
	    "Tags.member.1.Key=team&Tags.member.1.Value=red&"
	    "Tags.member.2.Key=cost%20center&Tags.member.2.Value=12&"
	    "TransitiveTagKeys.member.1=team&TransitiveTagKeys.member.2=cost%20center&"
	    "SourceIdentity=me%40corp&"
	    "SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Fdev&TokenCode=123456");
	assert_string_equal(arn, "arn:aws:sts::210987654321:assumed-role/admin/cv-1203");
	assert_string_equal(got.account_id, "210987654321");
	assert_int_equal(got.expires_at, SCRIPT_NOW + 3600);
	credentials_clear(&got);
	script_end(s);
}

static void another_role_than_the_one_asked_for_is_refused(void **state)
{
	static const char *const bad[] = {
	    ASSUMED("arn:aws:sts::999999999999:assumed-role/admin/cv-1203"),
	    ASSUMED("arn:aws:sts::210987654321:assumed-role/other/cv-1203"),
	    ASSUMED("arn:aws:sts::210987654321:assumed-role/admin/else"),
	    ASSUMED("arn:aws:iam::210987654321:role/admin"),
	    ASSUMED("\\u001b[31m"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct script *s = SCRIPT({.tree = bad[i]});
		struct credentials got = CREDENTIALS_INIT;
		char arn[ARN_MAX + 1];

		assert_false(sts_assume_role(&s->aws, &plain_role, &got, arn, NULL, &s->err));
		assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
		assert_string_equal(got.access_key_id, "");
		assert_string_equal(arn, "");
		script_end(s);
	}
}

static void arguments_sts_would_refuse_are_never_sent(void **state)
{
	struct script *s = script_start(NULL, 0);
	struct credentials got = CREDENTIALS_INIT;
	const struct sts_mfa bad_codes[] = {{SERIAL, "12345"},	{SERIAL, "1234567"},
					    {SERIAL, "12345a"}, {SERIAL, NULL},
					    {NULL, "123456"},	{"x y", "123456"}};
	char arn[ARN_MAX + 1], long_policy[2050];
	struct sts_role roles[11];

	(void)state;
	for (size_t i = 0; i < sizeof(bad_codes) / sizeof(bad_codes[0]); i++) {
		assert_false(
		    sts_get_session_token(&s->aws, 3600, &bad_codes[i], &got, NULL, &s->err));
		assert_int_equal(s->err.code, ERROR_USAGE);
	}
	assert_false(sts_get_session_token(&s->aws, 899, NULL, &got, NULL, &s->err));
	assert_false(sts_get_session_token(&s->aws, 129601, NULL, &got, NULL, &s->err));
	memset(long_policy, 'p', sizeof(long_policy) - 1);
	long_policy[sizeof(long_policy) - 1] = '\0';
	for (size_t i = 0; i < 11; i++)
		roles[i] = plain_role;
	roles[0].role_arn = "arn:aws:iam::210987654321:user/admin";
	roles[1].session_name = "a b";
	roles[2].duration_s = 43201;
	roles[3].duration_s = 0;
	roles[4].external_id = "x";
	roles[5].policy = long_policy;
	roles[6].policy_arn_count = 11;
	roles[7].mfa.code = "123456";
	roles[8].session_tags = "team";
	roles[9].transitive_tags = "team=red";
	roles[10].source_identity = "x";
	for (size_t i = 0; i < 11; i++) {
		assert_false(sts_assume_role(&s->aws, &roles[i], &got, arn, NULL, &s->err));
		assert_int_equal(s->err.code, ERROR_USAGE);
	}
	script_end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_caller_is_named),
	    cmocka_unit_test(an_identity_with_hostile_or_missing_fields_is_refused),
	    cmocka_unit_test(a_session_token_is_asked_for_and_taken),
	    cmocka_unit_test(without_a_code_a_session_may_be_asked_for_again),
	    cmocka_unit_test(an_mfa_code_is_sent_once),
	    cmocka_unit_test(a_session_that_ends_when_it_cannot_is_refused),
	    cmocka_unit_test(an_expiry_is_judged_by_awss_clock),
	    cmocka_unit_test(hostile_values_in_credentials_are_refused),
	    cmocka_unit_test(a_role_is_assumed_with_everything_asked_for),
	    cmocka_unit_test(another_role_than_the_one_asked_for_is_refused),
	    cmocka_unit_test(arguments_sts_would_refuse_are_never_sent),
	};

	return cmocka_run_group_tests(tests, script_open, script_close);
}
