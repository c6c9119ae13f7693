/* SPDX-License-Identifier: MIT */
#include "vault/aws/iam.h"

#include "tests/aws/script.h"

#define KEY(id_, more_) "{\"AccessKeyId\":[\"" id_ "\"]," more_ "}"
#define KEYS(keys_, more_)              \
	SCRIPT_RESULT("ListAccessKeys", \
		      "{\"AccessKeyMetadata\":[{\"member\":[" keys_ "]}]" more_ "}")
#define ACTIVE \
	"\"Status\":[\"Active\"],\"UserName\":[\"dev\"],\"CreateDate\":[\"2026-08-11T10:00:00Z\"]"

static void keys_are_listed_with_their_age_and_state(void **state)
{
	struct script *s = SCRIPT(
	    {.tree = KEYS(KEY("AKIAIOSFODNN7EXAMPLE", ACTIVE), ",\"IsTruncated\":[\"false\"]")});
	struct iam_access_keys keys;

	(void)state;
	assert_true(iam_list_access_keys(&s->aws, NULL, &keys, NULL, &s->err));
	assert_int_equal(keys.count, 1);
	assert_string_equal(keys.items[0].access_key_id, "AKIAIOSFODNN7EXAMPLE");
	assert_string_equal(keys.items[0].status, "Active");
	assert_string_equal(keys.items[0].user_name, "dev");
	assert_int_equal(keys.items[0].created_at, 1786442400);
	assert_string_equal(s->bodies[0], "Action=ListAccessKeys&Version=2010-05-08&MaxItems=100");
	script_end(s);
}

static void pages_are_followed_by_their_marker(void **state)
{
	struct script *s = SCRIPT(
	    {.tree = KEYS(KEY("AKIAIOSFODNN7EXAMPLE", ACTIVE),
			  ",\"IsTruncated\":[\"true\"],\"Marker\":[\"a/b=\"]")},
	    {.tree = KEYS(KEY("AKIAI44QH8DHBEXAMPLE", "\"Status\":[\"Inactive\"]"),
			  ",\"IsTruncated\":[\"false\"]")});
	struct iam_access_keys keys;

	(void)state;
	assert_true(iam_list_access_keys(&s->aws, "dev", &keys, NULL, &s->err));
	assert_int_equal(keys.count, 2);
	assert_string_equal(keys.items[1].status, "Inactive");
	assert_int_equal(keys.items[1].created_at, 0);
	assert_string_equal(s->bodies[1], "Action=ListAccessKeys&Version=2010-05-08&UserName=dev&"
					  "MaxItems=100&Marker=a%2Fb%3D");
	script_end(s);
}

static void a_list_without_an_end_is_given_up(void **state)
{
	static const struct script_step page = {
	    .tree = SCRIPT_RESULT("ListMFADevices", "{\"MFADevices\":[\"\"],\"IsTruncated\":["
						    "\"true\"],\"Marker\":[\"again\"]}")};
	struct script_step steps[IAM_PAGES_MAX];
	struct iam_mfa_devices devices;
	struct script *s;

	(void)state;
	for (size_t i = 0; i < IAM_PAGES_MAX; i++)
		steps[i] = page;
	s = script_start(steps, IAM_PAGES_MAX);
	assert_false(iam_list_mfa_devices(&s->aws, NULL, &devices, NULL, &s->err));
	assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
	script_end(s);
}

static void more_keys_than_there_can_be_are_nonsense(void **state)
{
	char many[8192];
	size_t n = 0;
	struct iam_access_keys keys;
	struct script *s;

	(void)state;
	n += (size_t)snprintf(many, sizeof(many),
			      "{\"ListAccessKeysResponse\":[{"
			      "\"ListAccessKeysResult\":[{"
			      "\"AccessKeyMetadata\":[{\"member\":[");
	for (int i = 0; i <= IAM_KEYS_MAX; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n,
				      "%s" KEY("AKIAIOSFODNN7EXAM%03d", ACTIVE), i ? "," : "", i);
	(void)snprintf(many + n, sizeof(many) - n, "]}]}]}]}");
	s = SCRIPT({.tree = many});
	assert_false(iam_list_access_keys(&s->aws, NULL, &keys, NULL, &s->err));
	assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
	assert_int_equal(keys.count, 0);
	script_end(s);
}

