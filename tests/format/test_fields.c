/* SPDX-License-Identifier: MIT */
#include "vault/format/fields.h"

#include "vault/base/secret.h"
#include "vault/format/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT = 65536, LEGS_MAX = 3, TAGS_MAX = 4 };

enum gait { GAIT_NONE, GAIT_WALK, GAIT_RUN };

struct leg {
	char side[8];
	int64_t length;
};

struct beast {
	const char *name;
	char kind[8];
	struct secret secret;
	unsigned char mark[4];
	struct buf hide;
	bool tame;
	int64_t age;
	int64_t max_age_s;
	int64_t born_at;
	enum gait gait;
	bool lair_known;
	struct leg lair;
	size_t leg_count;
	struct leg legs[LEGS_MAX];
	struct field_list tags, young;
	bool note_given, shy, shy_given;
	const char *note;
	struct field_raw more;
};

static bool is_lower(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz") == strlen(text);
}

static const char *const gaits[] = {NULL, "walk", "run"};

static const struct field leg_fields[] = {
    FIELD("side", CHARS, NEEDED, struct leg, side),
    FIELD("length", NUMBER, NULLABLE, struct leg, length, FIELD_RANGE(1, 9)),
};
static const struct fields leg_table = FIELDS(leg_fields);

static const struct field beast_fields[] = {
    FIELD("name", TEXT, NEEDED, struct beast, name, .max = 8, .valid = is_lower),
    FIELD("kind", CHARS, NULLABLE, struct beast, kind, .valid = is_lower,
	  .refusal = "that is no kind"),
    FIELD("secret", SECRET, OPTIONAL, struct beast, secret, .max = 16),
    FIELD("mark", HEX, ALWAYS, struct beast, mark),
    FIELD("hide", HEX_BUF, OPTIONAL, struct beast, hide, .max = 4),
    FIELD("tame", FLAG, ALWAYS, struct beast, tame),
    FIELD("age", NUMBER, ALWAYS, struct beast, age, FIELD_RANGE(0, 99)),
    FIELD("max_age_s", NUMBER, NULLABLE, struct beast, max_age_s, FIELD_RANGE(0, 999), .none = -1),
    FIELD("born_at", TIME, NULLABLE, struct beast, born_at),
    FIELD("gait", WORD, NULLABLE, struct beast, gait, FIELD_WORDS(gaits)),
    FIELD("lair", OBJECT, NULLABLE, struct beast, lair, .of = &leg_table,
	  FIELD_GIVEN(struct beast, lair_known)),
    FIELD("legs", ARRAY, ALWAYS, struct beast, legs, .of = &leg_table,
	  FIELD_ELEMENTS(struct beast, legs, leg_count)),
    FIELD("tags", LIST, ALWAYS, struct beast, tags, FIELD_TEXTS(TAGS_MAX, 5)),
    FIELD("young", LIST, OPTIONAL, struct beast, young, FIELD_STRUCTS(leg_table, struct leg, 2)),
    FIELD("note", TEXT, OPTIONAL, struct beast, note, .max = 9,
	  FIELD_GIVEN(struct beast, note_given)),
    FIELD("shy", FLAG, OPTIONAL, struct beast, shy, FIELD_GIVEN(struct beast, shy_given)),
    FIELD("more", RAW, OPTIONAL, struct beast, more),
};
static const struct fields beast_table = FIELDS(beast_fields);

static const char full[] =
    "{\"name\":\"fox\",\"kind\":\"red\",\"secret\":\"den\",\"mark\":\"00ff10a0\",\"hide\":\"beef\","
    "\"tame\":true,\"age\":7,\"max_age_s\":0,\"born_at\":\"2026-11-20T09:02:11Z\",\"gait\":\"run\","
    "\"lair\":{\"side\":\"north\",\"length\":null},"
    "\"legs\":[{\"side\":\"left\",\"length\":3},{\"side\":\"right\",\"length\":4}],"
    "\"tags\":[\"a\",\"b\\\"c\"],\"young\":[{\"side\":\"x\",\"length\":1}],\"note\":\"sly\","
    "\"shy\":false,\"more\":{\"a\":[1,null]}}";
