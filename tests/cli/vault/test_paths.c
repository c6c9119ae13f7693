/* SPDX-License-Identifier: MIT */
#include "cli/vault/paths.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char base[64]; /* a directory of the test's own, with home, run and data in it */
static struct cli cli;
static struct error err;

/* The path of that name below the base; static text, four at a time. */
static const char *in(const char *name)
{
	static char paths[4][PATH_MAX];
	static size_t next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, PATH_MAX, "%s/%s", base, name);
	return path;
}

static void set(const char *variable, const char *value)
{
	if (value)
		assert_int_equal(setenv(variable, value, 1), 0);
	else
		assert_int_equal(unsetenv(variable), 0);
}

static void make(const char *name, mode_t mode)
{
	assert_int_equal(mkdir(in(name), mode), 0);
	assert_int_equal(chmod(in(name), mode), 0);
}

static int start(void **state)
{
	static const char *const variables[] = {"XDG_DATA_HOME",    "XDG_STATE_HOME",
						"CREDVAULT_FILE",   "AWS_CONFIG_FILE",
						"CREDVAULT_SOCKET", "AWS_SHARED_CREDENTIALS_FILE"};

	(void)state;
	(void)snprintf(base, sizeof(base), "/tmp/test-paths-XXXXXX");
	assert_non_null(mkdtemp(base));
	make("home", 0700);
	make("run", 0700);
	make("data", 0700);
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		set(variables[i], NULL);
	set("HOME", in("home"));
	set("XDG_RUNTIME_DIR", in("run"));
	cli = (struct cli){.json = false};
	cli.options.tables[0] = options_global;
	err = ERROR_INIT;
	return 0;
}

