/* SPDX-License-Identifier: MIT */
#include "cli/ui/say.h"

#include "cli/ui/hint.h"
#include "vault/format/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static const struct command unlock = {.name = "unlock", .needs = NEEDS_VAULT};
static const struct command process = {.name = "process",
				       .aliases = "credential-process",
				       .needs = NEEDS_VAULT | NEEDS_ONE_LINE_ERRORS};
static const struct command run = {.name = "exec", .needs = NEEDS_VAULT | NEEDS_STATUS_125};
static const struct command help = {.name = "help"};
static const struct command *const table[] = {&unlock, &process, &run, &help, NULL};

static struct cli cli;
static struct error err;

static int start(void **state)
{
	(void)state;
	cli = (struct cli){.commands = table, .command = &unlock};
	cli.options.tables[0] = options_global;
	error_set(&err, ERROR_LOCKED, "the vault is locked");
	(void)setenv("HOME", "/home/dev", 1);
	return unsetenv("CREDVAULT_FILE");
}

/* As if --vault had named it. */
static void vault_named(const char *path)
{
	cli.options.given[0].option = &options_global[0];
	cli.options.given[0].value = path;
	cli.options.count = 1;
}

static void expect_text(const char *wanted)
{
	struct buf out = BUF_INIT(16384);

	assert_true(say_error_text(&cli, &err, &out));
	assert_string_equal(buf_text(&out), wanted);
	buf_clear(&out);
}

static void expect_hint(const char *text, const char *wanted)
{
	struct buf out = BUF_INIT(16384);
	struct error why;

	assert_true(hint_append(&cli, text, &out, &why));
	assert_string_equal(buf_text(&out), wanted);
	buf_clear(&out);
}

