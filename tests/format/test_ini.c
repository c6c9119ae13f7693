/* SPDX-License-Identifier: MIT */
#include "vault/format/ini.h"

#include "tests/format/vectors.h"
#include "vault/base/buf.h"
#include "vault/format/json.h"

static struct ini parse(enum ini_flavour flavour, const char *text)
{
	struct error err = ERROR_INIT;
	struct ini ini;

	if (!ini_parse("f", flavour, text, strlen(text), &ini, &err))
		fail_msg("%s", err.message);
	return ini;
}

static void expect_refused(enum ini_flavour flavour, const char *text, size_t len, const char *why)
{
	struct error err = ERROR_INIT;
	struct ini ini;

	assert_false(ini_parse("~/.aws/config", flavour, text, len, &ini, &err));
	assert_int_equal(err.code, ERROR_FAILED);
	assert_null(ini.sections);
	assert_int_equal(ini.count, 0);
	if (!strstr(err.message, why))
		fail_msg("want: %s\ngot:  %s", why, err.message);
}

/*
 * The problem that a reader would be told first: of the text before all sections, or of one that is
 * not passed over for its name.
 */
static const char *first_problem(const struct ini *ini)
{
	const char *what = ini->stray.what;

	for (size_t i = 0; !what && i < ini->count; i++) {
		if (ini->sections[i].kind != INI_OTHER || ini->sections[i].unread)
			what = ini->sections[i].problem.what;
	}
	return what ? what : "";
}

/* Parses, and expects this problem, "LINE: …", of the profile; NULL = the profile is readable. */
static void expect_problem(const char *text, const char *profile, const char *want)
{
	struct ini ini = parse(INI_CONFIG, text);
	const struct ini_problem *problem = ini_problem(&ini, INI_PROFILE, profile);
	struct error err = ERROR_INIT;

	if (problem)
		ini_problem_tell(problem, "f", &err);
	if (!want != !problem || (want && !strstr(err.message, want)))
		fail_msg("%s\nof %s want: %s\ngot:  %s", text, profile, want ? want : "none",
			 problem ? err.message : "none");
	ini_clear(&ini);
}

/* Parses, and expects this value, which a profile without a problem has. */
static void expect_setting(const char *text, const char *profile, const char *key, const char *want)
{
	struct ini ini = parse(INI_CONFIG, text);
	const char *value = ini_get(&ini, INI_PROFILE, profile, key, NULL);

	if (ini_problem(&ini, INI_PROFILE, profile) || !value != !want ||
	    (want && strcmp(value, want) != 0))
		fail_msg("%s\nwant: %s\ngot:  %s (%s)", text, want ? want : "none",
			 value ? value : "none", first_problem(&ini));
	ini_clear(&ini);
}

/* What the suite's words for an error are in ours. */
static const char *our_words(const char *theirs)
{
	static const char *const words[][2] = {
	    {"Profile definition must end with ']'", "ends with ']'"},
	    {"Expected a profile definition", "expected a section's header"},
	    {"Property did not have a name", "no key before the '='"},
	    {"Expected an '=' sign defining a property", "found no '='"},
	    {"Expected a property definition", "nothing before it to continue"},
	    {"Expected an '=' sign defining a sub-property", "an indented \"key = value\""},
	    {"Sub-property did not have a name", "of an indented line"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(theirs, words[i][0], strlen(words[i][0])) == 0)
			return words[i][1];
	}
	fail_msg("an error the suite did not have before: %s", theirs);
	return "";
}

/* Puts the profiles of a file into a tree {name: {key: value}}; later files win. */
static void merge(const struct ini *ini, enum ini_kind wanted, json_t *tree)
{
	for (size_t i = 0; i < ini->count; i++) {
		const struct ini_section *section = &ini->sections[i];
		bool profile = section->kind == INI_DEFAULT || section->kind == INI_PROFILE;
		json_t *keys;

		if (wanted == INI_PROFILE ? !profile : section->kind != wanted)
			continue;
		keys = json_object_get(tree, section->name);
		if (!keys) {
			keys = json_object();
			json_object_set_new(tree, section->name, keys);
		}
		for (size_t j = 0; j < section->count; j++) {
			const char *key = section->entries[j].key;
			const char *value = ini_get(ini, section->kind, section->name, key, NULL);

			if (value)
				json_object_set_new(keys, key, json_string(value));
		}
	}
}

