/* SPDX-License-Identifier: MIT */
#include "vault/format/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
	struct error err = ERROR_INIT;
	json_t *value;

	if (!json_parse(text, strlen(text), 4096, &value, &err))
		fail_msg("%s: %s", text, err.message);
	return value;
}

static void a_value_is_written_as_it_was_read(void **state)
{
	static const char *const good[] = {"{\"b\":1,\"a\":[true,null,\"\xc3\xa4\\n\"]}", "\"x\"",
					   "7", "null", "[]"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct buf out = BUF_INIT(4096);
		struct error err = ERROR_INIT;
		json_t *value = parse(good[i]);

		assert_true(json_append(value, &out, &err));
		assert_string_equal(buf_text(&out), good[i]);
		json_decref(value);
		buf_clear(&out);
	}
}

static void what_is_not_exactly_one_strict_value_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    " ",
	    "{\"a\":1}{",
	    "{\"a\":1} x",
	    "{\"a\":1,\"a\":2}",
	    "{\"a\":1,}",
	    "{a:1}",
	    "{'a':1}",
	    "[1,]",
	    "[01]",
	    "[+1]",
	    "[NaN]",
	    "[\"\xff\"]",
	    "[\"a\\u0000b\"]",
	    "[\"\\ud800\"]",
	    "[\"tab\there\"]",
	    "// x\n1",
	    "[1e999]",
	    "[99999999999999999999]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = ERROR_INIT;
		json_t *value = (json_t *)(uintptr_t)1;

		if (json_parse(bad[i], strlen(bad[i]), 4096, &value, &err))
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(err.code, ERROR_PROTOCOL);
		assert_null(value);
	}
}

static void size_and_depth_are_bounded(void **state)
{
	static char deep[1048576];
	struct error err = ERROR_INIT;
	json_t *value;

	(void)state;
	memset(deep, '[', sizeof(deep));
	assert_false(json_parse(deep, sizeof(deep), sizeof(deep), &value, &err));
	assert_false(json_parse("[1]", 3, 2, &value, &err));
	assert_true(json_parse("[1]", 3, 3, &value, &err));
	json_decref(value);
}

static void no_error_quotes_what_may_be_a_secret(void **state)
{
	static const char text[] = "{\"SecretAccessKey\":\"wJalrXUtnFEMI\" oops}";
	struct error err = ERROR_INIT;
	json_t *value;

	(void)state;
	assert_false(json_parse(text, strlen(text), 4096, &value, &err));
	assert_null(strstr(err.message, "wJalr"));
	assert_null(strstr(err.message, "oops"));
}

static void members_are_read_with_their_type_and_bounds(void **state)
{
	json_t *o = parse("{\"t\":\"text\",\"e\":\"\",\"z\":null,\"n\":7,\"f\":true,\"d\":1.5}");
	struct error err = ERROR_INIT;
	const char *text;
	int64_t number;
	bool flag;

	(void)state;
	assert_true(json_text(o, "t", 4, &text, &err));
	assert_string_equal(text, "text");
	assert_false(json_text(o, "t", 3, &text, &err));
	assert_null(text);
	assert_true(json_text(o, "z", 9, &text, &err) && !text);
	assert_true(json_text(o, "absent", 9, &text, &err) && !text);
	assert_false(json_text(o, "n", 9, &text, &err));
	assert_false(json_need_text(o, "e", 9, &text, &err));
	assert_false(json_need_text(o, "z", 9, &text, &err));
	assert_true(json_number(o, "n", 7, 7, 0, &number, &err) && number == 7);
	assert_false(json_number(o, "n", 8, 9, 0, &number, &err));
	assert_false(json_number(o, "n", 0, 6, 0, &number, &err));
	assert_false(json_number(o, "d", 0, 6, 0, &number, &err));
	assert_true(json_number(o, "z", 0, 6, 5, &number, &err) && number == 5);
	assert_true(json_flag(o, "f", &flag, &err) && flag);
	assert_true(json_flag(o, "absent", &flag, &err) && !flag);
	assert_false(json_flag(o, "n", &flag, &err));
	json_decref(o);
}

static void a_misspelt_member_is_noticed(void **state)
{
	static const char *const keys[] = {"a", "b", NULL};
	struct error err = ERROR_INIT;
	json_t *o = parse("{\"a\":1}"), *bad = parse("{\"a\":1,\"B\\u001b[2J\":2}"),
	       *list = parse("[1]");

	(void)state;
	assert_true(json_only(o, keys, &err));
	assert_false(json_only(bad, keys, &err));
	assert_null(strchr(err.message, '\x1b'));
	assert_false(json_only(list, keys, &err));
	json_decref(o);
	json_decref(bad);
	json_decref(list);
}

static void members_are_set_and_absent_ones_are_null(void **state)
{
	struct buf out = BUF_INIT(4096);
	struct error err = ERROR_INIT;
	json_t *o = json_object();

	(void)state;
	assert_true(json_put_text(o, "t", "x", &err));
	assert_true(json_put_text(o, "n", NULL, &err));
	assert_true(json_put_time(o, "at", 1795165331, &err));
	assert_true(json_put_time(o, "never", 0, &err));
	assert_false(json_put(o, "bad", NULL, &err));
	assert_int_equal(err.code, ERROR_MEMORY);
	assert_true(json_append(o, &out, &err));
	assert_string_equal(buf_text(&out), "{\"t\":\"x\",\"n\":null,\"at\":"
					    "\"2026-11-20T09:02:11Z\",\"never\":null}");
	buf_clear(&out);
	out = BUF_INIT(8);
	assert_false(json_append(o, &out, &err));
	assert_int_equal(err.code, ERROR_FAILED);
	buf_clear(&out);
	json_decref(o);
}

static void a_text_is_written_as_its_value_would_be(void **state)
{
	static const char *const texts[] = {
	    "", "plain", "a\"b\\c", "\x01\n\x1f", "\x7f", "\xc3\xa4\xe2\x82\xac", "a/b"};
	struct buf out = BUF_INIT(256), same = BUF_INIT(256);
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *value = json_string(texts[i]);

		buf_reset(&out);
		buf_reset(&same);
		assert_true(json_append_text(texts[i], &out, &err));
		assert_true(json_append(value, &same, &err));
		assert_string_equal(buf_text(&out), buf_text(&same));
		json_decref(value);
	}
	buf_reset(&out);
	assert_true(json_append_text(NULL, &out, &err));
	assert_string_equal(buf_text(&out), "null");
	assert_false(json_append_text("\xff", &out, &err));
	assert_int_equal(err.code, ERROR_MEMORY);
	buf_clear(&out);
	buf_clear(&same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_value_is_written_as_it_was_read),
	    cmocka_unit_test(what_is_not_exactly_one_strict_value_is_refused),
	    cmocka_unit_test(size_and_depth_are_bounded),
	    cmocka_unit_test(no_error_quotes_what_may_be_a_secret),
	    cmocka_unit_test(members_are_read_with_their_type_and_bounds),
	    cmocka_unit_test(a_misspelt_member_is_noticed),
	    cmocka_unit_test(members_are_set_and_absent_ones_are_null),
	    cmocka_unit_test(a_text_is_written_as_its_value_would_be),
	};

	json_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