static void hostile_values_in_lists_are_refused(void **state)
{
	static const char *const bad[] = {
	    KEYS(KEY("AKIA\\u001b[31mEXAMPLE000", ACTIVE), ""),
	    KEYS(KEY("AKIAIOSFODNN7EXAMPLE", "\"Status\":[\"\\u001b]0;x\"]"), ""),
	    KEYS(KEY("AKIAIOSFODNN7EXAMPLE", "\"Status\":[\"Active\"],\"UserName\":[\"a b\"]"), ""),
	    KEYS(KEY("AKIAIOSFODNN7EXAMPLE", "\"Status\":[\"Active\"],\"CreateDate\":[\"x\"]"), ""),
	    KEYS("\"text\"", ""),
	    KEYS(KEY("AKIAIOSFODNN7EXAMPLE", ACTIVE), ",\"IsTruncated\":[\"true\"]"),
	    SCRIPT_RESULT("ListAccessKeys", "{},{}"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct script *s = SCRIPT({.tree = bad[i]});
		struct iam_access_keys keys;

		assert_false(iam_list_access_keys(&s->aws, NULL, &keys, NULL, &s->err));
		assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
		assert_null(strchr(s->err.message, '\x1b'));
		assert_int_equal(keys.count, 0);
		script_end(s);
	}
}

static void a_status_from_the_future_is_passed_on(void **state)
{
	struct script *s = SCRIPT(
	    {.tree = KEYS(KEY("AKIAIOSFODNN7EXAMPLE", "\"Status\":[\"Expired\"]"), "")});
	struct iam_access_keys keys;

	(void)state;
	assert_true(iam_list_access_keys(&s->aws, NULL, &keys, NULL, &s->err));
	assert_string_equal(keys.items[0].status, "Expired");
	script_end(s);
}

static void a_name_iam_would_refuse_is_never_sent(void **state)
{
	struct script *s = script_start(NULL, 0);
	struct iam_access_keys keys;

	(void)state;
	assert_false(iam_list_access_keys(&s->aws, "a&Action=DeleteUser", &keys, NULL, &s->err));
	assert_int_equal(s->err.code, ERROR_USAGE);
	assert_false(iam_list_access_keys(&s->aws, "", &keys, NULL, &s->err));
	script_end(s);
}

#define CREATED(fields_) SCRIPT_RESULT("CreateAccessKey", "{\"AccessKey\":[{" fields_ "}]}")
#define MADE                                                               \
	"\"AccessKeyId\":[\"AKIAI44QH8DHBEXAMPLE\"],\"SecretAccessKey\":[" \
	"\"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"],\"CreateDate\":[\"2026-08-11T10:00:00Z\"]"

static void a_key_is_made_once(void **state)
{
	struct script *s = SCRIPT({.tree = CREATED(MADE)});
	struct iam_new_key key = {.secret = SECRET_EMPTY};

	(void)state;
	assert_true(iam_create_access_key(&s->aws, "dev", &key, &s->failure, &s->err));
	assert_string_equal(key.access_key_id, "AKIAI44QH8DHBEXAMPLE");
	assert_memory_equal(key.secret.data, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 40);
	assert_int_equal(key.created_at, 1786442400);
	assert_true(s->once[0]);
	assert_string_equal(s->bodies[0], "Action=CreateAccessKey&Version=2010-05-08&UserName=dev");
	iam_new_key_clear(&key);
	script_end(s);
}

static void a_lost_answer_to_a_creation_is_not_asked_for_again(void **state)
{
	static const struct script_step bad[] = {
	    {.broken = "no answer"},
	    {.tree = SCRIPT_ERROR("ServiceFailure", "oops"), .status = 500},
	    {.tree = CREATED("\"AccessKeyId\":[\"AKIAI44QH8DHBEXAMPLE\"]")},
	    {.tree = CREATED("\"AccessKeyId\":[\"\\u001b\"],\"SecretAccessKey\":[\"x\"]")},
	    {.body = HTTP_BODY_OTHER, .status = 200},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct script *s = script_start(&bad[i], 1);
		struct iam_new_key key = {.secret = SECRET_EMPTY};

		assert_false(iam_create_access_key(&s->aws, NULL, &key, &s->failure, &s->err));
		assert_int_equal(s->err.code, ERROR_AWS_UNREACHABLE);
		assert_true(s->failure.maybe_sent);
		assert_null(key.secret.data);
		script_end(s);
	}
}

static void a_refused_creation_made_nothing(void **state)
{
	struct script *s = SCRIPT({.tree = SCRIPT_ERROR("LimitExceeded", "2"), .status = 409});
	struct iam_new_key key = {.secret = SECRET_EMPTY};

	(void)state;
	assert_false(iam_create_access_key(&s->aws, NULL, &key, &s->failure, &s->err));
	assert_int_equal(s->err.code, ERROR_AWS_REFUSED);
	assert_false(s->failure.maybe_sent);
	assert_string_equal(s->failure.aws_code, "LimitExceeded");
	script_end(s);
}