/* Whether the suite's answer to one of its tests is ours. */
static bool agrees(const json_t *test)
{
	const json_t *input = json_object_get(test, "input");
	const json_t *output = json_object_get(test, "output");
	const json_t *config = json_object_get(output, "config");
	const json_t *profiles = json_object_get(config, "profiles");
	const char *why = json_string_value(json_object_get(output, "errorContaining"));
	const char *files[] = {json_string_value(json_object_get(input, "configFile")),
			       json_string_value(json_object_get(input, "credentialsFile"))};
	json_t *tree = json_object(), *sessions = json_object();
	struct error err = ERROR_INIT;
	const char *problem = "";
	bool ok = true;

	for (size_t i = 0; i < 2; i++) {
		struct ini ini;

		if (!files[i])
			continue;
		ok = ok && ini_parse("f", i ? INI_CREDENTIALS : INI_CONFIG, files[i],
				     strlen(files[i]), &ini, &err);
		if (!ok)
			break;
		problem = *problem ? problem : first_problem(&ini);
		merge(&ini, INI_PROFILE, tree);
		merge(&ini, INI_SSO_SESSION, sessions);
		ini_clear(&ini);
	}
	if (why)
		ok = ok && strstr(problem, our_words(why));
	else
		ok = ok && !*problem && json_equal(tree, profiles ? profiles : config) &&
		     (!json_object_get(config, "sso_sessions") ||
		      json_equal(sessions, json_object_get(config, "sso_sessions")));
	if (!ok)
		print_error("%s: %s\n%s\n", json_string_value(json_object_get(test, "name")),
			    *problem ? problem : err.message, files[0]);
	json_decref(tree);
	json_decref(sessions);
	return ok;
}

static void all_65_cases_of_the_public_suite_agree(void **state)
{
	struct buf text = BUF_INIT(4194304);
	struct error err = ERROR_INIT;
	char root[512];
	size_t good = 0, i;
	json_t *suite, *test;

	(void)state;
	vectors_need("smithy-rs/aws-runtime", root);
	vectors_read(root, ".", "profile-parser-tests.json", &text);
	assert_true(json_parse(text.data, text.len, text.limit, &suite, &err));
	json_array_foreach(json_object_get(suite, "tests"), i, test) good += agrees(test);
	assert_int_equal(json_array_size(json_object_get(suite, "tests")), 65);
	assert_int_equal(good, 65);
	json_decref(suite);
	buf_clear(&text);
}

static void sections_keep_kind_name_line_and_order(void **state)
{
	struct ini ini = parse(INI_CONFIG, "# one\n[default]\nregion = r\n[profile a]\n\n"
					   "[credvault a]\nrole_arn = x\n[sso-session s]\n"
					   "[services v]\n[plugins]\n[profile b c]\n");
	static const struct {
		enum ini_kind kind;
		const char *name;
		unsigned int line;
	} want[] = {{INI_DEFAULT, "default", 2},   {INI_PROFILE, "a", 4},
		    {INI_CREDVAULT, "a", 6},	   {INI_SSO_SESSION, "s", 8},
		    {INI_SERVICES, "v", 9},	   {INI_OTHER, "plugins", 10},
		    {INI_OTHER, "profile b c", 11}};
	unsigned int line = 0;

	(void)state;
	assert_int_equal(ini.count, 7);
	for (size_t i = 0; i < ini.count; i++) {
		assert_int_equal(ini.sections[i].kind, want[i].kind);
		assert_string_equal(ini.sections[i].name, want[i].name);
		assert_int_equal(ini.sections[i].line, want[i].line);
	}
	assert_string_equal(ini_get(&ini, INI_CREDVAULT, "a", "role_arn", &line), "x");
	assert_int_equal(line, 7);
	assert_null(ini_get(&ini, INI_PROFILE, "a", "role_arn", NULL));
	ini_clear(&ini);
}

static void the_credentials_file_has_no_type_words(void **state)
{
	struct ini ini = parse(INI_CREDENTIALS, "[credvault]\na=b\n[profile x]\n[default]\n");

	(void)state;
	assert_int_equal(ini.sections[0].kind, INI_PROFILE);
	assert_int_equal(ini.sections[1].kind, INI_OTHER);
	assert_int_equal(ini.sections[2].kind, INI_DEFAULT);
	ini_clear(&ini);
}

