/* SPDX-License-Identifier: MIT */
#include "tests/rotate/scripted.h"
#include "vault/store/change/commit.h"

enum { DAY = 24 * 3600, ANSWER = 12000 };

#define ID(n_)		"AKIASCRIPTED0000000" #n_
#define ESCAPES		"\\u001b[2J\\u009b31m\\u0007\\u202e\\n"
#define KEY(id_, more_) "{\"AccessKeyId\":[\"" id_ "\"]," more_ "}"
#define ACTIVE		"\"Status\":[\"Active\"]"
#define LIST(keys_, more_) \
	"{\"AccessKeyMetadata\":[{\"member\":[" keys_ "]}],\"IsTruncated\":[" more_ "]}"
#define CREATED(date_) LIST(KEY(ID(1), ACTIVE ",\"CreateDate\":[\"" date_ "\"]"), "\"false\"")
#define STATUS(text_)  LIST(KEY(ID(1), "\"Status\":[\"" text_ "\"]"), "\"false\"")
#define IDENTITY_OF(arn_, account_) \
	"{\"Arn\":[\"" arn_ "\"],\"UserId\":[\"AIDA\"],\"Account\":[\"" account_ "\"]}"
#define IDENTITY(resource_) IDENTITY_OF("arn:aws:iam::111122223333:" resource_, "111122223333")
#define USED(date_, service_, region_)                                                           \
	"{\"AccessKeyLastUsed\":[{\"LastUsedDate\":[\"" date_ "\"],\"ServiceName\":[\"" service_ \
	"\"],\"Region\":[\"" region_ "\"]}]}"
#define TEN(text_)   text_ text_ text_ text_ text_ text_ text_ text_ text_ text_
#define FIFTY(text_) TEN(text_ text_ text_ text_ text_)

/* What a person gets to read: whole, without what a terminal would obey, and no secret. */
static void expect_clean(const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at; at++)
		assert_true((*at >= 0x20 && *at < 0x7f) || *at == '\n');
	assert_null(strstr(text, "secretOfTheScript"));
}

static void expect_clean_error(void)
{
	assert_true(script.err.message[0] && !strchr(script.err.message, '\n'));
	expect_clean(script.err.message);
	expect_clean(script.err.detail);
	expect_clean(script.err.hint);
}

static void say(const char *action, const char *answer)
{
	script.odd = action;
	script.answer = answer;
}

static void finishes(struct vault *vault)
{
	say(NULL, NULL);
	script_rotate(vault, "rotate");
	assert_true(script.ok);
	assert_ptr_equal(script_current(vault), &script.keys[script.made - 1]);
	assert_int_equal(script_rows(vault), 1);
}

/* Refused before anything is asked for or written down. */
static void refused(struct vault *vault, const char *action, const char *answer,
		    enum error_code code)
{
	say(action, answer);
	script_rotate(vault, "rotate");
	assert_false(script.ok);
	assert_int_equal(script.err.code, code);
	expect_clean_error();
	assert_int_equal(script_calls("CreateAccessKey"), 0);
	assert_int_equal(script_count(true), 1);
	assert_int_equal(script_rows(vault), 0);
	assert_ptr_equal(script_current(vault), &script.keys[0]);
}

static const char *many(int count, bool truncated)
{
	static char text[ANSWER];

	(void)snprintf(text, sizeof(text), "{\"AccessKeyMetadata\":[{\"member\":[");
	for (int i = 1; i <= count; i++) {
		size_t n = strlen(text);

		(void)snprintf(text + n, sizeof(text) - n,
			       "%s{\"AccessKeyId\":[\"AKIASCRIPTED%08d\"]," ACTIVE "}",
			       i > 1 ? "," : "", i);
	}
	script_close(text, sizeof(text),
		     truncated ? "]}],\"IsTruncated\":[\"true\"],\"Marker\":[\"m\"]}"
			       : "]}],\"IsTruncated\":[\"false\"]}");
	return text;
}