static void keys_are_switched_and_deleted(void **state)
{
#define DONE(action_) \
	"{\"" action_ "Response\":[{\"ResponseMetadata\":[{\"RequestId\":[\"req-3\"]}]}]}"
	struct script *s = SCRIPT({.tree = DONE("UpdateAccessKey")}, {.broken = "no answer"},
				  {.tree = DONE("UpdateAccessKey")},
				  {.tree = DONE("DeleteAccessKey")});
	const char *id = "AKIAI44QH8DHBEXAMPLE";

	(void)state;
	assert_true(iam_update_access_key(&s->aws, NULL, id, false, NULL, &s->err));
	/* These may be asked for again. */
	assert_true(iam_update_access_key(&s->aws, "dev", id, true, NULL, &s->err));
	assert_true(iam_delete_access_key(&s->aws, "dev", id, NULL, &s->err));
	assert_string_equal(s->bodies[0], "Action=UpdateAccessKey&Version=2010-05-08&AccessKeyId="
					  "AKIAI44QH8DHBEXAMPLE&Status=Inactive");
	assert_string_equal(s->bodies[2], "Action=UpdateAccessKey&Version=2010-05-08&UserName=dev&"
					  "AccessKeyId=AKIAI44QH8DHBEXAMPLE&Status=Active");
	assert_string_equal(s->bodies[3], "Action=DeleteAccessKey&Version=2010-05-08&UserName=dev&"
					  "AccessKeyId=AKIAI44QH8DHBEXAMPLE");
	assert_false(iam_delete_access_key(&s->aws, "dev", "no id", NULL, &s->err));
	assert_int_equal(s->err.code, ERROR_USAGE);
	script_end(s);
}

static void the_last_use_is_told_or_never_was(void **state)
{
#define USED(fields_)                         \
	SCRIPT_RESULT("GetAccessKeyLastUsed", \
		      "{\"UserName\":[\"dev\"],\"AccessKeyLastUsed\":[{" fields_ "}]}")
	struct script *s = SCRIPT(
	    {.tree = USED("\"LastUsedDate\":[\"2026-08-11T10:00:00Z\"],\"ServiceName\":["
			  "\"s3\"],\"Region\":[\"eu-west-1\"]")},
	    {.tree = USED("\"ServiceName\":[\"N/A\"],\"Region\":[\"N/A\"]")},
	    {.tree = USED("\"ServiceName\":[\"\\u001b[0m\"]")});
	const char *id = "AKIAI44QH8DHBEXAMPLE";
	struct iam_last_used used;

	(void)state;
	assert_true(iam_get_access_key_last_used(&s->aws, id, &used, NULL, &s->err));
	assert_int_equal(used.at, 1786442400);
	assert_string_equal(used.service, "s3");
	assert_string_equal(used.region, "eu-west-1");
	assert_true(iam_get_access_key_last_used(&s->aws, id, &used, NULL, &s->err));
	assert_int_equal(used.at, 0);
	assert_string_equal(used.region, "");
	assert_false(iam_get_access_key_last_used(&s->aws, id, &used, NULL, &s->err));
	script_end(s);
}

static void a_policy_is_asked_whether_it_would_allow(void **state)
{
#define SIMULATED(text_)                                                                 \
	SCRIPT_RESULT("SimulatePrincipalPolicy",                                         \
		      "{\"EvaluationResults\":[{\"member\":[{\"EvalDecision\":[\"" text_ \
		      "\"]}]}]}")
	struct script *s = SCRIPT({.tree = SIMULATED("allowed")},
				  {.tree = SIMULATED("implicitDeny")},
				  {.tree = SIMULATED("no idea")});
	const char *arn = "arn:aws:iam::123456789012:user/dev";
	bool allowed;

	(void)state;
	assert_true(iam_simulate(&s->aws, arn, "iam:CreateAccessKey", &allowed, NULL, &s->err));
	assert_true(allowed);
	assert_true(iam_simulate(&s->aws, arn, "iam:CreateAccessKey", &allowed, NULL, &s->err));
	assert_false(allowed);
	assert_false(iam_simulate(&s->aws, arn, "iam:CreateAccessKey", &allowed, NULL, &s->err));
	script_end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_are_listed_with_their_age_and_state),
	    cmocka_unit_test(pages_are_followed_by_their_marker),
	    cmocka_unit_test(a_list_without_an_end_is_given_up),
	    cmocka_unit_test(more_keys_than_there_can_be_are_nonsense),
	    cmocka_unit_test(hostile_values_in_lists_are_refused),
	    cmocka_unit_test(a_status_from_the_future_is_passed_on),
	    cmocka_unit_test(a_name_iam_would_refuse_is_never_sent),
	    cmocka_unit_test(a_key_is_made_once),
	    cmocka_unit_test(a_lost_answer_to_a_creation_is_not_asked_for_again),
	    cmocka_unit_test(a_refused_creation_made_nothing),
	    cmocka_unit_test(keys_are_switched_and_deleted),
	    cmocka_unit_test(the_last_use_is_told_or_never_was),
	    cmocka_unit_test(a_policy_is_asked_whether_it_would_allow),
	};

	return cmocka_run_group_tests(tests, script_open, script_close);
}
