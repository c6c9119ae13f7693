/* SPDX-License-Identifier: MIT */
#include "cli/profile/credentials_file.h"

#include "vault/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEY(id_) "aws_access_key_id = " id_ "\naws_secret_access_key = secretsecretsecretsecret\n"

struct fixture {
	struct ini file;
	struct aws_config config;
	struct found_keys source;
};

static void read(struct fixture *f, const char *credentials, const char *config, const char *prefix)
{
	struct error err;

	*f = (struct fixture){.config = AWS_CONFIG_EMPTY};
	f->source.config = &f->config;
	f->source.prefix = prefix;
	assert_true(
	    ini_parse("c", INI_CREDENTIALS, credentials, strlen(credentials), &f->file, &err));
	assert_true(ini_parse("f", INI_CONFIG, config, strlen(config), &f->config.ini, &err));
	assert_true(credentials_file_read(&f->file, &f->source, &err));
}

static void clear(struct fixture *f)
{
	found_keys_clear(&f->source);
	found_keys_clear(&f->source);
	ini_clear(&f->file);
	aws_config_clear(&f->config);
}

static void every_long_term_key_is_found_with_what_belongs_to_it(void **state)
{
	struct fixture f;
	const struct attributes *a;

	(void)state;
	read(&f, "[default]\n" KEY("AKIAEXAMPLEEXAMPLE01") "[prod]\n" KEY("AKIAEXAMPLEEXAMPLE02"),
	     "[profile prod]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111122223333:mfa/dev\n",
	     "");
	assert_int_equal(f.source.count, 2);
	assert_int_equal(found_keys_wanted(&f.source), 2);
	assert_string_equal(f.source.items[0].attributes.name, "default");
	a = &f.source.items[1].attributes;
	assert_string_equal(a->name, "prod");
	assert_string_equal(a->access_key_id, "AKIAEXAMPLEEXAMPLE02");
	assert_null(a->secret_access_key.data);
	assert_string_equal(buf_text(&f.source.items[1].secret), "secretsecretsecretsecret");
	assert_string_equal(a->region, "eu-west-1");
	assert_string_equal(a->mfa_serial, "arn:aws:iam::111122223333:mfa/dev");
	clear(&f);
}

static void what_is_no_long_term_key_is_named_and_skipped(void **state)
{
	struct fixture f;

	(void)state;
	read(&f,
	     "[tmp]\n" KEY("ASIAEXAMPLEEXAMPLE01") "[token]\n" KEY(
		 "AKIAEXAMPLEEXAMPLE02") "aws_session_token = x\n[half]\naws_access_key_id = "
					 "AKIAEXAMPLEEXAMPLE03\n"
					 "[odd]\n" KEY("short") "[role]\nrole_arn = x\n",
	     "", "");
	assert_int_equal(f.source.count, 4);
	assert_int_equal(found_keys_wanted(&f.source), 0);
	assert_string_equal(f.source.items[0].skip, "temporary");
	assert_string_equal(f.source.items[1].skip, "temporary");
	assert_string_equal(f.source.items[2].skip, "aws_secret_access_key is missing");
	assert_string_equal(f.source.items[3].skip, "its id cannot be one");
	for (size_t i = 0; i < 4; i++)
		assert_null(f.source.items[i].secret.data);
	clear(&f);
}