/* What f() writes on stderr. */
static const char *printed(void (*f)(void))
{
	static char text[4096];
	int stderr_kept = dup(STDERR_FILENO), file = memfd_create("stderr", MFD_CLOEXEC);
	ssize_t n;

	assert_true(stderr_kept >= 0 && file >= 0);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	f();
	assert_true(dup2(stderr_kept, STDERR_FILENO) >= 0);
	n = pread(file, text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	(void)close(file);
	(void)close(stderr_kept);
	return text;
}

static void error_printed(void)
{
	say_error(&cli, &err);
}

static void note_printed(void)
{
	say_note(&cli, "run: credvault %s", "unlock");
}

static void detail_printed(void)
{
	say_detail(&cli, "%d s", 3);
}

static void an_error_says_what_happened_and_with_which_status(void **state)
{
	(void)state;
	expect_text("credvault: the vault is locked (exit 4)\n");
	error_profile(&err, "prod");
	expect_text("credvault: prod: the vault is locked (exit 4)\n");
}

static void state_and_command_stand_below_the_error(void **state)
{
	(void)state;
	error_detail(&err, "Locked since 22:41.");
	error_detail(&err, "It slept.");
	error_hint(&err, "credvault unlock");
	expect_text("credvault: the vault is locked (exit 4)\n"
		    "  Locked since 22:41.\n  It slept.\n  credvault unlock\n");
}

static void a_command_that_the_state_names_is_not_said_twice(void **state)
{
	(void)state;
	error_detail(&err, "Unlock it: credvault unlock");
	error_hint(&err, "credvault unlock");
	expect_text("credvault: the vault is locked (exit 4)\n  Unlock it: credvault unlock\n");
}

static void a_program_is_told_in_one_line(void **state)
{
	(void)state;
	cli.command = &process;
	error_profile(&err, "prod");
	error_detail(&err, "Locked since 22:41.");
	expect_text("credvault: prod: the vault is locked (exit 4)\n");
	error_hint(&err, "credvault unlock");
	expect_text("credvault: prod: the vault is locked (exit 4); run: credvault unlock\n");
}

static void the_status_is_that_of_the_command(void **state)
{
	(void)state;
	cli.command = &run;
	expect_text("credvault: the vault is locked (exit 125)\n");
	error_set(&err, ERROR_INTERRUPTED, "stopped");
	expect_text("credvault: stopped (exit 130)\n");
	cli.command = NULL;
	error_set(&err, ERROR_USAGE, "no such command");
	expect_text("credvault: no such command (exit 2)\n");
}

static void no_text_reaches_the_terminal_unescaped(void **state)
{
	struct buf out = BUF_INIT(16384);

	(void)state;
	error_set(&err, ERROR_FAILED, "a\x1b[2Jb");
	error_detail(&err, "c\x1b[31m");
	error_hint(&err, "credvault unlock \x07");
	assert_true(say_error_text(&cli, &err, &out));
	assert_null(memchr(out.data, '\x1b', out.len));
	assert_null(memchr(out.data, '\x07', out.len));
	buf_clear(&out);
}

static void with_json_the_error_is_an_object_with_the_status_of_the_command(void **state)
{
	json_t *object, *error;
	const char *text;

	(void)state;
	cli.json = true;
	cli.command = &run;
	vault_named("/srv/team.db");
	error_profile(&err, "prod");
	error_hint(&err, "credvault unlock");
	text = printed(error_printed);
	assert_true(json_parse(text, strlen(text), 4096, &object, &err));
	error = json_object_get(object, "error");
	assert_string_equal(json_text_of(error, "code"), "LOCKED");
	assert_string_equal(json_text_of(error, "message"), "the vault is locked");
	assert_string_equal(json_text_of(error, "profile"), "prod");
	assert_string_equal(json_text_of(error, "hint"), "credvault unlock --vault /srv/team.db");
	assert_true(json_is_null(json_object_get(error, "detail")));
	assert_int_equal(json_integer_value(json_object_get(error, "status")), 125);
	assert_int_equal(strchr(text, '\n') - text, strlen(text) - 1);
	json_decref(object);
}

static void without_json_the_error_is_for_people(void **state)
{
	(void)state;
	assert_string_equal(printed(error_printed), "credvault: the vault is locked (exit 4)\n");
}

static void notes_are_silenced_by_quiet_and_by_json(void **state)
{
	(void)state;
	assert_string_equal(printed(note_printed), "run: credvault unlock\n");
	cli.quiet = true;
	assert_string_equal(printed(note_printed), "");
	cli.quiet = false;
	cli.json = true;
	assert_string_equal(printed(note_printed), "");
}

static void details_are_shown_by_verbose_alone(void **state)
{
	(void)state;
	assert_string_equal(printed(detail_printed), "");
	cli.verbose = true;
	assert_string_equal(printed(detail_printed), "3 s\n");
}

static void commands_to_type_name_the_vault_that_was_named(void **state)
{
	(void)state;
	expect_hint("credvault unlock prod", "credvault unlock prod");
	vault_named("/srv/team.db");
	expect_hint("credvault unlock prod", "credvault unlock --vault /srv/team.db prod");
	expect_hint("Run credvault unlock, then credvault exec prod -- sh.",
		    "Run credvault unlock --vault /srv/team.db, then "
		    "credvault exec --vault /srv/team.db prod -- sh.");
	expect_hint("credvault credential-process x",
		    "credvault credential-process --vault /srv/team.db x");
}

static void what_opens_no_vault_or_is_no_command_stays_as_it_is(void **state)
{
	static const char *const texts[] = {
	    "credvault help unlock", "credvault --version", "credvault unlocked",
	    "a credvault ",	     "credvault",	    ""};

	(void)state;
	vault_named("/srv/team.db");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_hint(texts[i], texts[i]);
}

static void a_vault_that_a_variable_names_is_not_repeated(void **state)
{
	(void)state;
	(void)setenv("CREDVAULT_FILE", "/srv/team.db", 1);
	expect_hint("credvault unlock", "credvault unlock");
}

static void a_path_is_one_word_for_the_shell(void **state)
{
	static const struct {
		const char *path, *wanted;
	} paths[] = {
	    {"/home/dev/v.db", "credvault unlock --vault ~/v.db"},
	    {"/srv/my vault.db", "credvault unlock --vault '/srv/my vault.db'"},
	    {"/srv/it's.db", "credvault unlock --vault '/srv/it'\\''s.db'"},
	    {"/srv/$(reboot).db", "credvault unlock --vault '/srv/$(reboot).db'"},
	    /* A quoted ~ is not the home directory. */
	    {"/home/dev/a b.db", "credvault unlock --vault '/home/dev/a b.db'"},
	    {"/srv/~/v.db", "credvault unlock --vault '/srv/~/v.db'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		vault_named(paths[i].path);
		expect_hint("credvault unlock", paths[i].wanted);
	}
}

static void the_resolved_path_stands_for_the_one_that_was_given(void **state)
{
	(void)state;
	vault_named("team.db");
	expect_hint("credvault unlock", "credvault unlock --vault team.db");
	memcpy(cli.vault, "/srv/team.db", sizeof("/srv/team.db"));
	expect_hint("credvault unlock", "credvault unlock --vault /srv/team.db");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(an_error_says_what_happened_and_with_which_status, start),
	    cmocka_unit_test_setup(state_and_command_stand_below_the_error, start),
	    cmocka_unit_test_setup(a_command_that_the_state_names_is_not_said_twice, start),
	    cmocka_unit_test_setup(a_program_is_told_in_one_line, start),
	    cmocka_unit_test_setup(the_status_is_that_of_the_command, start),
	    cmocka_unit_test_setup(no_text_reaches_the_terminal_unescaped, start),
	    cmocka_unit_test_setup(with_json_the_error_is_an_object_with_the_status_of_the_command,
				   start),
	    cmocka_unit_test_setup(without_json_the_error_is_for_people, start),
	    cmocka_unit_test_setup(notes_are_silenced_by_quiet_and_by_json, start),
	    cmocka_unit_test_setup(details_are_shown_by_verbose_alone, start),
	    cmocka_unit_test_setup(commands_to_type_name_the_vault_that_was_named, start),
	    cmocka_unit_test_setup(what_opens_no_vault_or_is_no_command_stays_as_it_is, start),
	    cmocka_unit_test_setup(a_vault_that_a_variable_names_is_not_repeated, start),
	    cmocka_unit_test_setup(a_path_is_one_word_for_the_shell, start),
	    cmocka_unit_test_setup(the_resolved_path_stands_for_the_one_that_was_given, start),
	};

	json_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