static void profile_default_replaces_default_wholly(void **state)
{
	struct ini ini = parse(INI_CONFIG, "[default]\na = 1\nb = 1\n[profile default]\na = 2\n");

	(void)state;
	assert_string_equal(ini_get(&ini, INI_DEFAULT, "default", "a", NULL), "2");
	assert_string_equal(ini_get(&ini, INI_PROFILE, "default", "a", NULL), "2");
	assert_null(ini_get(&ini, INI_PROFILE, "default", "b", NULL));
	ini_clear(&ini);
	ini = parse(INI_CONFIG, "[default]\na = 1\n");
	assert_string_equal(ini_get(&ini, INI_PROFILE, "default", "a", NULL), "1");
	ini_clear(&ini);
}

static void a_nested_block_can_be_asked_for_its_values(void **state)
{
	struct ini ini = parse(INI_CONFIG, "[services s]\nsts =\n  endpoint_url = http://a\n"
					   "  Other = 1\n  endpoint_url = http://b\nplain = x\n");
	const char *block = ini_get(&ini, INI_SERVICES, "s", "sts", NULL);
	char out[32] = "";

	(void)state;
	assert_true(ini_nested(block, "endpoint_url", out, sizeof(out)));
	assert_string_equal(out, "http://b");
	assert_true(ini_nested(block, "other", out, sizeof(out)));
	assert_string_equal(out, "1");
	assert_false(ini_nested(block, "endpoint", out, sizeof(out)));
	assert_false(ini_nested(block, "endpoint_url", out, 8));
	assert_false(
	    ini_nested(ini_get(&ini, INI_SERVICES, "s", "plain", NULL), "x", out, sizeof(out)));
	ini_clear(&ini);
}

static void problems_name_file_and_line_and_never_a_value(void **state)
{
	static const char text[] = "[profile a]\nx = 1\n\nwJalrXUtnFEMI-secret\n";
	struct ini ini = parse(INI_CONFIG, text);
	const struct ini_problem *problem = ini_problem(&ini, INI_PROFILE, "a");
	struct error err = ERROR_INIT;

	(void)state;
	assert_non_null(problem);
	assert_false(ini_problem_tell(problem, "~/.aws/\x1b[2Jf", &err));
	assert_int_equal(err.code, ERROR_FAILED);
	assert_non_null(strstr(err.message, "f:4: expected \"key = value\""));
	assert_null(strstr(err.message, "wJalr"));
	assert_null(strchr(err.message, '\x1b'));
	ini_clear(&ini);
}

static void what_the_aws_cli_reads_is_read(void **state)
{
	static const char *const same[] = {
	    "[profile a]\n    region = r\n    output = json\n",
	    "[profile a]\n\tregion = r\n\toutput = json\n",
	    "[profile a] /* mine */\nregion = r\noutput = json\n",
	    "   # at the top\n[profile a]\nregion = r\noutput = json\n",
	    "[profile a]\n   # behind a header\nregion = r\noutput = json\n",
	    "[profile a]\nregion = r\n    # note\n    ; another\noutput = json\n",
	    "[profile a]\ns3 =\n  x = 1\n  # in a block\n  y = 2\nregion = r\noutput = json\n",
	    "  [profile a]\n  region = r\n  s3 =\n    x = 1\n  output = json\n",
	    "[profile\ta]\nregion = r\noutput = json\n",
	    "[profile  a]\nregion = r\noutput = json\n",
	    "[profile a ]\nregion = r\noutput = json\n",
	    "[profile \"a\"]\nregion = r\noutput = json\n",
	    "[profile 'a']\nregion = r\noutput = json\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		expect_setting(same[i], "a", "region", "r");
		expect_setting(same[i], "a", "output", "json");
	}
	expect_setting("[profile a]\ns3 =\n  x = 1\n  # no\n  y = 2\n", "a", "s3",
		       "\nx = 1\ny = 2");
}

static void quotes_around_a_name_are_no_part_of_it(void **state)
{
	(void)state;
	expect_setting("[profile \"my prod\"]\nregion = r\n", "my prod", "region", "r");
	expect_setting("[profile 'my prod']\nregion = r\n", "my prod", "region", "r");
	expect_setting("[profile 'my]\nregion = r\n", "my", "region", NULL);
	expect_setting("[profile 'b\xc3\xbcro']\nregion = r\n", "b\xc3\xbcro", "region", "r");
}