static const char empty[] = "{\"name\":\"fox\",\"kind\":null,\"mark\":\"00000000\",\"tame\":false,"
			    "\"age\":0,\"max_age_s\":null,\"born_at\":null,\"gait\":null,"
			    "\"lair\":null,\"legs\":[],\"tags\":[]}";

static json_t *parse(const char *text)
{
	struct error err = ERROR_INIT;
	json_t *value;

	if (!json_parse(text, strlen(text), LIMIT, &value, &err))
		fail_msg("%s: %s", text, err.message);
	return value;
}

static void expect_text(const struct beast *beast, const char *text)
{
	struct buf out = BUF_INIT(LIMIT);
	struct error err = ERROR_INIT;

	if (!fields_write(&beast_table, beast, &out, &err))
		fail_msg("%s", err.message);
	assert_string_equal(buf_text(&out), text);
	buf_clear(&out);
}

static void what_is_read_is_written_as_it_was(void **state)
{
	static const char *const texts[] = {full, empty};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct error err = ERROR_INIT;
		struct beast beast = {.name = NULL};
		json_t *object = parse(texts[i]), *again;

		if (!fields_read(&beast_table, object, &beast, &err))
			fail_msg("%s", err.message);
		expect_text(&beast, texts[i]);
		assert_true(fields_to_json(&beast_table, &beast, &again, &err));
		assert_true(json_equal(object, again));
		fields_clear(&beast_table, &beast);
		json_decref(again);
		json_decref(object);
	}
}

static void members_arrive_where_the_table_says(void **state)
{
	struct error err = ERROR_INIT;
	struct beast beast = {.name = NULL};
	json_t *object = parse(full);

	(void)state;
	assert_true(fields_read(&beast_table, object, &beast, &err));
	assert_string_equal(beast.name, "fox");
	assert_string_equal(beast.kind, "red");
	assert_int_equal(beast.secret.len, 3);
	assert_memory_equal(beast.secret.data, "den", 3);
	assert_memory_equal(beast.mark, "\x00\xff\x10\xa0", 4);
	assert_int_equal(beast.hide.len, 2);
	assert_true(beast.tame && beast.age == 7 && beast.max_age_s == 0);
	assert_int_equal(beast.born_at, 1795165331);
	assert_int_equal(beast.gait, GAIT_RUN);
	assert_true(beast.lair_known && beast.lair.length == 0);
	assert_int_equal(beast.leg_count, 2);
	assert_string_equal(beast.legs[1].side, "right");
	assert_int_equal(beast.tags.count, 2);
	assert_string_equal(((const char *const *)beast.tags.at)[1], "b\"c");
	assert_int_equal(beast.young.count, 1);
	assert_int_equal(((const struct leg *)beast.young.at)->length, 1);
	assert_true(beast.note_given && beast.shy_given && !beast.shy);
	assert_true(json_is_object(beast.more.value));
	fields_clear(&beast_table, &beast);
	json_decref(object);
}

/* One member of the good object replaced: by `text`, or taken out where it is NULL. */
static bool reads_with(const char *member, const char *text, struct error *err)
{
	struct beast beast = {.name = NULL};
	json_t *object = parse(full);
	bool ok;

	*err = ERROR_INIT;
	if (text)
		json_object_set_new(object, member, parse(text));
	else
		json_object_del(object, member);
	ok = fields_read(&beast_table, object, &beast, err);
	fields_clear(&beast_table, &beast);
	assert_null(beast.secret.data);
	assert_null(beast.young.at);
	json_decref(object);
	return ok;
}

