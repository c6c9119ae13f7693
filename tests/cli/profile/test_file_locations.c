/* SPDX-License-Identifier: MIT */
#include "tests/format/vectors.h"

#include "cli/profile/pick.h"
#include "cli/vault/paths.h"
#include "vault/format/json.h"

/* Which files are read, and which profile is meant, by the cases that the SDKs are tested by. */

enum { CASES = 9, OF_LINUX = 4 };

static bool run(struct cli *cli, struct error *err)
{
	(void)cli, (void)err;
	return true;
}

static void compare(const json_t *test)
{
	static const struct command command = {.name = "export", .run = run};
	const char *variable, *wanted = json_string_value(json_object_get(test, "profile"));
	struct cli cli = {.command = &command, .no_input = true};
	char config[PATH_MAX], credentials[PATH_MAX];
	struct pick_name name;
	struct error err = ERROR_INIT;
	json_t *value;

	assert_int_equal(clearenv(), 0);
	json_object_foreach(json_object_get(test, "environment"), variable, value)
	{
		assert_int_equal(setenv(variable, json_string_value(value), 1), 0);
	}
	assert_true(paths_aws_config(config, &err));
	assert_true(paths_aws_credentials(credentials, &err));
	assert_string_equal(config, json_string_value(json_object_get(test, "configLocation")));
	assert_string_equal(credentials,
			    json_string_value(json_object_get(test, "credentialsLocation")));
	if (getenv("AWS_PROFILE")) {
		assert_true(pick_profile(&cli, &name, &err));
		assert_string_equal(name.text, wanted);
		return;
	}
	/* Departure: nothing is handed out for a profile that nobody has named. */
	assert_true(!wanted || strcmp(wanted, "default") == 0);
	assert_false(pick_profile(&cli, &name, &err));
	assert_int_equal(err.code, ERROR_USAGE);
}

static void the_published_cases_for_linux_find_the_same_files(void **state)
{
	struct buf text = BUF_INIT(1048576);
	struct error err;
	char root[512];
	json_t *all, *tests;
	const json_t *test;
	size_t i;
	int compared = 0;

	(void)state;
	vectors_need("smithy-rs/aws-runtime", root);
	vectors_read(root, ".", "file-location-tests.json", &text);
	assert_true(json_parse(text.data, text.len, text.len, &all, &err));
	tests = json_object_get(all, "tests");
	assert_int_equal(json_array_size(tests), CASES);
	json_array_foreach(tests, i, test)
	{
		if (strcmp(json_string_value(json_object_get(test, "platform")), "linux") != 0)
			continue;
		compare(test);
		compared++;
	}
	assert_int_equal(compared, OF_LINUX);
	json_decref(all);
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_published_cases_for_linux_find_the_same_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