static void a_name_of_several_words_without_quotes_is_told_and_not_read(void **state)
{
	static const char text[] = "[profile a]\nregion = a\n[profile my prod]\nregion = b\n"
				   "[profile 'my]\nregion = c\n";

	(void)state;
	expect_problem(text, "my prod", ":3: a name of several words stands in quotes");
	expect_setting("[profile \"my prod\"]\nregion = r\n[profile my prod]\nregion = s\n",
		       "my prod", "region", "r");
	expect_setting(text, "a", "region", "a");
	expect_setting(text, "my", "region", NULL);
}

static void an_odd_line_spoils_its_own_section_alone(void **state)
{
	static const struct {
		const char *line, *want;
	} odd[] = {{"what is this", ":4: expected \"key = value\""},
		   {"= x", ":4: there is no key"},
		   {"  what is this", NULL},
		   {"s3 =\n  broken", ":5: expected an indented"},
		   {"a\rb", ":4: a carriage return"},
		   {"# a\rrole_arn = x", ":4: a carriage return"}};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text),
			       "[profile a]\nregion = a\n[profile b]\n%s\nregion = b\n"
			       "[profile c]\nregion = c\n",
			       odd[i].line);
		expect_setting(text, "a", "region", "a");
		expect_setting(text, "c", "region", "c");
		expect_problem(text, "b",
			       odd[i].want ? odd[i].want : ":4: an indented line with nothing");
	}
	expect_setting("stray\n[profile a]\nregion = a\n", "a", "region", "a");
}

static void a_stray_line_before_all_sections_is_nobodys(void **state)
{
	struct ini ini = parse(INI_CONFIG, "\nrole_arn = x\n[profile a]\n");

	(void)state;
	assert_int_equal(ini.stray.line, 2);
	assert_non_null(strstr(ini.stray.what, "a section's header"));
	assert_null(ini_get(&ini, INI_PROFILE, "a", "role_arn", NULL));
	ini_clear(&ini);
}

static void what_follows_a_broken_header_belongs_to_nobody(void **state)
{
	static const char text[] = "[profile a]\nregion = a\n[profile evil\nrole_arn = x\n"
				   "[profile b]\nregion = b\n";

	(void)state;
	expect_setting(text, "a", "role_arn", NULL);
	expect_setting(text, "b", "role_arn", NULL);
	expect_setting(text, "a", "region", "a");
	expect_setting(text, "b", "region", "b");
	expect_problem(text, "evil", ":3: a section's header ends with ']'");
	expect_setting("[profile a]\nregion = a\n[\nrole_arn = x\n", "a", "role_arn", NULL);
	expect_setting("[profile a#b]\nrole_arn = x\n[profile a]\nregion = a\n", "a", "region",
		       "a");
	/* A name that a good header has too is not what somebody guessed. */
	expect_problem("[profile a]\nregion = a\n[profile a\nrole_arn = x\n", "a", ":3: ");
}

static void twins_that_tools_read_differently_are_unreadable(void **state)
{
	static const char *const others[] = {"[profile\ta]",	"[profile  a]",	 "[profile a ]",
					     "[profile \"a\"]", "[profile 'a']", "[profiles a]",
					     "[profile.a]"};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text),
			       "[profile a]\nregion = r\n[profile b]\nregion = b\n%s\n"
			       "role_arn = x\n",
			       others[i]);
		expect_problem(text, "a", "f:1 and 5: two spellings");
		expect_setting(text, "b", "region", "b");
		(void)snprintf(text, sizeof(text), "%s\noutput = x\n[profile a]\nregion = r\n",
			       others[i]);
		expect_setting(text, "a", "region", "r");
	}
	expect_problem("[profiles a]\nrole_arn = x\n", "a", "f:1: some tools read this header");
	expect_problem("[profile.a]\nrole_arn = x\n", "a", "f:1: some tools read this header");
	/* The same spelling twice is one profile to all of them. */
	expect_setting("[profile a]\nrole_arn = x\n[profile a]\nregion = r\n", "a", "region", "r");
}