static void what_does_not_fit_is_refused_by_name_and_not_quoted(void **state)
{
	static const struct {
		const char *member, *text, *named;
	} bad[] = {
	    {"name", NULL, "\"name\" is missing"},
	    {"name", "null", "\"name\" is missing"},
	    {"name", "\"\"", "\"name\" is missing"},
	    {"name", "7", "\"name\""},
	    {"name", "\"abcdefghi\"", "\"name\""},
	    {"name", "\"Zorro\"", "\"name\" is not valid"},
	    {"kind", "\"Zorro\"", "that is no kind"},
	    {"kind", "\"abcdefgh\"", "\"kind\""},
	    {"secret", "\"Zorro678901234567\"", "\"secret\""},
	    {"secret", "[\"Zorro\"]", "\"secret\""},
	    {"mark", "\"00ff10\"", "\"mark\""},
	    {"mark", "\"Zorro678\"", "\"mark\""},
	    {"mark", "\"00ff10a000\"", "\"mark\""},
	    {"hide", "\"0011223344\"", "\"hide\""},
	    {"hide", "\"001\"", "\"hide\""},
	    {"tame", "\"Zorro\"", "\"tame\""},
	    {"tame", "1", "\"tame\""},
	    {"age", "100", "\"age\""},
	    {"age", "-1", "\"age\""},
	    {"age", "7.0", "\"age\""},
	    {"age", "\"7\"", "\"age\""},
	    {"born_at", "\"Zorro\"", "\"born_at\""},
	    {"born_at", "\"\"", "\"born_at\""},
	    {"born_at", "7", "\"born_at\""},
	    {"gait", "\"Zorro\"", "\"gait\""},
	    {"gait", "\"\"", "\"gait\""},
	    {"gait", "1", "\"gait\""},
	    {"lair", "\"Zorro\"", "JSON object"},
	    {"lair", "{}", "\"side\""},
	    {"lair", "{\"side\":\"x\",\"size\":1}", "\"size\" is not known"},
	    {"legs", "{}", "\"legs\""},
	    {"legs", "[1]", "JSON object"},
	    {"legs", "[{\"side\":\"a\"},{\"side\":\"a\"},{\"side\":\"a\"},{\"side\":\"a\"}]",
	     "\"legs\""},
	    {"legs", "[{\"side\":\"a\"},{\"length\":1}]", "\"side\""},
	    {"tags", "[\"a\",7]", "\"tags\""},
	    {"tags", "[\"a\",\"\"]", "\"tags\""},
	    {"tags", "[\"Zorro6\"]", "\"tags\""},
	    {"tags", "[\"a\",\"a\",\"a\",\"a\",\"a\"]", "\"tags\""},
	    {"young", "[{\"side\":\"a\"},{\"side\":1}]", "\"side\""},
	    {"young", "[{\"side\":\"a\"},{\"side\":\"a\"},{\"side\":\"a\"}]", "\"young\""},
	    {"Zorro\\u001b[2J", "1", "is not known here"},
	    {"nome", "\"Zorro\"", "\"nome\" is not known here"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bool usage = strcmp(bad[i].named, "that is no kind") == 0;
		struct error err;

		if (reads_with(bad[i].member, bad[i].text, &err))
			fail_msg("%s: %s was taken", bad[i].member, bad[i].text);
		assert_int_equal(err.code, usage ? ERROR_USAGE : ERROR_PROTOCOL);
		if (!strstr(err.message, bad[i].named))
			fail_msg("%s %s: %s", bad[i].member, bad[i].text, err.message);
		if (!strstr(bad[i].member, "Zorro") && strstr(err.message, "Zorro"))
			fail_msg("quoted: %s", err.message);
		assert_null(strchr(err.message, '\x1b'));
	}
}

static void absent_and_null_are_empty_where_nothing_is_needed(void **state)
{
	static const char *const members[] = {
	    "kind", "secret", "hide", "tame",  "age",  "max_age_s", "born_at", "gait",
	    "lair", "legs",   "tags", "young", "note", "shy",	    "more",    "mark"};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (!reads_with(members[i], NULL, &err) || !reads_with(members[i], "null", &err))
			fail_msg("%s: %s", members[i], err.message);
	}
}

