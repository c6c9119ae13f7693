/* SPDX-License-Identifier: MIT */
#include "tests/format/vectors.h"

#include "vault/creds/profile.h"
#include "vault/format/json.h"

/*
 * The chains of profiles that the SDK for Rust is tested by, each resolved by ours. Two things are
 * put right in them first: their roles' accounts have nine digits, and some are no ARNs at all.
 */

enum { CASES = 28, TEXT_MAX = 8192 };

/* What we make of a case; NULL: the published chain. */
struct expected {
	const char *refused; /* the end of our message, where the profile is refused */
	const char
	    *missing; /* the end of it where the vault has not the key, which the plan names */
	const char *departure; /* why it is not what is published; NULL: it is */
};

static const char keys_are_of_the_vault[] =
    "a key comes from the vault, so its lines in a file are not looked at";
static const char web[] = "web identities are not built yet";
static const char sso[] = "IAM Identity Center is not built yet";

static const struct expected expected[CASES] = {
    [5] = {"config:3: credvault does not take credentials from an EC2 instance's role "
	   "(credential_source)",
	   NULL, "instances are not built yet"},
    [6] = {"config:2: role_arn without source_profile", NULL, NULL},
    [7] = {"config:3: credential_source beside source_profile (line 4)", NULL, NULL},
    [8] = {NULL, "config:5: the key of B stands in clear there, and not in the vault",
	   keys_are_of_the_vault},
    [9] = {NULL, "config:3: source_profile = B: no key of that name is in the vault",
	   keys_are_of_the_vault},
    [10] = {NULL, "config:3: source_profile = B: no key of that name is in the vault",
	    "an empty section may be a key's of the vault"},
    [11] = {NULL, PLAN_NO_SUCH_KEY, "a section of settings may be a key's of the vault"},
    [12] = {NULL, "config:3: source_profile = B: no key of that name is in the vault",
	    "a key of the vault needs no section"},
    [13] = {NULL, PLAN_NO_SUCH_KEY, "a key of the vault needs no section"},
    [16] = {"A > B > A: a circle, config:6", NULL, NULL},
    [17] = {"A > B > A: a circle, config:8", NULL, NULL},
    [18] = {"config:3: credvault does not take credentials from a web identity's token "
	    "(web_identity_token_file)",
	    NULL, web},
    [19] = {"config:3: credvault does not take credentials from a web identity's token "
	    "(web_identity_token_file)",
	    NULL, web},
    [20] = {"config:2: credvault does not take credentials from a web identity's token "
	    "(web_identity_token_file)",
	    NULL, NULL},
    [21] = {"config:6: credvault does not take credentials from a web identity's token "
	    "(web_identity_token_file)",
	    NULL, web},
    [22] = {"config:5: credvault does not take credentials from IAM Identity Center "
	    "(sso_start_url)",
	    NULL, sso},
    [23] = {"config:4: credvault does not take credentials from IAM Identity Center "
	    "(sso_start_url)",
	    NULL, NULL},
    [24] = {"config:4: credvault does not take credentials from IAM Identity Center "
	    "(sso_start_url)",
	    NULL, NULL},
    [25] = {"config:2: credvault does not take credentials from IAM Identity Center (sso_session)",
	    NULL, NULL},
    [26] = {"config:2: credvault does not take credentials from IAM Identity Center (sso_session)",
	    NULL, sso},
    [27] = {"config:2: credvault does not take credentials from IAM Identity Center (sso_session)",
	    NULL, NULL},
};

/* Appends a value as it stands in the file. */
static void put_right(const char *value, char *text, size_t size)
{
	static const char account[] = "::123456789:";
	const char *at = strstr(value, account);

	if (strcmp(value, "arn:foo") == 0)
		text_append(text, size, "arn:aws:iam::123456789012:role/foo");
	else if (at)
		text_append(text, size, "%.*s::123456789012:%s", (int)(at - value), value,
			    at + strlen(account));
	else
		text_append(text, size, "%s", value);
}

static void write_sections(const char *word, const json_t *sections, char *text, size_t size)
{
	const char *name, *key;
	json_t *section, *value;

	json_object_foreach((json_t *)(uintptr_t)sections, name, section)
	{
		text_append(text, size, "[%s %s]\n", word, name);
		json_object_foreach(section, key, value)
		{
			text_append(text, size, "%s = ", key);
			put_right(json_string_value(value), text, size);
			text_append(text, size, "\n");
		}
	}
}

