/* SPDX-License-Identifier: MIT */
#include "cli/ui/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct option table[] = {
    {.name = "duration", .letter = 'd', .argument = "1h", .help = "how long"},
    {.name = "format", .argument = "F", .help = "which", .values = "env json process"},
    {.name = "no-session", .letter = 'n', .help = "none"},
    {.name = "server", .letter = 's', .help = "serve"},
    {.name = "ecs-server", .alias = "server"},
    OPTION_PROFILE,
    {.name = NULL},
};

enum { WORDS = 16 };

/* One parsed line; words are parted by spaces. */
struct line {
	char text[256];
	char *argv[WORDS];
	struct options options;
	struct error err;
	bool ok;
};

static void parse(struct line *line, enum option_order order, const char *text)
{
	char *save = NULL, *word;
	int n = 0;

	*line = (struct line){.options.tables = {options_global, table}};
	memcpy(line->text, text, strlen(text) + 1);
	for (word = strtok_r(line->text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		line->argv[n++] = word;
	line->ok = option_parse(n, line->argv, order, &line->options, &line->err);
}

static void profile_said_by_an_option_is_an_operand(void **state)
{
	static const char *const lines[] = {"--profile a", "--profile=a -n", "-n --profile a", "a"};
	static const char *const tails[] = {"--profile a x -n", "--profile=a -- x -n", "a x -n",
					    "a -- x -n"};
	struct line line;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		parse(&line, OPTION_ANYWHERE, lines[i]);
		assert_true(line.ok);
		assert_int_equal(line.options.argc, 1);
		assert_string_equal(line.options.args[0], "a");
	}
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		parse(&line, OPTION_TAIL, tails[i]);
		assert_true(line.ok);
		assert_int_equal(line.options.argc, 1);
		assert_string_equal(line.options.args[0], "a");
		assert_string_equal(line.options.tail[0], "x");
		assert_string_equal(line.options.tail[1], "-n");
	}
	parse(&line, OPTION_ANYWHERE, "--profile a b --profile=c");
	assert_int_equal(line.options.argc, 3);
	assert_string_equal(line.options.args[2], "c");
	parse(&line, OPTION_ANYWHERE, "--profile");
	assert_false(line.ok);
}

static void options_stand_before_behind_and_between_operands(void **state)
{
	static const char *const lines[] = {"--duration 2h a b", "a --duration 2h b", "a b -d 2h",
					    "a -d2h b", "--duration=2h a b"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct line line;

		parse(&line, OPTION_ANYWHERE, lines[i]);
		assert_true(line.ok);
		assert_int_equal(line.options.argc, 2);
		assert_string_equal(line.options.args[0], "a");
		assert_string_equal(line.options.args[1], "b");
		assert_string_equal(option_text(&line.options, "duration"), "2h");
	}
}

static void letters_stand_together_and_the_last_takes_a_value(void **state)
{
	struct line line;

	(void)state;
	parse(&line, OPTION_ANYWHERE, "-qnd 2h");
	assert_true(line.ok);
	assert_true(option_flag(&line.options, "quiet"));
	assert_true(option_flag(&line.options, "no-session"));
	assert_string_equal(option_text(&line.options, "duration"), "2h");
	assert_false(option_flag(&line.options, "yes"));
}

static void nothing_is_abbreviated(void **state)
{
	struct line line;

	(void)state;
	parse(&line, OPTION_ANYWHERE, "--dur 2h");
	assert_false(line.ok);
	assert_int_equal(line.err.code, ERROR_USAGE);
	assert_non_null(strstr(line.err.detail, "--duration"));
	parse(&line, OPTION_ANYWHERE, "--durations 2h");
	assert_false(line.ok);
}

static void an_alias_is_the_option_it_stands_for(void **state)
{
	struct line line;

	(void)state;
	parse(&line, OPTION_ANYWHERE, "--ecs-server --mfa-token 123456");
	assert_true(line.ok);
	assert_true(option_flag(&line.options, "server"));
	assert_string_equal(option_text(&line.options, "mfa-code"), "123456");
}

static void what_is_not_understood_is_a_usage_error(void **state)
{
	static const char *const lines[] = {
	    "--duration", "-d",	  "--no-session=1", "--format text", "--nope",	"-Z",
	    "-qZ",	  "--=x", "--format=",	    "--duration --", "---quiet"};

	(void)state;
	/* A value may look like an option: `--duration --` has one. */
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct line line;

		parse(&line, OPTION_ANYWHERE, lines[i]);
		assert_int_equal(line.ok, strcmp(lines[i], "--duration --") == 0);
		if (!line.ok)
			assert_int_equal(line.err.code, ERROR_USAGE);
	}
}

static void two_dashes_end_the_options(void **state)
{
	struct line line;

	(void)state;
	parse(&line, OPTION_ANYWHERE, "a -- -d --quiet");
	assert_true(line.ok);
	assert_int_equal(line.options.argc, 3);
	assert_string_equal(line.options.args[1], "-d");
	assert_false(option_flag(&line.options, "quiet"));
}

static void a_single_dash_is_an_operand(void **state)
{
	struct line line;

	(void)state;
	parse(&line, OPTION_ANYWHERE, "- -q");
	assert_true(line.ok);
	assert_int_equal(line.options.argc, 1);
	assert_string_equal(line.options.args[0], "-");
}

