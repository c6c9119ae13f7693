/* SPDX-License-Identifier: MIT */
#include "vault/creds/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A parsed config file and what one profile in it resolves to. */
static struct ini config, credentials;
static struct profile profile;
static struct error err;

static bool resolve(const char *text, const char *name)
{
	ini_clear(&config);
	err = ERROR_INIT;
	assert_true(ini_parse("config", INI_CONFIG, text, strlen(text), &config, &err));
	return profile_resolve(
	    &(struct profile_files){&config, &credentials, "config", "credentials"}, name, &profile,
	    &err);
}

static int forget(void **state)
{
	(void)state;
	ini_clear(&config);
	return 0;
}

#define ROLE(name_) "role_arn = arn:aws:iam::444455556666:role/" name_ "\n"

static void a_name_without_a_section_is_a_key_of_the_vault(void **state)
{
	(void)state;
	assert_true(resolve("", "prod"));
	assert_string_equal(plan_value(&profile.plan.origin, "name"), "prod");
	assert_int_equal(plan_count(&profile.plan, PLAN_SESSION), 1);
	assert_int_equal(plan_count(&profile.plan, PLAN_ROLE), 0);
	assert_string_equal(profile.plan.mfa_serial, "");
}

static void a_role_is_assumed_from_its_source_profile(void **state)
{
	(void)state;
	assert_true(resolve(
	    "[profile tf]\nregion = eu-west-1\n" ROLE(
		"terraform") "source_profile = prod\nexternal_id = x-1\nduration_seconds = 1800\n"
			     "role_session_name = me\n"
			     "[profile prod]\nregion = us-east-2\n"
			     "mfa_serial = arn:aws:iam::444455556666:mfa/dev\nmfa_process = otp "
			     "dev\n",
	    "tf"));
	assert_string_equal(plan_value(&profile.plan.origin, "name"), "prod");
	assert_int_equal(plan_count(&profile.plan, PLAN_ROLE), 1);
	assert_string_equal(plan_value(&profile.plan.steps[1], "role_arn"),
			    "arn:aws:iam::444455556666:role/terraform");
	assert_string_equal(plan_value(&profile.plan.steps[1], "external_id"), "x-1");
	assert_string_equal(plan_value(&profile.plan.steps[1], "session_name"), "me");
	assert_int_equal(profile.plan.steps[1].duration_s, 1800);
	assert_string_equal(profile.plan.region, "eu-west-1");
	assert_string_equal(profile.plan.mfa_serial, "arn:aws:iam::444455556666:mfa/dev");
	assert_string_equal(profile.mfa_process, "otp dev");
}

static void a_chain_is_assumed_from_the_key_outwards(void **state)
{
	(void)state;
	assert_true(resolve(
	    "[profile c]\n" ROLE("c") "source_profile = b\n"
				      "[profile b]\n" ROLE(
					  "b") "source_profile = a\n[profile a]\nregion=x\n",
	    "c"));
	assert_string_equal(plan_value(&profile.plan.origin, "name"), "a");
	assert_int_equal(plan_count(&profile.plan, PLAN_ROLE), 2);
	assert_string_equal(profile.plan.steps[1].profile, "b");
	assert_string_equal(profile.plan.steps[2].profile, "c");
}

static void the_mfa_device_nearest_to_the_key_wins(void **state)
{
	(void)state;
	assert_true(
	    resolve("[profile c]\n" ROLE("c") "source_profile = a\nmfa_serial = far-device-1\n"
					      "[profile a]\nmfa_serial = near-device-1\n",
		    "c"));
	assert_string_equal(profile.plan.mfa_serial, "near-device-1");
}

static void a_credvault_section_speaks_before_the_profile_section(void **state)
{
	(void)state;
	assert_true(resolve("[profile tf]\nregion = eu-west-1\ncredential_process = x\n"
			    "[credvault tf]\n" ROLE("terraform") "source_profile = prod\n",
			    "tf"));
	assert_string_equal(plan_value(&profile.plan.origin, "name"), "prod");
	assert_int_equal(plan_count(&profile.plan, PLAN_ROLE), 1);
	assert_string_equal(profile.plan.region, "eu-west-1");
}