static void every_section_with_a_key_line_is_imported_or_skipped_with_its_reason(void **state)
{
	static const struct {
		const char *text, *profile, *skip;
	} cases[] = {
	    {"[profile x]\n" KEY("AKIAEXAMPLEEXAMPLE01"), "profile x",
	     "in this file a header has no \"profile\""},
	    {"[a!b]\n" KEY("AKIAEXAMPLEEXAMPLE01"), "a!b", "its name cannot be one here"},
	    {"[\x1b[2J]\n" KEY("AKIAEXAMPLEEXAMPLE01"), "\\x1b[2J", "its name cannot be one here"},
	    {"[e]\naws_access_key_id =\naws_secret_access_key =\n", "e",
	     "aws_access_key_id is empty"},
	    {"[e]\naws_access_key_id = AKIAEXAMPLEEXAMPLE01\naws_secret_access_key =\n", "e",
	     "aws_secret_access_key is empty"},
	    {"[t]\naws_session_token =\n", "t", "aws_access_key_id is missing"},
	    {"[q]\naws_access_key_id = \"AKIAEXAMPLEEXAMPLE01\"\naws_secret_access_key = "
	     "\"secret\"\n",
	     "q", "its values stand in quotes: take them off"},
	    {"[o]\nodd line\n" KEY("AKIAEXAMPLEEXAMPLE01"), "o",
	     "line 2: expected \"key = value\", found no '='"},
	    {"[b\n" KEY("AKIAEXAMPLEEXAMPLE01"), "b", "line 1: a section's header ends with ']'"},
	    {"[r]\nregion = \"eu-west-1\"\n" KEY("AKIAEXAMPLEEXAMPLE01"), "r",
	     "its region stands in quotes: take them off"},
	    {"[r]\nregion = EU WEST\n" KEY("AKIAEXAMPLEEXAMPLE01"), "r",
	     "its region cannot be one"},
	    {"[m]\nmfa_serial = 'arn:aws:iam::111122223333:mfa/dev'\n" KEY("AKIAEXAMPLEEXAMPLE01"),
	     "m", "its mfa_serial stands in quotes: take them off"},
	    {"[m]\nmfa_serial = x\n" KEY("AKIAEXAMPLEEXAMPLE01"), "m",
	     "its mfa_serial cannot be one"},
	    {"[my prod]\n" KEY("AKIAEXAMPLEEXAMPLE01"), "my prod", ""},
	    {"[b\xc3\xbcro]\n" KEY("AKIAEXAMPLEEXAMPLE01"), "b\xc3\xbcro", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		read(&f, cases[i].text, "", "");
		assert_int_equal(f.source.count, 1);
		assert_string_equal(f.source.items[0].profile, cases[i].profile);
		assert_string_equal(f.source.items[0].skip, cases[i].skip);
		assert_int_equal(found_keys_wanted(&f.source), !cases[i].skip[0]);
		clear(&f);
	}
}

static void a_prefix_goes_in_front_of_every_name(void **state)
{
	struct fixture f;

	(void)state;
	read(&f, "[prod]\n" KEY("AKIAEXAMPLEEXAMPLE01"), "", "old/");
	assert_string_equal(f.source.items[0].attributes.name, "old/prod");
	assert_string_equal(f.source.items[0].profile, "prod");
	clear(&f);
}

static void a_key_that_is_skipped_leaves_no_secret_behind(void **state)
{
	char prefix[TEXT_NAME_MAX + 1];
	struct fixture f;

	(void)state;
	memset(prefix, 'p', TEXT_NAME_MAX);
	prefix[TEXT_NAME_MAX] = '\0';
	read(&f, "[prod]\n" KEY("AKIAEXAMPLEEXAMPLE01"), "", prefix);
	assert_string_equal(f.source.items[0].skip, "its name cannot be one here");
	assert_null(f.source.items[0].secret.data);
	clear(&f);
}

static void one_profile_can_be_taken_alone(void **state)
{
	struct fixture f;
	struct error err;

	(void)state;
	read(&f, "[a]\n" KEY("AKIAEXAMPLEEXAMPLE01") "[b]\n" KEY("AKIAEXAMPLEEXAMPLE02"), "", "");
	assert_false(found_keys_only(&f.source, "c", &err));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_true(found_keys_only(&f.source, "b", &err));
	assert_int_equal(f.source.count, 1);
	assert_string_equal(f.source.items[0].attributes.access_key_id, "AKIAEXAMPLEEXAMPLE02");
	assert_true(found_keys_only(&f.source, "mine", &err));
	assert_string_equal(f.source.items[0].attributes.name, "mine");
	clear(&f);
}

static int open_memory(void **state)
{
	struct error err;

	(void)state;
	return secret_open(true, &err) ? 0 : -1;
}

static int close_memory(void **state)
{
	(void)state;
	secret_close();
	return 0;
}

/* Their secrets are not in guarded memory, so that it bounds nothing. */
static void a_file_may_hold_thousands_of_keys(void **state)
{
	enum { MANY = 3000, LINE = 160 };
	char *text = calloc(MANY, LINE);
	struct fixture f = {.config = AWS_CONFIG_EMPTY};
	struct error err = ERROR_INIT;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < MANY; i++)
		n += (size_t)snprintf(text + n, LINE, "[p%d]\n" KEY("AKIAEXAMPLEEXAMPLE02"), i);
	assert_true(ini_parse("c", INI_CREDENTIALS, text, n, &f.file, &err));
	assert_true(credentials_file_read(&f.file, &f.source, &err));
	assert_int_equal(f.source.count, MANY);
	assert_int_equal(found_keys_wanted(&f.source), MANY);
	clear(&f);
	free(text);
}

