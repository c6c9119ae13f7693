/* SPDX-License-Identifier: MIT */
#include "cli/ui/help.h"

#include "vault/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct option options[] = {
    {.name = "duration", .letter = 'd', .argument = "1h", .help = "how long it lasts"},
    {.name = "server",
     .help = "serve credentials to the program instead of giving them in its environment",
     .environment = "TOY_SERVER"},
    {.name = "ecs-server", .alias = "server"},
    {.name = NULL},
};
static const struct example examples[] = {{"a day", "credvault toy -d 24h"}, {NULL, NULL}};
static const struct command toy = {
    .name = "toy",
    .aliases = "play",
    .summary = "plays with a key for as long as it is not asked to "
	       "stop by anybody",
    .usage = "[OPTION…] NAME [--one ONE] [--two TWO] [--three THREE] "
	     "[--four FOUR] [--five FIVE]\n--all",
    .about = "A paragraph.",
    .options = options,
    .examples = examples};
static const struct command secret_one = {.name = "a-hidden-command",
					  .hidden = true,
					  .summary = "not for people",
					  .usage = "",
					  .examples = examples};
static const struct command plain = {
    .name = "plain", .summary = "does it", .usage = "", .examples = examples};
static const struct command *const table[] = {&toy, &secret_one, &plain, NULL};

static struct cli cli;

static int start(void **state)
{
	(void)state;
	cli = (struct cli){.commands = table, .out = {.pending = BUF_INIT(65536)}};
	return 0;
}

static int stop(void **state)
{
	(void)state;
	buf_clear(&cli.out.pending);
	return 0;
}

static const char *help_of(const struct command *command)
{
	buf_reset(&cli.out.pending);
	help_command(&cli.out, command);
	return buf_text(&cli.out.pending);
}

static void expect_lines_within(const char *text, size_t columns)
{
	char line[512];

	while (*text) {
		size_t len = strcspn(text, "\n");

		assert_true(len < sizeof(line));
		memcpy(line, text, len);
		line[len] = '\0';
		if (text_width(line) > columns)
			fail_msg("wider than %zu: %s", columns, line);
		text += len + (text[len] == '\n');
	}
}

static void the_commands_are_listed_but_for_those_of_scripts(void **state)
{
	const char *text;

	(void)state;
	help_short(&cli);
	text = buf_text(&cli.out.pending);
	/* In columns, of the widest name that there is. */
	assert_non_null(strstr(text, "\n  toy                plays with a key"));
	assert_non_null(strstr(text, "\n  plain              does it\n"));
	assert_null(strstr(text, "a-hidden-command"));
	for (size_t i = 0; help_topics[i]; i++)
		assert_non_null(strstr(text, help_topics[i]));
}

static void on_a_narrow_terminal_summaries_go_on_below_themselves(void **state)
{
	(void)state;
	cli.out.columns = 60;
	help_short(&cli);
	assert_non_null(strstr(buf_text(&cli.out.pending),
			       "\n  toy                plays with a key for as long as it is\n"
			       "                     not asked to stop by anybody\n"));
}

static void each_form_of_the_usage_has_lines_of_its_own(void **state)
{
	(void)state;
	assert_non_null(
	    strstr(help_of(&toy),
		   "usage: credvault toy [OPTION…] NAME [--one ONE] [--two TWO] [--three THREE]"));
	assert_non_null(strstr(help_of(&toy), "\n       credvault toy --all\n"));
	assert_non_null(strstr(help_of(&plain), "usage: credvault plain\n"));
}

static void a_long_form_is_broken_in_front_of_an_option(void **state)
{
	char *usage = strstr(help_of(&toy), "usage: "), *at;

	(void)state;
	assert_non_null(usage);
	at = strchr(usage, '\n');
	assert_non_null(at);
	/* What follows stands below the first operand, and is whole. */
	assert_int_equal(strspn(at + 1, " "), strlen("usage: credvault toy "));
	assert_int_equal(at[1 + strlen("usage: credvault toy ")], '[');
	at = strstr(usage, "\nalso: ");
	assert_non_null(at);
	*at = '\0';
	expect_lines_within(usage, 79);
}