static void a_first_profile_may_name_itself_as_its_source(void **state)
{
	(void)state;
	assert_true(resolve("[profile a]\n" ROLE("a") "source_profile = a\n", "a"));
	assert_string_equal(plan_value(&profile.plan.origin, "name"), "a");
	assert_int_equal(plan_count(&profile.plan, PLAN_ROLE), 1);
}

static void a_circle_is_named_with_every_profile_and_the_line(void **state)
{
	(void)state;
	assert_false(resolve(
	    "[profile loop]\n" ROLE("a") "source_profile = loop2\n"
					 "[profile loop2]\n" ROLE("b") "source_profile = loop\n",
	    "loop"));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_non_null(strstr(err.message, "loop > loop2 > loop: a circle, config:6"));
}

static void a_later_profile_may_not_name_itself(void **state)
{
	(void)state;
	assert_false(
	    resolve("[profile a]\n" ROLE("a") "source_profile = b\n"
					      "[profile b]\n" ROLE("b") "source_profile = b\n",
		    "a"));
	assert_non_null(strstr(err.message, "a > b > b: a circle"));
}

static void a_role_without_a_source_says_what_is_missing(void **state)
{
	(void)state;
	assert_false(resolve("[profile a]\n" ROLE("a"), "a"));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_non_null(strstr(err.message, "role_arn without source_profile"));
	assert_string_equal(err.profile, "a");
}

static void roles_and_regions_of_the_credentials_file_are_read(void **state)
{
	static const char text[] = "[tf]\n" ROLE("t") "source_profile = prod\nregion = eu-west-1\n"
						      "[prod]\nmfa_serial = near-device-1\n"
						      "[bad]\nrole_arn\n"
						      "[my prod]\nregion = eu-west-3\n";

	(void)state;
	assert_true(
	    ini_parse("credentials", INI_CREDENTIALS, text, strlen(text), &credentials, &err));
	assert_true(resolve("[profile tf]\nregion = us-east-2\n", "tf"));
	assert_string_equal(plan_value(&profile.plan.origin, "name"), "prod");
	assert_string_equal(profile.plan.steps[1].profile, "tf");
	assert_string_equal(profile.plan.region, "eu-west-1");
	assert_string_equal(profile.plan.mfa_serial, "near-device-1");
	assert_true(resolve("", "my prod"));
	assert_string_equal(profile.plan.region, "eu-west-3");
	assert_false(resolve("", "bad"));
	assert_string_equal(err.message, "credentials:8: expected \"key = value\", found no '='");
	assert_string_equal(err.profile, "bad");
	ini_clear(&credentials);
}

static void what_nobody_can_read_ends_its_own_profile_and_those_above_it(void **state)
{
	static const char text[] = "[profile odd]\nwhat is this\n"
				   "[profile over]\n" ROLE(
				       "x") "source_profile = odd\n"
					    "[profile good]\nregion = eu-west-1\n";

	(void)state;
	assert_true(resolve(text, "good"));
	assert_string_equal(profile.plan.region, "eu-west-1");
	assert_false(resolve(text, "odd"));
	assert_int_equal(err.code, ERROR_FAILED);
	assert_string_equal(err.message, "config:2: expected \"key = value\", found no '='");
	assert_false(resolve(text, "over"));
	assert_string_equal(err.profile, "odd");
}

static void quotes_around_a_value_are_told(void **state)
{
	(void)state;
	assert_false(resolve("[profile q]\nrole_arn = \"arn:aws:iam::444455556666:role/x\"\n"
			     "source_profile = p\n",
			     "q"));
	assert_non_null(strstr(err.message, "config:2: role_arn is not valid"));
	assert_non_null(strstr(err.detail, "quotes"));
}