static void a_tail_belongs_to_its_command(void **state)
{
	static const struct {
		const char *line, *operand, *tail;
	} cases[] = {{"-n prod -- ls -q", "prod", "ls"},
		     {"-n prod ls -q", "prod", "ls"},
		     {"-n -- ls -q", NULL, "ls"},
		     {"prod -n -- ls -q", "prod", "ls"},
		     {"prod -n ls -- -q", "prod", "ls"},
		     {"prod ls -q -- -q", "prod", "ls"},
		     {"prod -q", "prod", "-q"},
		     {"prod", "prod", NULL},
		     {"prod --", "prod", NULL},
		     {"prod -- -- x", "prod", "--"},
		     {"", NULL, NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct line line;
		const char *tail;

		parse(&line, OPTION_TAIL, cases[i].line);
		assert_true(line.ok);
		assert_int_equal(line.options.argc, cases[i].operand ? 1 : 0);
		if (cases[i].operand)
			assert_string_equal(line.options.args[0], cases[i].operand);
		tail = line.options.tail ? line.options.tail[0] : NULL;
		assert_int_equal(tail == NULL, cases[i].tail == NULL);
		if (tail)
			assert_string_equal(tail, cases[i].tail);
		assert_false(option_flag(&line.options, "quiet"));
	}
}

static void a_command_takes_all_behind_it_as_it_is(void **state)
{
	struct line line;

	(void)state;
	parse(&line, OPTION_COMMAND, "-q exec -- ls");
	assert_true(line.ok);
	assert_string_equal(line.options.args[0], "exec");
	assert_string_equal(line.options.tail[0], "--");
}

static void the_environment_stands_in_for_an_option(void **state)
{
	struct line line;

	(void)state;
	parse(&line, OPTION_ANYWHERE, "");
	(void)setenv("CREDVAULT_FILE", "/x", 1);
	(void)setenv("CREDVAULT_NO_INPUT", "1", 1);
	assert_string_equal(option_text(&line.options, "vault"), "/x");
	assert_true(option_flag(&line.options, "no-input"));
	(void)setenv("CREDVAULT_NO_INPUT", "0", 1);
	(void)setenv("CREDVAULT_FILE", "", 1);
	assert_null(option_text(&line.options, "vault"));
	assert_false(option_flag(&line.options, "no-input"));
	(void)setenv("CREDVAULT_FILE", "/x", 1);
	parse(&line, OPTION_ANYWHERE, "--vault /y");
	assert_string_equal(option_text(&line.options, "vault"), "/y");
	(void)unsetenv("CREDVAULT_FILE");
	(void)unsetenv("CREDVAULT_NO_INPUT");
}

static void the_last_one_given_counts_and_all_are_kept(void **state)
{
	struct line line;

	(void)state;
	parse(&line, OPTION_ANYWHERE, "-d 1h -d 2h --duration 3h");
	assert_string_equal(option_text(&line.options, "duration"), "3h");
	assert_int_equal(option_times(&line.options, "duration"), 3);
	assert_string_equal(option_nth(&line.options, "duration", 1), "2h");
	assert_null(option_nth(&line.options, "duration", 3));
}

static void durations_and_descriptors_are_checked(void **state)
{
	struct line line;
	int64_t seconds;
	int fd;

	(void)state;
	parse(&line, OPTION_ANYWHERE, "-d 90m");
	assert_true(option_duration(&line.options, "duration", 0, &seconds, &line.err));
	assert_int_equal(seconds, 5400);
	parse(&line, OPTION_ANYWHERE, "-d soon");
	assert_false(option_duration(&line.options, "duration", 0, &seconds, &line.err));
	assert_non_null(strstr(line.err.message, "--duration"));
	parse(&line, OPTION_ANYWHERE, "--passphrase-fd 999");
	assert_false(option_fd(&line.options, "passphrase-fd", &fd, &line.err));
	parse(&line, OPTION_ANYWHERE, "--passphrase-fd -1");
	assert_false(option_fd(&line.options, "passphrase-fd", &fd, &line.err));
	parse(&line, OPTION_ANYWHERE, "--passphrase-fd 2");
	assert_true(option_fd(&line.options, "passphrase-fd", &fd, &line.err));
	assert_int_equal(fd, 2);
	parse(&line, OPTION_ANYWHERE, "");
	assert_true(option_fd(&line.options, "passphrase-fd", &fd, &line.err));
	assert_int_equal(fd, -1);
}

static void the_nearest_name_is_found_and_a_far_one_is_not(void **state)
{
	static const char *const names[] = {"init", "unlock", "lock", "status", "list", NULL};

	(void)state;
	assert_string_equal(option_nearest("statsu", names), "status");
	assert_string_equal(option_nearest("unlok", names), "unlock");
	assert_string_equal(option_nearest("stat", names), "status");
	/* Two letters in the wrong order are one mistake: `init` is further away. */
	assert_string_equal(option_nearest("lsit", names), "list");
	assert_string_equal(option_nearest("LIST", names), "list");
	assert_string_equal(option_nearest("Lst", names), "list");
	assert_null(option_nearest("frobnicate", names));
	assert_null(option_nearest("", names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(profile_said_by_an_option_is_an_operand),
	    cmocka_unit_test(options_stand_before_behind_and_between_operands),
	    cmocka_unit_test(letters_stand_together_and_the_last_takes_a_value),
	    cmocka_unit_test(nothing_is_abbreviated),
	    cmocka_unit_test(an_alias_is_the_option_it_stands_for),
	    cmocka_unit_test(what_is_not_understood_is_a_usage_error),
	    cmocka_unit_test(two_dashes_end_the_options),
	    cmocka_unit_test(a_single_dash_is_an_operand),
	    cmocka_unit_test(a_tail_belongs_to_its_command),
	    cmocka_unit_test(a_command_takes_all_behind_it_as_it_is),
	    cmocka_unit_test(the_environment_stands_in_for_an_option),
	    cmocka_unit_test(the_last_one_given_counts_and_all_are_kept),
	    cmocka_unit_test(durations_and_descriptors_are_checked),
	    cmocka_unit_test(the_nearest_name_is_found_and_a_far_one_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