static int removed(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static int stop(void **state)
{
	(void)state;
	return nftw(base, removed, 8, FTW_DEPTH | FTW_PHYS);
}

static void vault_named(const char *path)
{
	cli.options.given[0].option = &options_global[0];
	cli.options.given[0].value = path;
	cli.options.count = 1;
}

static bool is_private(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0700;
}

static void a_vault_lies_in_the_home_unless_told_otherwise(void **state)
{
	(void)state;
	assert_true(paths_make(&cli, &err));
	assert_string_equal(cli.vault, in("home/.local/share/credvault/vault.db"));
	assert_string_equal(cli.witness, in("home/.local/state/credvault"));
	assert_true(is_private(in("home/.local/share/credvault")));
	set("XDG_DATA_HOME", in("data"));
	set("XDG_STATE_HOME", in("state"));
	assert_true(paths_make(&cli, &err));
	assert_string_equal(cli.vault, in("data/credvault/vault.db"));
	assert_string_equal(cli.witness, in("state/credvault"));
	set("CREDVAULT_FILE", in("data/by-variable.db"));
	assert_true(paths_find(&cli, &err));
	assert_string_equal(cli.vault, in("data/by-variable.db"));
	vault_named(in("data/by-option.db"));
	assert_true(paths_find(&cli, &err));
	assert_string_equal(cli.vault, in("data/by-option.db"));
}

static void a_relative_directory_of_the_environment_does_not_count(void **state)
{
	(void)state;
	set("XDG_DATA_HOME", "data");
	set("XDG_STATE_HOME", "");
	set("XDG_RUNTIME_DIR", "run");
	assert_true(paths_make(&cli, &err));
	assert_string_equal(cli.vault, in("home/.local/share/credvault/vault.db"));
	assert_string_equal(cli.witness, in("home/.local/state/credvault"));
	assert_int_equal(cli.socket[0], '/');
}

static void a_vault_without_its_directory_is_not_found(void **state)
{
	(void)state;
	assert_false(paths_find(&cli, &err));
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_string_equal(err.message, "there is no vault at ~/.local/share/credvault/vault.db");
	assert_string_equal(err.hint, "credvault init");
	/* Looking has made nothing. */
	assert_int_equal(access(in("home/.local"), F_OK), -1);
}

static void what_is_there_under_the_name_is_a_vault_to_look_at(void **state)
{
	(void)state;
	vault_named(in("data/v.db"));
	assert_true(paths_find(&cli, &err));
	assert_false(paths_check_vault(&cli, &err));
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	/* A link that leads nowhere is something too: opening refuses it, not init. */
	assert_int_equal(symlink("nowhere", in("data/v.db")), 0);
	assert_true(paths_check_vault(&cli, &err));
}

static void two_ways_to_a_vault_lead_to_one_agent(void **state)
{
	char socket[PATH_MAX];

	(void)state;
	assert_int_equal(symlink("data", in("link")), 0);
	vault_named(in("data/v.db"));
	assert_true(paths_find(&cli, &err));
	memcpy(socket, cli.socket, sizeof(socket));
	vault_named(in("link/../link/./v.db"));
	assert_true(paths_find(&cli, &err));
	assert_string_equal(cli.socket, socket);
	vault_named(in("data/w.db"));
	assert_true(paths_find(&cli, &err));
	assert_string_not_equal(cli.socket, socket);
}

static void socket_and_state_lie_together_in_a_directory_of_ours(void **state)
{
	size_t stem;

	(void)state;
	vault_named(in("data/v.db"));
	assert_true(paths_find(&cli, &err));
	assert_true(is_private(in("run/credvault")));
	stem = strlen(in("run/credvault/0123456789abcdef"));
	assert_int_equal(strncmp(cli.socket, in("run/credvault/"), strlen(in("run/credvault/"))),
			 0);
	assert_string_equal(cli.socket + stem, ".sock");
	assert_string_equal(cli.state + stem, ".state");
	assert_memory_equal(cli.state, cli.socket, stem);
}

static void the_lock_lies_beside_the_vault_whatever_the_runtime_directory(void **state)
{
	char lock[PATH_MAX + 8];

	(void)state;
	vault_named(in("data/v.db"));
	assert_true(paths_find(&cli, &err));
	(void)snprintf(lock, sizeof(lock), "%s.lock", cli.vault);
	assert_string_equal(cli.lock, lock);
	set("CREDVAULT_SOCKET", "/x/agent.sock");
	assert_true(paths_find(&cli, &err));
	assert_string_equal(cli.lock, lock);
}

static void a_runtime_directory_that_others_can_enter_is_not_used(void **state)
{
	(void)state;
	make("run/credvault", 0755);
	vault_named(in("data/v.db"));
	if (paths_find(&cli, &err))
		assert_null(strstr(cli.socket, in("run")));
	else
		assert_int_equal(err.code, ERROR_UNSAFE_FILE);
}

static void a_socket_may_be_named_and_then_names_its_neighbours(void **state)
{
	(void)state;
	vault_named(in("data/v.db"));
	set("CREDVAULT_SOCKET", "/x/agent.sock");
	assert_true(paths_find(&cli, &err));
	assert_string_equal(cli.socket, "/x/agent.sock");
	assert_string_equal(cli.state, "/x/agent.state");
	set("CREDVAULT_SOCKET", "/x/agent");
	assert_true(paths_find(&cli, &err));
	assert_string_equal(cli.state, "/x/agent.state");
	set("CREDVAULT_SOCKET", "");
	assert_true(paths_find(&cli, &err));
	assert_non_null(strstr(cli.socket, "run/credvault/"));
}

static void a_named_socket_is_absolute_and_fits(void **state)
{
	static char path[PATH_MAX + 8];

	(void)state;
	vault_named(in("data/v.db"));
	set("CREDVAULT_SOCKET", "agent.sock");
	assert_false(paths_find(&cli, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	memset(path, '/', sizeof(path) - 1);
	set("CREDVAULT_SOCKET", path);
	assert_false(paths_find(&cli, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	/* One that leaves no room for its neighbours' names. */
	path[PATH_MAX - 1] = '\0';
	set("CREDVAULT_SOCKET", path);
	assert_false(paths_find(&cli, &err));
	assert_int_equal(err.code, ERROR_USAGE);
}

static void a_path_too_long_is_a_usage_error(void **state)
{
	static char path[2 * PATH_MAX];

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	vault_named(path);
	assert_false(paths_find(&cli, &err));
	assert_int_equal(err.code, ERROR_USAGE);
	cli.options.count = 0;
	set("XDG_DATA_HOME", path);
	assert_false(paths_find(&cli, &err));
	assert_string_equal(err.message, "$XDG_DATA_HOME is too long");
	set("XDG_DATA_HOME", NULL);
	set("HOME", path);
	assert_false(paths_find(&cli, &err));
	assert_string_equal(err.message, "$HOME is too long");
}

static void without_a_home_in_the_environment_the_account_has_one(void **state)
{
	(void)state;
	set("HOME", "not/absolute");
	assert_true(!paths_home() || paths_home()[0] == '/');
	set("HOME", NULL);
	assert_true(!paths_home() || paths_home()[0] == '/');
	set("HOME", "/h");
	assert_string_equal(paths_home(), "/h");
}

static void the_files_of_aws_may_be_elsewhere(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_true(paths_aws_config(path, &err));
	assert_string_equal(path, in("home/.aws/config"));
	assert_true(paths_aws_credentials(path, &err));
	assert_string_equal(path, in("home/.aws/credentials"));
	/* As the SDKs: what is named may be relative, and an empty name is none. */
	set("AWS_CONFIG_FILE", "team/config");
	set("AWS_SHARED_CREDENTIALS_FILE", "");
	assert_true(paths_aws_config(path, &err));
	assert_string_equal(path, "team/config");
	assert_true(paths_aws_credentials(path, &err));
	assert_string_equal(path, in("home/.aws/credentials"));
}

#define PATHS_TEST(test_) cmocka_unit_test_setup_teardown(test_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PATHS_TEST(a_vault_lies_in_the_home_unless_told_otherwise),
	    PATHS_TEST(a_relative_directory_of_the_environment_does_not_count),
	    PATHS_TEST(a_vault_without_its_directory_is_not_found),
	    PATHS_TEST(what_is_there_under_the_name_is_a_vault_to_look_at),
	    PATHS_TEST(two_ways_to_a_vault_lead_to_one_agent),
	    PATHS_TEST(socket_and_state_lie_together_in_a_directory_of_ours),
	    PATHS_TEST(the_lock_lies_beside_the_vault_whatever_the_runtime_directory),
	    PATHS_TEST(a_runtime_directory_that_others_can_enter_is_not_used),
	    PATHS_TEST(a_socket_may_be_named_and_then_names_its_neighbours),
	    PATHS_TEST(a_named_socket_is_absolute_and_fits),
	    PATHS_TEST(a_path_too_long_is_a_usage_error),
	    PATHS_TEST(without_a_home_in_the_environment_the_account_has_one),
	    PATHS_TEST(the_files_of_aws_may_be_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