static void a_value_that_is_not_valid_is_told_with_what_it_is_made_of(void **state)
{
	static const struct {
		const char *line, *says;
	} wrong[] = {
	    {"role_session_name = me and you\n", "2 to 64 of A-Z a-z 0-9 and _+=,.@-"},
	    {"external_id = x\n", "2 to 1224 of A-Z a-z 0-9 and _+=,.@:/-"},
	    {"duration_seconds = 60\n", "900 to 43200"},
	    {"region = Ireland\n", "us-east-1"},
	    {"mfa_serial = my phone\n", ":mfa/NAME"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[512];

		(void)snprintf(text, sizeof(text),
			       "[profile w]\n" ROLE("x") "source_profile = p\n%s", wrong[i].line);
		assert_false(resolve(text, "w"));
		assert_non_null(strstr(err.message, wrong[i].says));
	}
}

static void a_source_that_is_not_ours_is_refused_by_name(void **state)
{
	(void)state;
	assert_false(resolve("[profile a]\n" ROLE("a") "credential_source = Environment\n", "a"));
	assert_non_null(strstr(err.message, "credential_source"));
	assert_false(resolve("[profile s]\nsso_session = x\n", "s"));
	assert_non_null(strstr(err.message, "sso_session"));
}

static void an_included_profile_fills_in_what_the_own_lines_leave_out(void **state)
{
	static const char text[] = "[profile a]\ninclude_profile = b\n" ROLE(
	    "own") "[profile b]\ninclude_profile = c\nregion = eu-west-1\n"
		   "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
		   "[profile c]\nregion = eu-west-2\nsource_profile = p\n" ROLE("far");

	(void)state;
	assert_true(resolve(text, "a"));
	assert_string_equal(plan_value(&profile.plan.origin, "name"), "p");
	assert_string_equal(plan_value(&profile.plan.steps[1], "role_arn"),
			    "arn:aws:iam::444455556666:role/own");
	assert_string_equal(profile.plan.region, "eu-west-1");
}

static void an_include_that_leads_nowhere_or_in_a_circle_is_told_with_its_line(void **state)
{
	struct buf text = BUF_INIT(4096);

	(void)state;
	assert_false(resolve("[profile a]\ninclude_profile = gone\n", "a"));
	assert_string_equal(err.message,
			    "config:2: include_profile = gone: there is no such profile");
	assert_false(
	    resolve("[profile a]\ninclude_profile = b\n[profile b]\ninclude_profile = a\n", "a"));
	assert_string_equal(err.message, "config:4: include_profile = a: a circle");
	assert_string_equal(err.profile, "a");
	for (int i = 0; i < 12; i++)
		assert_true(
		    buf_printf(&text, &err, "[profile p%d]\ninclude_profile = p%d\n", i, i + 1));
	assert_false(resolve(buf_text(&text), "p0"));
	assert_non_null(strstr(err.message, "more than 8 profiles include one another"));
	buf_clear(&text);
}

static void a_region_comes_from_the_nearest_profile_that_has_one(void **state)
{
	(void)state;
	assert_true(resolve("[profile c]\n" ROLE("c") "source_profile = b\n"
						      "[profile b]\nregion = eu-west-2\n" ROLE(
							  "b") "source_profile = a\n"
							       "[profile a]\nregion = eu-west-3\n",
			    "c"));
	assert_string_equal(profile.plan.region, "eu-west-2");
}

static void a_later_profiles_own_key_comes_before_its_role(void **state)
{
	static const char text[] = "[profile a]\n" ROLE("a") "source_profile = b\n"
							     "[profile b]\n" ROLE(
								 "b") "source_profile = c\n%s";
	char both[512], half[512];

	(void)state;
	(void)snprintf(both, sizeof(both), text,
		       "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n");
	assert_true(resolve(both, "a"));
	assert_string_equal(plan_value(&profile.plan.origin, "name"), "b");
	assert_true(resolve(both, "b"));
	assert_string_equal(plan_value(&profile.plan.origin, "name"), "c");
	(void)snprintf(half, sizeof(half), text, "aws_secret_access_key = x\n");
	assert_false(resolve(half, "a"));
	assert_string_equal(err.message,
			    "config:7: aws_secret_access_key without aws_access_key_id");
}

static void the_section_that_is_shared_holds_no_secret_and_nothing_unknown(void **state)
{
	(void)state;
	assert_false(
	    resolve("[credvault a]\nregion = eu-west-1\nAWS_Secret_Access_Key = hush\n", "a"));
	assert_string_equal(err.message, "config:3: [credvault a] holds aws_secret_access_key, and "
					 "that section is made to be shared");
	assert_null(strstr(err.detail, "hush"));
	assert_false(resolve("[credvault a]\nregoin = eu-west-1\n", "a"));
	assert_string_equal(err.message, "config:2: [credvault a]: no setting is called regoin");
	assert_true(
	    resolve("[credvault a]\nregoin = eu-west-1\n[credvault b]\nregion = eu-west-1\n", "b"));
}

static void more_roles_than_a_plan_holds_are_refused(void **state)
{
	char text[4096] = "";
	struct buf out = BUF_INIT(4096);

	(void)state;
	for (int i = 0; i < 12; i++)
		assert_true(buf_printf(
		    &out, &err, "[profile p%d]\n" ROLE("r") "source_profile = p%d\n", i, i + 1));
	(void)snprintf(text, sizeof(text), "%s", buf_text(&out));
	buf_clear(&out);
	assert_false(resolve(text, "p0"));
	assert_non_null(strstr(err.message, "more than 8 roles"));
}

static void hostile_values_are_refused_without_being_quoted(void **state)
{
	static const char *const lines[] = {"mfa_serial = a b\033[2J\n",
					    "region = EU WEST\n",
					    "role_arn = arn:aws:s3:::x\nsource_profile = p\n",
					    ROLE("x") "source_profile = a  b\n",
					    ROLE("x") "source_profile = p\nduration_seconds = 1\n",
					    ROLE("x") "source_profile = p\nexternal_id = \"\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[512];

		(void)snprintf(text, sizeof(text), "[profile h]\n%s", lines[i]);
		assert_false(resolve(text, "h"));
		assert_int_equal(err.code, ERROR_USAGE);
		assert_null(strchr(err.message, '\033'));
		assert_string_equal(err.profile, "h");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_without_a_section_is_a_key_of_the_vault),
	    cmocka_unit_test(a_role_is_assumed_from_its_source_profile),
	    cmocka_unit_test(a_chain_is_assumed_from_the_key_outwards),
	    cmocka_unit_test(the_mfa_device_nearest_to_the_key_wins),
	    cmocka_unit_test(a_credvault_section_speaks_before_the_profile_section),
	    cmocka_unit_test(a_first_profile_may_name_itself_as_its_source),
	    cmocka_unit_test(a_circle_is_named_with_every_profile_and_the_line),
	    cmocka_unit_test(a_later_profile_may_not_name_itself),
	    cmocka_unit_test(a_role_without_a_source_says_what_is_missing),
	    cmocka_unit_test(roles_and_regions_of_the_credentials_file_are_read),
	    cmocka_unit_test(what_nobody_can_read_ends_its_own_profile_and_those_above_it),
	    cmocka_unit_test(quotes_around_a_value_are_told),
	    cmocka_unit_test(a_value_that_is_not_valid_is_told_with_what_it_is_made_of),
	    cmocka_unit_test(a_source_that_is_not_ours_is_refused_by_name),
	    cmocka_unit_test(an_included_profile_fills_in_what_the_own_lines_leave_out),
	    cmocka_unit_test(an_include_that_leads_nowhere_or_in_a_circle_is_told_with_its_line),
	    cmocka_unit_test(a_region_comes_from_the_nearest_profile_that_has_one),
	    cmocka_unit_test(a_later_profiles_own_key_comes_before_its_role),
	    cmocka_unit_test(the_section_that_is_shared_holds_no_secret_and_nothing_unknown),
	    cmocka_unit_test(more_roles_than_a_plan_holds_are_refused),
	    cmocka_unit_test(hostile_values_are_refused_without_being_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) + forget(NULL);
}
