/* SPDX-License-Identifier: MIT */
#include "vault/wire/message.h"

#include "vault/base/buf.h"
#include "vault/format/json.h"
#include "vault/wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool parse(const char *text, size_t len, json_t **out, struct error *err)
{
	struct buf body = FRAME_BODY_INIT;
	bool ok;

	assert_true(buf_append(&body, text, len, err));
	ok = message_parse(&message_request_bounds, &body, out, err);
	buf_clear(&body);
	return ok;
}

static void only_one_json_object_is_a_message(void **state)
{
	static const char *const wrong[] = {"",
					    "[]",
					    "\"a\"",
					    "1",
					    "{",
					    "{}{}",
					    "{} x",
					    "{\"a\":1,\"a\":2}",
					    "null",
					    "{\"a\":NaN}",
					    "{\"a\":\"\xff\"}",
					    "{'a':1}"};
	struct error err;
	json_t *value;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(parse(wrong[i], strlen(wrong[i]), &value, &err));
		assert_null(value);
		assert_int_equal(err.code, ERROR_PROTOCOL);
	}
	assert_false(parse("{\"a\":1}\0", 8, &value, &err));
	assert_true(parse("{\"a\":1}", 7, &value, &err));
	json_decref(value);
}

static json_malloc_t take_memory;
static size_t taken;

static void *take_and_count(size_t size)
{
	taken += size;
	return take_memory(size);
}

/* As many as fit into a frame, of what costs most. */
static void a_request_of_very_many_values_is_refused_before_one_is_made(void **state)
{
	static const char *const pieces[] = {"{}", "[]", "[[[[[[[[[[", "0", "\"\""};
	json_free_t release;
	struct error err;
	json_t *value;

	(void)state;
	json_get_alloc_funcs(&take_memory, &release);
	json_set_alloc_funcs(take_and_count, release);
	assert_true(parse("{\"a\":1}", 7, &value, &err));
	assert_true(taken > 0);
	json_decref(value);
	taken = 0;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct buf text = FRAME_REQUEST_INIT;

		assert_true(buf_text_append(&text, "{\"args\":[", &err));
		while (text.len + 16 < text.limit)
			assert_true(buf_printf(&text, &err, "%s,", pieces[i]));
		assert_true(buf_text_append(&text, "0]}", &err));
		assert_false(parse(text.data, text.len, &value, &err));
		assert_int_equal(err.code, ERROR_PROTOCOL);
		/* By its bounds, not where its text goes wrong. */
		assert_non_null(strstr(err.message, "more than"));
		buf_clear(&text);
	}
	json_set_alloc_funcs(take_memory, release);
	assert_int_equal(taken, 0);
}

static void an_error_crosses_the_wire_whole(void **state)
{
	struct error sent = ERROR_INIT, got, err;
	json_t *message;

	(void)state;
	error_set(&sent, ERROR_MFA_REFUSED, "AWS refused the MFA code");
	error_detail(&sent, "Device %s.", "arn:aws:iam::444455556666:mfa/dev");
	error_detail(&sent, "It is not sent again.");
	error_hint(&sent, "credvault unlock prod");
	error_profile(&sent, "prod");
	assert_true(message_error(&sent, &message, &err));
	message_to_error(json_object_get(message, "error"), &got);
	assert_int_equal(got.code, ERROR_MFA_REFUSED);
	assert_string_equal(got.message, sent.message);
	assert_string_equal(got.detail, sent.detail);
	assert_string_equal(got.hint, sent.hint);
	assert_string_equal(got.profile, sent.profile);
	json_decref(message);
}

static void what_is_empty_is_null_on_the_wire(void **state)
{
	struct error sent = ERROR_INIT, err;
	json_t *message, *inner;

	(void)state;
	error_set(&sent, ERROR_LOCKED, "locked");
	assert_true(message_error(&sent, &message, &err));
	inner = json_object_get(message, "error");
	assert_true(json_is_null(json_object_get(inner, "profile")));
	assert_true(json_is_null(json_object_get(inner, "hint")));
	assert_int_equal(json_integer_value(json_object_get(inner, "status")), 4);
	assert_string_equal(json_string_value(json_object_get(inner, "code")), "LOCKED");
	json_decref(message);
}

static void an_error_from_outside_cannot_steer_a_terminal(void **state)
{
	json_t *value = json_pack("{s:s, s:s, s:s}", "code", "NO_SUCH_CODE", "message",
				  "a\033[2Jb\nc", "detail", "x\033]0;t\007\ny");
	struct error got;

	(void)state;
	message_to_error(value, &got);
	assert_int_equal(got.code, ERROR_FAILED);
	assert_string_equal(got.message, "a\\x1b[2Jb\\x0ac");
	assert_string_equal(got.detail, "x\\x1b]0;t\\x07\ny");
	json_decref(value);
}

static void an_error_that_is_none_is_an_error_all_the_same(void **state)
{
	struct error got;
	json_t *array = json_array();

	(void)state;
	message_to_error(NULL, &got);
	assert_int_equal(got.code, ERROR_FAILED);
	assert_string_not_equal(got.message, "");
	message_to_error(array, &got);
	assert_int_equal(got.code, ERROR_FAILED);
	json_decref(array);
}

static void details_longer_than_their_place_are_cut(void **state)
{
	static char text[70000];
	struct error got;
	json_t *value;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = i % 100 == 99 ? '\n' : 'd';
	value = json_pack("{s:s, s:s}", "code", "FAILED", "detail", text);
	message_to_error(value, &got);
	assert_true(strlen(got.detail) < sizeof(got.detail));
	assert_int_equal(got.detail[0], 'd');
	json_decref(value);
}

static void a_request_has_its_version_first(void **state)
{
	struct buf text = BUF_INIT(1000);
	struct error err;

	(void)state;
	assert_true(message_request("status", NULL, &text, &err));
	assert_string_equal(text.data, "{\"v\":2,\"op\":\"status\",\"args\":{}}");
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_one_json_object_is_a_message),
	    cmocka_unit_test(a_request_of_very_many_values_is_refused_before_one_is_made),
	    cmocka_unit_test(an_error_crosses_the_wire_whole),
	    cmocka_unit_test(what_is_empty_is_null_on_the_wire),
	    cmocka_unit_test(an_error_from_outside_cannot_steer_a_terminal),
	    cmocka_unit_test(an_error_that_is_none_is_an_error_all_the_same),
	    cmocka_unit_test(details_longer_than_their_place_are_cut),
	    cmocka_unit_test(a_request_has_its_version_first),
	};

	json_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