static void a_profile_with_two_keys_is_skipped_with_both_lines(void **state)
{
	struct fixture f;

	(void)state;
	read(&f,
	     "[a]\n" KEY("AKIAEXAMPLEEXAMPLE01") "[b]\n" KEY("AKIAEXAMPLEEXAMPLE02") "[a]\n" KEY(
		 "AKIAEXAMPLEEXAMPLE03"),
	     "", "");
	assert_int_equal(f.source.count, 2);
	assert_string_equal(f.source.items[0].skip, "it has two keys: lines 2 and 8");
	assert_string_equal(f.source.items[1].skip, "");
	clear(&f);
}

static void the_second_name_of_a_key_says_which_the_first_is(void **state)
{
	struct fixture f;
	struct error err;

	(void)state;
	read(&f,
	     "[a]\n" KEY("AKIAEXAMPLEEXAMPLE01") "[b]\n" KEY("AKIAEXAMPLEEXAMPLE02") "[c]\n" KEY(
		 "AKIAEXAMPLEEXAMPLE01") "[d]\naws_access_key_id = AKIAEXAMPLEEXAMPLE01\n"
					 "aws_secret_access_key = anothersecretofthatkey\n",
	     "", "");
	assert_true(found_keys_judge(&f.source, &err));
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(f.source.items[i].skip, "");
	assert_string_equal(f.source.items[0].same_as, "");
	assert_string_equal(f.source.items[1].same_as, "");
	assert_string_equal(f.source.items[2].same_as, "a");
	/* Which of the two secrets is right only AWS can say. */
	assert_string_equal(f.source.items[3].same_as, "");
	clear(&f);
}

static void a_temporary_key_is_told_with_its_end(void **state)
{
	struct fixture f;

	(void)state;
	read(&f,
	     "[t]\n" KEY("ASIAEXAMPLEEXAMPLE01") "aws_session_token = x\n"
						 "expiration = 2026-03-02T10:00:00Z\n",
	     "", "");
	assert_string_equal(f.source.items[0].skip, "temporary, expired 2026-03-02");
	clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_long_term_key_is_found_with_what_belongs_to_it),
	    cmocka_unit_test(what_is_no_long_term_key_is_named_and_skipped),
	    cmocka_unit_test(every_section_with_a_key_line_is_imported_or_skipped_with_its_reason),
	    cmocka_unit_test(a_prefix_goes_in_front_of_every_name),
	    cmocka_unit_test(a_key_that_is_skipped_leaves_no_secret_behind),
	    cmocka_unit_test(one_profile_can_be_taken_alone),
	    cmocka_unit_test(a_file_may_hold_thousands_of_keys),
	    cmocka_unit_test(a_profile_with_two_keys_is_skipped_with_both_lines),
	    cmocka_unit_test(the_second_name_of_a_key_says_which_the_first_is),
	    cmocka_unit_test(a_temporary_key_is_told_with_its_end),
	};

	return cmocka_run_group_tests(tests, open_memory, close_memory);
}