static void settings_that_tools_place_differently_are_unreadable(void **state)
{
	(void)state;
	expect_problem("[profile a]\nregion = r\n  role_arn = x\n", "a", ":3: a setting indented");
	expect_problem("[profile a]\n  region = r\n    Source_Profile = x\n", "a", ":3: ");
	expect_setting("[profile a]\nregion = r\n  output = x\n", "a", "region", "r\noutput = x");
	expect_problem("[profile a]\n  s3 =\n    x = 1\n  role_arn = x\n", "a",
		       ":4: a setting below");
	expect_setting("[profile a]\ns3 =\n  role_arn = 1\nrole_arn = x\n", "a", "role_arn", "x");
	expect_problem("[profile a]\nrole_arn:b = x\n", "a", ":2: a ':' before");
	expect_problem("[profile a]\nregion = r\n  [profile b]\nrole_arn = x\n", "a",
		       ":3: a header indented");
	expect_problem("[profile a]\nregion = r\n  [profile b]\nrole_arn = x\n", "b", ":3: ");
}

static void a_carriage_return_may_open_a_section_too(void **state)
{
	static const char text[] = "[profile a]\nregion = a\n[profile b]\nx = 1\r[profile c]\r"
				   "role_arn = x\n[profile d]\nregion = d\n";

	(void)state;
	expect_problem(text, "b", ":4: a carriage return");
	expect_problem(text, "c", ":4: a carriage return");
	expect_setting(text, "a", "region", "a");
	expect_setting(text, "d", "region", "d");
	expect_setting("[profile a]\r\r\nregion = r\r\r\n", "a", "region", "r");
}

static void a_nul_byte_spoils_its_own_section_alone(void **state)
{
	static const char text[] = "[profile a]\nx = 1\n[profile b]\nx = 1\0 2\n[profile c]\n"
				   "#\0\nx = 1\n[profile d\0]\nrole_arn = x\n";
	struct error err = ERROR_INIT;
	struct ini ini;

	(void)state;
	assert_true(ini_parse("f", INI_CONFIG, text, sizeof(text) - 1, &ini, &err));
	assert_null(ini_problem(&ini, INI_PROFILE, "a"));
	assert_int_equal(ini_problem(&ini, INI_PROFILE, "b")->line, 4);
	assert_null(ini_problem(&ini, INI_PROFILE, "c"));
	assert_int_equal(ini_problem(&ini, INI_PROFILE, "d")->line, 8);
	assert_null(ini_get(&ini, INI_PROFILE, "d", "role_arn", NULL));
	ini_clear(&ini);
}

static void a_long_line_is_read(void **state)
{
	struct buf text = BUF_INIT(20000);
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(buf_printf(&text, &err, "[profile a]\nnote = "));
	for (int i = 0; i < 9000; i++)
		assert_true(buf_append(&text, "x", 1, &err));
	assert_true(buf_printf(&text, &err, "\nregion = r\n"));
	expect_setting(buf_text(&text), "a", "region", "r");
	buf_clear(&text);
}

static void utf16_is_named_as_such(void **state)
{
	static const char little[] = "\xff\xfe[\0p\0]\0", big[] = "\xfe\xff\0[\0p\0]";
	static const char unmarked[] = "[\0p\0]\0\n\0";

	(void)state;
	expect_refused(INI_CONFIG, little, sizeof(little) - 1, "this is UTF-16");
	expect_refused(INI_CONFIG, big, sizeof(big) - 1, "this is UTF-16");
	expect_refused(INI_CREDENTIALS, unmarked, sizeof(unmarked) - 1, "this is UTF-16");
}

static void a_name_of_two_words_is_a_profile_of_the_credentials_file(void **state)
{
	struct ini ini = parse(INI_CREDENTIALS, "[my prod]\nregion = r\n[profile x]\n[a!b]\n");

	(void)state;
	assert_int_equal(ini.sections[0].kind, INI_SPACED);
	assert_string_equal(ini_get(&ini, INI_SPACED, "my prod", "region", NULL), "r");
	assert_int_equal(ini.sections[1].kind, INI_OTHER);
	assert_int_equal(ini.sections[2].kind, INI_OTHER);
	ini_clear(&ini);
}