/* "Absent: as it is; null: none." */
static void a_marker_tells_absent_from_null(void **state)
{
	static const struct {
		const char *text;
		bool note, shy, lair;
	} all[] = {{"{\"name\":\"a\"}", false, false, false},
		   {"{\"name\":\"a\",\"note\":null,\"shy\":null,\"lair\":null}", true, true, false},
		   {"{\"name\":\"a\",\"note\":\"n\",\"shy\":true,\"lair\":{\"side\":\"s\"}}", true,
		    true, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct error err = ERROR_INIT;
		struct beast beast = {.name = NULL};
		json_t *object = parse(all[i].text);

		assert_true(fields_read(&beast_table, object, &beast, &err));
		assert_int_equal(beast.note_given, all[i].note);
		assert_int_equal(beast.shy_given, all[i].shy);
		assert_int_equal(beast.lair_known, all[i].lair);
		assert_int_equal(beast.max_age_s, -1);
		fields_clear(&beast_table, &beast);
		json_decref(object);
	}
}

static void what_is_given_and_empty_is_written_as_null(void **state)
{
	struct beast beast = {
	    .name = "fox", .max_age_s = -1, .note_given = true, .shy_given = true};

	(void)state;
	expect_text(&beast, "{\"name\":\"fox\",\"kind\":null,\"mark\":\"00000000\",\"tame\":false,"
			    "\"age\":0,\"max_age_s\":null,\"born_at\":null,\"gait\":null,"
			    "\"lair\":null,\"legs\":[],\"tags\":[],\"note\":null,\"shy\":false}");
}

static void lists_and_raw_values_are_lent_by_a_writer(void **state)
{
	const char *const tags[] = {"a", "b"};
	struct leg young[] = {{"left", 1}};
	struct beast beast = {.name = "fox",
			      .max_age_s = -1,
			      .tags = {(void *)(uintptr_t)tags, 2, 0},
			      .young = {young, 1, sizeof(young[0])},
			      .more = {.text = "[1]"}};

	(void)state;
	expect_text(&beast, "{\"name\":\"fox\",\"kind\":null,\"mark\":\"00000000\",\"tame\":false,"
			    "\"age\":0,\"max_age_s\":null,\"born_at\":null,\"gait\":null,"
			    "\"lair\":null,\"legs\":[],\"tags\":[\"a\",\"b\"],"
			    "\"young\":[{\"side\":\"left\",\"length\":1}],\"more\":[1]}");
}

static void an_answer_may_say_more_than_is_known(void **state)
{
	struct error err = ERROR_INIT;
	struct beast beast = {.name = NULL};
	json_t *object = parse(
	    "{\"name\":\"fox\",\"new\":1,\"lair\":{\"side\":\"s\",\"newer\":[]}}");

	(void)state;
	assert_true(fields_read_answer(&beast_table, object, &beast, &err));
	assert_string_equal(beast.lair.side, "s");
	fields_clear(&beast_table, &beast);
	assert_false(fields_read(&beast_table, object, &beast, &err));
	fields_clear(&beast_table, &beast);
	json_decref(object);
	object = parse("[\"name\"]");
	assert_false(fields_read_answer(&beast_table, object, &beast, &err));
	json_decref(object);
}

static void what_is_too_long_to_be_written_is_an_error(void **state)
{
	struct beast beast = {.name = "fox", .kind = "red"};
	struct buf whole = BUF_INIT(LIMIT);
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(fields_write(&beast_table, &beast, &whole, &err));
	for (size_t limit = 0; limit < whole.len; limit++) {
		struct buf out = BUF_INIT(limit);

		assert_false(fields_write(&beast_table, &beast, &out, &err));
		assert_int_equal(err.code, ERROR_FAILED);
		buf_clear(&out);
	}
	buf_clear(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_read_is_written_as_it_was),
	    cmocka_unit_test(members_arrive_where_the_table_says),
	    cmocka_unit_test(what_does_not_fit_is_refused_by_name_and_not_quoted),
	    cmocka_unit_test(absent_and_null_are_empty_where_nothing_is_needed),
	    cmocka_unit_test(a_marker_tells_absent_from_null),
	    cmocka_unit_test(what_is_given_and_empty_is_written_as_null),
	    cmocka_unit_test(lists_and_raw_values_are_lent_by_a_writer),
	    cmocka_unit_test(an_answer_may_say_more_than_is_known),
	    cmocka_unit_test(what_is_too_long_to_be_written_is_an_error),
	};
	struct error err = ERROR_INIT;

	if (!secret_open(true, &err))
		return 1;
	json_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
