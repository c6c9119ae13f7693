/* SPDX-License-Identifier: MIT */
#include "vault/format/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void only_unreserved_characters_stay_as_they_are(void **state)
{
	struct buf out = BUF_INIT(1024);
	struct error err = ERROR_INIT;
	char all[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	assert_true(form_encode(&out, all, sizeof(all), &err));
	assert_int_equal(out.len, 66 + 3 * (256 - 66));
	assert_int_equal(strncmp(buf_text(&out), "%00%01", 6), 0);
	assert_non_null(strstr(buf_text(&out), "%1F%20%21"));
	assert_non_null(strstr(buf_text(&out), "%2C-.%2F0123456789%3A"));
	assert_non_null(strstr(buf_text(&out), "Z%5B%5C%5D%5E_%60a"));
	assert_non_null(strstr(buf_text(&out), "z%7B%7C%7D~%7F%80"));
	buf_clear(&out);
}

static void parameters_are_joined_and_both_sides_encoded(void **state)
{
	struct buf out = BUF_INIT(1024);
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(form_add(&out, "Action", "AssumeRole", &err));
	assert_true(form_add(&out, "RoleArn", "arn:aws:iam::123456789012:role/a b", &err));
	assert_true(form_add(&out, "a&b", "", &err));
	assert_true(form_add_number(&out, "DurationSeconds", 3600, &err));
	assert_true(form_add_member(&out, "Tags", 2, ".Key", "k=v", &err));
	assert_true(form_add_member(&out, "TransitiveTagKeys", 1, "", "\xc3\xa4", &err));
	assert_string_equal(buf_text(&out),
			    "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole"
			    "%2Fa%20b&a%26b=&DurationSeconds=3600&Tags.member.2.Key=k%3Dv"
			    "&TransitiveTagKeys.member.1=%C3%A4");
	buf_clear(&out);
}

static void a_body_ends_at_its_limit(void **state)
{
	struct buf out = BUF_INIT(10);
	struct error err = ERROR_INIT;

	(void)state;
	assert_false(form_add(&out, "Action", "AssumeRole", &err));
	assert_int_equal(err.code, ERROR_FAILED);
	assert_true(out.len <= 10);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_unreserved_characters_stay_as_they_are),
	    cmocka_unit_test(parameters_are_joined_and_both_sides_encoded),
	    cmocka_unit_test(a_body_ends_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