static void the_bounds_hold_and_one_less_is_accepted(void **state)
{
	struct error err = ERROR_INIT;
	char *text = malloc(INI_FILE_MAX + 2);
	struct ini ini;
	size_t len = 0;

	(void)state;
	assert_non_null(text);
	memset(text, '#', INI_FILE_MAX + 1);
	expect_refused(INI_CONFIG, text, INI_FILE_MAX + 1, "larger than");
	assert_true(ini_parse("f", INI_CONFIG, text, INI_FILE_MAX, &ini, &err));
	ini_clear(&ini);
	for (int i = 0; i < INI_SECTIONS_MAX; i++)
		len += (size_t)snprintf(text + len, INI_FILE_MAX - len, "[profile p%d]\n", i);
	assert_true(ini_parse("f", INI_CONFIG, text, len, &ini, &err));
	assert_int_equal(ini.count, INI_SECTIONS_MAX);
	ini_clear(&ini);
	len += (size_t)snprintf(text + len, INI_FILE_MAX - len, "[profile one]\n");
	expect_refused(INI_CONFIG, text, len, ":10001: too many sections");
	free(text);
}

static void a_megabyte_of_continuations_takes_no_square_time(void **state)
{
	struct error err = ERROR_INIT;
	char *text = malloc(INI_FILE_MAX);
	struct ini ini;
	size_t len;

	(void)state;
	assert_non_null(text);
	len = (size_t)snprintf(text, INI_FILE_MAX, "[profile a]\nk = v\n");
	while (len + 3 < INI_FILE_MAX / 2) {
		memcpy(text + len, " x\n", 3);
		len += 3;
	}
	while (len + 4 < INI_FILE_MAX) {
		memcpy(text + len, "k=v\n", 4);
		len += 4;
	}
	assert_true(ini_parse("f", INI_CONFIG, text, len, &ini, &err));
	assert_string_equal(ini_get(&ini, INI_PROFILE, "a", "k", NULL), "v");
	ini_clear(&ini);
	free(text);
}

static void a_byte_order_mark_and_a_missing_last_newline_are_accepted(void **state)
{
	struct ini ini = parse(INI_CONFIG, "\xef\xbb\xbf[profile a]\r\nx = 1");

	(void)state;
	assert_string_equal(ini_get(&ini, INI_PROFILE, "a", "x", NULL), "1");
	ini_clear(&ini);
	ini = parse(INI_CONFIG, "");
	assert_int_equal(ini.count, 0);
	ini_clear(&ini);
	ini_clear(&ini);
}

static void keys_that_are_no_names_are_dropped_with_their_continuations(void **state)
{
	struct ini ini = parse(INI_CONFIG, "[profile a]\nb c = 1\n more\nd = 2\n");

	(void)state;
	assert_int_equal(ini.sections[0].count, 1);
	assert_string_equal(ini.sections[0].entries[0].key, "d");
	assert_string_equal(ini.sections[0].entries[0].value, "2");
	ini_clear(&ini);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_65_cases_of_the_public_suite_agree),
	    cmocka_unit_test(sections_keep_kind_name_line_and_order),
	    cmocka_unit_test(the_credentials_file_has_no_type_words),
	    cmocka_unit_test(profile_default_replaces_default_wholly),
	    cmocka_unit_test(a_nested_block_can_be_asked_for_its_values),
	    cmocka_unit_test(problems_name_file_and_line_and_never_a_value),
	    cmocka_unit_test(what_the_aws_cli_reads_is_read),
	    cmocka_unit_test(quotes_around_a_name_are_no_part_of_it),
	    cmocka_unit_test(a_name_of_several_words_without_quotes_is_told_and_not_read),
	    cmocka_unit_test(an_odd_line_spoils_its_own_section_alone),
	    cmocka_unit_test(a_stray_line_before_all_sections_is_nobodys),
	    cmocka_unit_test(what_follows_a_broken_header_belongs_to_nobody),
	    cmocka_unit_test(twins_that_tools_read_differently_are_unreadable),
	    cmocka_unit_test(settings_that_tools_place_differently_are_unreadable),
	    cmocka_unit_test(a_carriage_return_may_open_a_section_too),
	    cmocka_unit_test(a_nul_byte_spoils_its_own_section_alone),
	    cmocka_unit_test(a_long_line_is_read),
	    cmocka_unit_test(utf16_is_named_as_such),
	    cmocka_unit_test(a_name_of_two_words_is_a_profile_of_the_credentials_file),
	    cmocka_unit_test(the_bounds_hold_and_one_less_is_accepted),
	    cmocka_unit_test(a_megabyte_of_continuations_takes_no_square_time),
	    cmocka_unit_test(a_byte_order_mark_and_a_missing_last_newline_are_accepted),
	    cmocka_unit_test(keys_that_are_no_names_are_dropped_with_their_continuations),
	};

	json_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