/* The profile whose key is the published one is the origin's name. */
static void compare_origin(const json_t *profiles, const json_t *key, const struct plan *plan)
{
	const json_t *profile = json_object_get(profiles, plan_value(&plan->origin, "name"));

	assert_string_equal(json_string_value(json_object_get(profile, "aws_access_key_id")),
			    json_string_value(json_object_get(key, "access_key_id")));
}

static void compare_role(const json_t *role, const struct plan_step *step)
{
	static const char *const fields[][2] = {{"role_arn", "role_arn"},
						{"external_id", "external_id"},
						{"role_session_name", "session_name"}};

	assert_string_equal(step->kind, PLAN_ROLE);
	for (size_t i = 0; i < 3; i++) {
		const char *published = json_string_value(json_object_get(role, fields[i][0]));
		const char *ours = plan_value(step, fields[i][1]);
		char text[256] = "";

		if (published)
			put_right(published, text, sizeof(text));
		assert_string_equal(text, ours ? ours : "");
	}
}

static void compare_chain(const json_t *profiles, const json_t *chain, const struct plan *plan)
{
	compare_origin(profiles, json_object_get(json_array_get(chain, 0), "AccessKey"), plan);
	/* Ours makes a session of the key in between. */
	assert_int_equal(plan->steps_count, json_array_size(chain));
	assert_string_equal(plan->steps[0].kind, PLAN_SESSION);
	for (size_t i = 1; i < json_array_size(chain); i++)
		compare_role(json_object_get(json_array_get(chain, i), "AssumeRole"),
			     &plan->steps[i]);
}

static void compare(size_t number, const json_t *test)
{
	const struct expected *ours = &expected[number];
	const json_t *input = json_object_get(test, "input");
	const json_t *profiles = json_object_get(input, "profiles");
	const json_t *chain = json_object_get(json_object_get(test, "output"), "ProfileChain");
	struct ini config = INI_EMPTY, credentials = INI_EMPTY;
	struct profile profile;
	struct error err = ERROR_INIT;
	char text[TEXT_MAX] = "";
	bool ok;

	write_sections("profile", profiles, text, sizeof(text));
	write_sections("sso-session", json_object_get(input, "sso_sessions"), text, sizeof(text));
	assert_true(ini_parse("config", INI_CONFIG, text, strlen(text), &config, &err));
	ok = profile_resolve(
	    &(struct profile_files){&config, &credentials, "config", "credentials"},
	    json_string_value(json_object_get(input, "selected_profile")), &profile, &err);
	print_message("          %2zu %s: %s\n", number,
		      json_string_value(json_object_get(test, "docs")),
		      ours->departure ? ours->departure : "as published");
	if (ok != !ours->refused)
		fail_msg("case %zu: %s", number, ok ? "resolved" : err.message);
	if (ours->refused) {
		assert_string_equal(err.message, ours->refused);
		assert_int_equal(err.code, ERROR_USAGE);
		assert_true(err.detail[0] || err.hint[0] || strstr(err.message, "a circle"));
	} else if (ours->missing) {
		error_set(&err, ERROR_NOT_FOUND, PLAN_NO_SUCH_KEY);
		profile_explain(&profile, &err);
		assert_string_equal(err.message, ours->missing);
	} else {
		compare_chain(profiles, chain, &profile.plan);
	}
	/* An error of theirs is one of ours, or what we say has its reason. */
	assert_true(ours->departure || !chain == (ours->refused != NULL));
	ini_clear(&config);
}

static void the_published_chains_resolve_alike_or_say_why_not(void **state)
{
	struct buf text = BUF_INIT(4194304);
	struct error err;
	char root[512];
	json_t *all;
	const json_t *test;
	size_t i;

	(void)state;
	vectors_need("smithy-rs/aws-config", root);
	vectors_read(root, ".", "assume-role-tests.json", &text);
	assert_true(json_parse(text.data, text.len, text.len, &all, &err));
	assert_int_equal(json_array_size(all), CASES);
	json_array_foreach(all, i, test) compare(i, test);
	json_decref(all);
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_published_chains_resolve_alike_or_say_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