static void a_list_that_makes_no_sense_is_refused_before_anything_is_done(void **state)
{
	static const char *const nonsense[] = {
	    LIST(KEY(ID(1), ACTIVE) "," KEY(ID(1), ACTIVE), "\"false\""),
	    LIST(KEY(ESCAPES "AKIASCRIPTED00", ACTIVE), "\"false\""),
	    LIST(KEY(ID(1), ACTIVE ",\"UserName\":[\"" ESCAPES "\"]"), "\"false\""),
	    LIST(KEY(ID(1), ACTIVE ",\"UserName\":[\"a;b\"]"), "\"false\""),
	    LIST("\"text\"", "\"false\""),
	    STATUS(""),
	    STATUS("Active" ESCAPES),
	    STATUS(FIFTY("Active")),
	    CREATED("0001-01-01T00:00:00Z"),
	    CREATED("-001-01-01T00:00:00Z"),
	    CREATED("garbage" ESCAPES),
	    CREATED(""),
	};

	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
		refused(*state, "ListAccessKeys", nonsense[i], ERROR_AWS_UNREACHABLE);
	refused(*state, "ListAccessKeys", many(17, false), ERROR_AWS_UNREACHABLE);
	refused(*state, "ListAccessKeys", many(1, true), ERROR_AWS_UNREACHABLE);
	refused(*state, "ListAccessKeys", LIST("", "\"true\"],\"Marker\":[\"m\""),
		ERROR_AWS_UNREACHABLE);
	assert_true(script_calls("ListAccessKeys") <= IAM_PAGES_MAX);
	finishes(*state);
}

static void a_list_without_the_key_or_with_too_many_is_refused_too(void **state)
{
	refused(*state, "ListAccessKeys", "\"\"", ERROR_AWS_REFUSED);
	refused(*state, "ListAccessKeys", LIST("", "\"false\""), ERROR_AWS_REFUSED);
	refused(*state, "ListAccessKeys", LIST(KEY(ID(2), ACTIVE), "\"false\""), ERROR_AWS_REFUSED);
	script.used_at = SCRIPT_NOW - 2 * DAY;
	script.used_by = "a-service-whose-name-is-long";
	refused(*state, "ListAccessKeys", many(16, false), ERROR_AWS_REFUSED);
	assert_non_null(strstr(script.err.message, "16 keys"));
	assert_non_null(strstr(script.err.detail, "Nothing was changed."));
	finishes(*state);
}

static void a_status_or_a_date_that_is_merely_odd_stops_nothing(void **state)
{
	static const char *const odd[] = {STATUS("Expired"), CREATED("9999-12-31T23:59:59Z"),
					  CREATED("1970-01-01T00:00:00Z")};

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		say("ListAccessKeys", odd[i]);
		script_rotate(*state, "look");
		assert_true(script.ok);
	}
	finishes(*state);
}

static void who_is_no_user_of_iam_is_refused(void **state)
{
	refused(*state, "GetCallerIdentity",
		IDENTITY_OF("arn:aws:sts::111122223333:assumed-role/admin/x", "111122223333"),
		ERROR_FAILED);
	refused(*state, "GetCallerIdentity",
		IDENTITY_OF("arn:aws:sts::111122223333:user/dev", "111122223333"), ERROR_FAILED);
	refused(*state, "GetCallerIdentity", IDENTITY("user/"), ERROR_FAILED);
	refused(*state, "GetCallerIdentity", IDENTITY("user/division/"), ERROR_FAILED);
	refused(*state, "GetCallerIdentity", IDENTITY("user/a;touch$IFS/tmp;id"), ERROR_FAILED);
	refused(*state, "GetCallerIdentity", IDENTITY("user/" FIFTY("ab")), ERROR_FAILED);
	refused(*state, "GetCallerIdentity", IDENTITY("user/a\\nb"), ERROR_AWS_UNREACHABLE);
	refused(*state, "GetCallerIdentity", IDENTITY("user/" ESCAPES), ERROR_AWS_UNREACHABLE);
	refused(*state, "GetCallerIdentity", IDENTITY("user/" FIFTY("0123456789/0123456789/") "d"),
		ERROR_AWS_UNREACHABLE);
	finishes(*state);
}