static void an_option_shows_its_letter_its_value_and_its_variable(void **state)
{
	const char *text = help_of(&toy);

	(void)state;
	assert_non_null(strstr(text, "\n  -d, --duration 1h "));
	assert_non_null(strstr(text, "\n      --server "));
	assert_non_null(strstr(text, "its environment [$TOY_SERVER]\n"));
	assert_null(strstr(text, "ecs-server"));
}

static void the_options_of_every_command_stand_on_a_page_of_their_own(void **state)
{
	const char *text = help_of(&toy);

	(void)state;
	assert_null(strstr(text, "--vault"));
	assert_non_null(strstr(text, "credvault help options\n"));
	buf_reset(&cli.out.pending);
	assert_true(help_topic(&cli.out, "options"));
	for (const struct option *o = options_global; o->name; o++) {
		if (o->help)
			assert_non_null(strstr(buf_text(&cli.out.pending), o->name));
	}
}

static void on_a_narrow_terminal_options_keep_within_it(void **state)
{
	(void)state;
	for (int columns = 30; columns < 80; columns++) {
		char *options_at;

		cli.out.columns = columns;
		options_at = strstr(help_of(&toy), "  -d, --duration");
		assert_non_null(options_at);
		*strstr(options_at, "\n\n") = '\0';
		expect_lines_within(options_at, (size_t)columns);
	}
}

static void examples_aliases_and_paragraphs_are_there_where_the_table_has_them(void **state)
{
	(void)state;
	assert_non_null(strstr(help_of(&toy), "\nalso:  play\n\nA paragraph.\n"));
	assert_non_null(strstr(help_of(&toy), "\nExamples:\n  # a day\n  credvault toy -d 24h\n"));
	assert_null(strstr(help_of(&plain), "also:"));
}

static void every_exit_status_is_explained_once(void **state)
{
	(void)state;
	assert_true(help_topic(&cli.out, "exit-codes"));
	for (int code = 1; code < ERROR_CODES; code++) {
		const char *name = error_name((enum error_code)code);
		char row[64];

		(void)snprintf(row, sizeof(row), " %-18s%.24s", name,
			       error_meaning((enum error_code)code));
		assert_non_null(strstr(buf_text(&cli.out.pending), row));
	}
}

static void every_topic_has_a_page_and_nothing_else_has(void **state)
{
	(void)state;
	for (size_t i = 0; help_topics[i]; i++) {
		buf_reset(&cli.out.pending);
		assert_true(help_topic(&cli.out, help_topics[i]));
		assert_true(cli.out.pending.len > 100);
		expect_lines_within(buf_text(&cli.out.pending), 79);
	}
	buf_reset(&cli.out.pending);
	assert_false(help_topic(&cli.out, "exit"));
	assert_int_equal(cli.out.pending.len, 0);
}

#define HELP_TEST(test_) cmocka_unit_test_setup_teardown(test_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HELP_TEST(the_commands_are_listed_but_for_those_of_scripts),
	    HELP_TEST(on_a_narrow_terminal_summaries_go_on_below_themselves),
	    HELP_TEST(each_form_of_the_usage_has_lines_of_its_own),
	    HELP_TEST(a_long_form_is_broken_in_front_of_an_option),
	    HELP_TEST(an_option_shows_its_letter_its_value_and_its_variable),
	    HELP_TEST(the_options_of_every_command_stand_on_a_page_of_their_own),
	    HELP_TEST(on_a_narrow_terminal_options_keep_within_it),
	    HELP_TEST(examples_aliases_and_paragraphs_are_there_where_the_table_has_them),
	    HELP_TEST(every_exit_status_is_explained_once),
	    HELP_TEST(every_topic_has_a_page_and_nothing_else_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