static bool settle(struct txn *txn, void *arg, struct error *err)
{
	struct buf plain = ROW_BUF;
	struct access_key key;
	bool ok;

	access_key_init(&key);
	ok = row_read(txn, TABLE_KEY, "prod", NULL, &plain, err) &&
	     access_key_decode(plain.data, plain.len, &key, err);
	(void)snprintf(key.account_id, sizeof(key.account_id), "%s", (const char *)arg);
	buf_reset(&plain);
	ok = ok && access_key_encode(&key, &plain, err) &&
	     row_put(txn, TABLE_KEY, "prod", &plain, NULL, err);
	access_key_clear(&key);
	buf_clear(&plain);
	return ok;
}

/* A user may be given another name or path, a key stays in its account. */
static void a_key_that_aws_puts_into_another_account_is_refused(void **state)
{
	struct vault *vault = *state;

	REQUIRE(store_commit(vault->store, settle, (void *)(uintptr_t) "111122223333", err));
	refused(vault, "GetCallerIdentity",
		IDENTITY_OF("arn:aws:iam::999988887777:user/mallory", "999988887777"),
		ERROR_AWS_REFUSED);
	assert_non_null(strstr(script.err.detail, "Nothing was changed."));
	say("GetCallerIdentity",
	    IDENTITY("user/" TEN("division/of/that/house/that/is/far/from/here/") "renamed"));
	script_rotate(vault, "look");
	assert_true(script.ok);
	finishes(vault);
}

static void the_root_of_the_account_has_its_key_rotated(void **state)
{
	say("GetCallerIdentity", IDENTITY("root"));
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_ptr_equal(script_current(*state), &script.keys[1]);
}

/*
 * Whatever is told of the last use: the look goes on, and a use that is yet to come alarms nobody.
 */
static void a_last_use_that_makes_no_sense_is_no_alarm(void **state)
{
	static const char *const nonsense[] = {
	    USED("9999-12-31T23:59:59Z", "s3", "eu-west-1"),
	    USED("99999-12-31T23:59:59Z", "s3", "eu-west-1"),
	    USED("-2026-12-31T23:59:59Z", "s3", "eu-west-1"),
	    USED("0001-01-01T00:00:00Z", "s3", "eu-west-1"),
	    USED("2026-11-17T00:00:00Z", TEN(FIFTY("a")), "eu-west-1"),
	    USED("2026-11-17T00:00:00Z", ESCAPES, "eu-west-1"),
	    "\"\"",
	};

	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		say("GetAccessKeyLastUsed", nonsense[i]);
		script_rotate(*state, "look");
		assert_true(script.ok);
		assert_int_equal(script.verdict, FOREIGN_USE_UNKNOWN);
	}
	say("GetAccessKeyLastUsed", USED("1970-01-01T00:00:01Z", "s3", ESCAPES));
	script_rotate(*state, "look");
	assert_true(script.ok);
	assert_int_equal(script.verdict, FOREIGN_USE_BEFORE);
	finishes(*state);
}

/* It would be waited for until then, and nobody could tell why. */
static void a_use_that_is_yet_to_come_is_not_waited_for_but_told(void **state)
{
	script.retire = ROTATION_WHEN_IDLE;
	script.idle_s = DAY;
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	script.now_ms += 2 * DAY * INT64_C(1000);
	say("GetAccessKeyLastUsed", USED("2099-01-01T00:00:00Z", "s3", "eu-west-1"));
	script_rotate(*state, "rotate");
	assert_false(script.ok);
	assert_int_equal(script.err.code, ERROR_AWS_UNREACHABLE);
	expect_clean_error();
	assert_int_equal(script.step, ROTATION_PROMOTED);
	assert_int_equal(script_count(true), 2);
	say(NULL, NULL);
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_int_equal(script.step, ROTATION_OFF);
	assert_ptr_equal(script_current(*state), &script.keys[1]);
}

static int64_t created_at(struct vault *vault)
{
	struct buf plain = ROW_BUF;
	struct access_key key;
	int64_t at;

	access_key_init(&key);
	REQUIRE(row_get(vault->store, TABLE_KEY, "prod", NULL, &plain, err));
	REQUIRE(access_key_decode(plain.data, plain.len, &key, err));
	at = key.created_at;
	access_key_clear(&key);
	buf_clear(&plain);
	return at;
}

/* Else it would never be due. */
static void a_new_key_that_is_made_in_years_to_come_is_made_now(void **state)
{
	script.made_at = "2099-01-01T00:00:00Z";
	script.made_for = "mallory";
	script.made_as = "Inactive";
	script.own[0] = 'n';
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	assert_true(script.sleep_count > 0);
	assert_ptr_equal(script_current(*state), &script.keys[1]);
	assert_in_range(created_at(*state), SCRIPT_NOW, SCRIPT_NOW + DAY);
	script_rotate(*state, "undo");
	assert_true(script.ok && script.over);
	assert_ptr_equal(script_current(*state), &script.keys[0]);
}

/* Nor may the old one come back with a date that lies ahead. */
static void an_undo_does_not_bring_a_date_that_is_yet_to_come(void **state)
{
	say("ListAccessKeys", CREATED("2099-01-01T00:00:00Z"));
	script_rotate(*state, "rotate");
	assert_true(script.ok);
	say(NULL, NULL);
	script_rotate(*state, "undo");
	assert_true(script.ok && script.over);
	assert_true(created_at(*state) < SCRIPT_NOW);
}

static void a_new_key_of_long_ago_or_of_no_date_is_kept_all_the_same(void **state)
{
	static const char *const dates[] = {"1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
					    "garbage" ESCAPES};

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		script.made_at = dates[i];
		script.own_at = 0;
		memcpy(script.own, "nnn", 4);
		script_rotate(*state, "one");
		assert_true(script.ok);
		assert_int_equal(script.step, ROTATION_CREATED);
		script_rotate(*state, "abort");
		assert_true(script.ok && script.over);
		assert_ptr_equal(script_current(*state), &script.keys[0]);
		assert_int_equal(script_count(false), 1);
	}
	finishes(*state);
}

static void a_list_that_lies_after_a_lost_answer_loses_nothing(void **state)
{
	static const char *const lies[] = {
	    "\"\"", LIST(KEY(ESCAPES, ACTIVE), "\"false\""),
	    LIST(KEY(ID(1), ACTIVE) "," KEY(ID(1), ACTIVE), "\"false\"")};

	script.lost = "CreateAccessKey";
	script_rotate(*state, "rotate");
	assert_false(script.ok);
	expect_clean_error();
	script.lost = NULL;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		say("ListAccessKeys", lies[i]);
		script_rotate(*state, i & 1 ? "abort" : "rotate");
		assert_false(script.ok);
		expect_clean_error();
		assert_int_equal(script_rows(*state), 1);
		assert_int_equal(script_calls("CreateAccessKey"), 0);
	}
	script.delete_key = ID(2);
	finishes(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SCRIPT_TEST(a_list_that_makes_no_sense_is_refused_before_anything_is_done),
	    SCRIPT_TEST(a_list_without_the_key_or_with_too_many_is_refused_too),
	    SCRIPT_TEST(a_status_or_a_date_that_is_merely_odd_stops_nothing),
	    SCRIPT_TEST(who_is_no_user_of_iam_is_refused),
	    SCRIPT_TEST(a_key_that_aws_puts_into_another_account_is_refused),
	    SCRIPT_TEST(the_root_of_the_account_has_its_key_rotated),
	    SCRIPT_TEST(a_last_use_that_makes_no_sense_is_no_alarm),
	    SCRIPT_TEST(a_use_that_is_yet_to_come_is_not_waited_for_but_told),
	    SCRIPT_TEST(a_new_key_that_is_made_in_years_to_come_is_made_now),
	    SCRIPT_TEST(an_undo_does_not_bring_a_date_that_is_yet_to_come),
	    SCRIPT_TEST(a_new_key_of_long_ago_or_of_no_date_is_kept_all_the_same),
	    SCRIPT_TEST(a_list_that_lies_after_a_lost_answer_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
