/* SPDX-License-Identifier: MIT */
#include "vault/format/credlines.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "vault/base/process.h"

static const int64_t expiry = 1795165331;

static void make(struct credentials *c, const char *secret, bool session)
{
	struct error err = ERROR_INIT;

	credentials_init(c);
	(void)snprintf(c->access_key_id, sizeof(c->access_key_id), "%s", "ASIAIOSFODNN7EXAMPLE");
	assert_true(secret_set(&c->secret_access_key, secret, strlen(secret), &err));
	if (!session)
		return;
	assert_true(buf_text_append(&c->session_token, "tok/en==", &err));
	c->expires_at = expiry;
	(void)snprintf(c->region, sizeof(c->region), "%s", "eu-central-1");
	(void)snprintf(c->account_id, sizeof(c->account_id), "%s", "123456789012");
}

/* What a shell makes of the lines: the value of a variable after eval. */
static void evaluate(char *shell, char *script, const struct buf *lines, char *out, size_t size)
{
	char dash_c[] = "-c", set[4096], home[] = "HOME=/dev/null";
	char utf8[] = "LC_ALL=C.UTF-8";
	char *const argv[] = {shell, dash_c, script, NULL}, *const envp[] = {set, home, utf8, NULL};
	struct process_fd end = {.to = 1};
	struct error err = ERROR_INIT;
	int ends[2], status = -1;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	(void)snprintf(set, sizeof(set), "LINES_=%s", buf_text(lines));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	end.from = ends[1];
	assert_true(process_spawn(
	    &(struct process_child){
		.path = shell, .argv = argv, .envp = envp, .fds = &end, .fds_count = 1},
	    &pid, &err));
	(void)close(ends[1]);
	while ((n = read(ends[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static const char *const nasty[] = {
    "it's $HOME `id` \\ \"x\"",
    "'",
    "''",
    "''\n#'",
    "\\",
    "\\'",
    "\\\\'\\",
    "a'; exit 7; 'b",
    "a\"; exit 7; \"b",
    "$(exit 7)${HOME}$HOME",
    "`exit 7`",
    "!history ~ * ? [a] {b,c} #d",
    "%PATH% %%a !PATH! ^& | < > ( ) ^",
    "-n",
    "=ls",
    " leading and trailing ",
    "two\nlines\n\n\ttab\r",
    "\xc3\xbc \xe2\x80\x99 \xe2\x80\x98\xe2\x80\x9b",
};

enum { NASTY = sizeof(nasty) / sizeof(nasty[0]), GOT_BYTES = 512 };

/* Every shell that is here reads every value back. */
static void read_back(enum credlines_form form, const char *const shells[], char *script)
{
	size_t there = 0;

	for (size_t s = 0; shells[s]; s++) {
		char path[64], got[GOT_BYTES];

		(void)snprintf(path, sizeof(path), "%s", shells[s]);
		if (access(path, X_OK) != 0)
			continue;
		there++;
		for (size_t i = 0; i < NASTY; i++) {
			struct buf out = BUF_INIT(CREDLINES_LIMIT);
			struct error err = ERROR_INIT;
			struct credentials c;

			make(&c, nasty[i], true);
			assert_true(credlines_variables(&c, form, nasty[i], &out, &err));
			evaluate(path, script, &out, got, sizeof(got));
			assert_int_equal(strlen(got), strlen(nasty[i]) + 2);
			assert_memory_equal(got + 1, nasty[i], strlen(nasty[i]));
			buf_clear(&out);
			credentials_clear(&c);
		}
	}
	if (!there)
		skip();
}

static const char *const posix[] = {"/bin/sh",	    "/usr/bin/dash", "/bin/bash",
				    "/usr/bin/zsh", "/usr/bin/ksh",  NULL};

static void env_lines_survive_eval_whatever_is_in_them(void **state)
{
	char script[] = "eval \"$LINES_\"; printf '[%s]' \"$AWS_SECRET_ACCESS_KEY\"";

	(void)state;
	read_back(CREDLINES_ENV, posix, script);
	read_back(CREDLINES_ENV_NO_EXPORT, posix, script);
}

static void what_env_exports_reaches_a_child_and_the_other_form_does_not(void **state)
{
	char script[] = "eval \"$LINES_\"; sh -c 'printf \"[%s]\" \"$CREDVAULT_PROFILE\"'";
	struct buf out = BUF_INIT(CREDLINES_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;
	char got[GOT_BYTES], shell[] = "/bin/sh";

	(void)state;
	read_back(CREDLINES_ENV, posix, script);
	make(&c, "secret", true);
	assert_true(credlines_variables(&c, CREDLINES_ENV_NO_EXPORT, "x", &out, &err));
	evaluate(shell, script, &out, got, sizeof(got));
	assert_string_equal(got, "[]");
	buf_clear(&out);
	credentials_clear(&c);
}

static void zsh_reads_them_with_its_own_way_of_quoting_too(void **state)
{
	const char *const zsh[] = {"/usr/bin/zsh", NULL};
	char script[] = "setopt rc_quotes; eval \"$LINES_\"; "
			"printf '[%s]' \"$AWS_SECRET_ACCESS_KEY\"";

	(void)state;
	read_back(CREDLINES_ENV, zsh, script);
}

static void fish_lines_survive_eval_whatever_is_in_them(void **state)
{
	const char *const fish[] = {"/usr/bin/fish", NULL};
	char script[] = "eval $LINES_; sh -c 'printf \"[%s]\" \"$AWS_SECRET_ACCESS_KEY\"'";
	char piped[] = "printf %s $LINES_ | source; printf '[%s]' $CREDVAULT_PROFILE";

	(void)state;
	read_back(CREDLINES_FISH, fish, script);
	read_back(CREDLINES_FISH, fish, piped);
}

/* By PowerShell's rule for verbatim strings: any single quote ends one, two are one. */
static bool powershell_reads(const char *line, const char *value)
{
	const char *at = strchr(line, '=');
	char got[GOT_BYTES];
	size_t len = 0;

	if (!at || at[1] != '\'')
		return false;
	for (at += 2; *at; at++) {
		bool curly = memcmp(at, "\xe2\x80", 2) == 0 && (unsigned char)at[2] >= 0x98 &&
			     (unsigned char)at[2] <= 0x9b;

		if (*at == '\'' || curly) {
			at += curly ? 3 : 1;
			if (*at == '\n')
				break;
			curly = memcmp(at, "\xe2\x80", 2) == 0;
			if (*at != '\'' && !curly)
				return false;
			if (curly) {
				memcpy(got + len, at, 2);
				len += 2;
				at += 2;
			}
		}
		got[len++] = *at;
	}
	got[len] = '\0';
	return strcmp(got, value) == 0;
}

static void powershell_lines_follow_its_rule_for_verbatim_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < NASTY; i++) {
		struct buf out = BUF_INIT(CREDLINES_LIMIT);
		struct error err = ERROR_INIT;
		struct credentials c;
		const char *line;

		make(&c, nasty[i], true);
		assert_true(credlines_variables(&c, CREDLINES_POWERSHELL, "prod", &out, &err));
		line = strstr(buf_text(&out), "$Env:AWS_SECRET_ACCESS_KEY=");
		assert_non_null(line);
		assert_true(powershell_reads(line, nasty[i]));
		assert_non_null(strstr(buf_text(&out), "\n$Env:CREDVAULT_PROFILE='prod'\n"));
		buf_clear(&out);
		credentials_clear(&c);
	}
}

static void cmd_gets_what_it_leaves_alone_and_nothing_else(void **state)
{
	static const char *const good[] = {"a^&|<>()b'c$d`e;f,g=h~i*j?k", "/+=", " "};
	static const char *const bad[] = {"a\"b", "%PATH%", "a!b", "a\nb", "a\rb", "\x1a"};
	struct buf out = BUF_INIT(CREDLINES_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;
	char line[GOT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		make(&c, good[i], true);
		assert_true(credlines_variables(&c, CREDLINES_WINDOWS_CMD, NULL, &out, &err));
		(void)snprintf(line, sizeof(line), "\nset \"AWS_SECRET_ACCESS_KEY=%s\"\n", good[i]);
		assert_non_null(strstr(buf_text(&out), line));
		buf_reset(&out);
		credentials_clear(&c);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make(&c, bad[i], true);
		assert_false(credlines_variables(&c, CREDLINES_WINDOWS_CMD, NULL, &out, &err));
		assert_non_null(strstr(err.message, "AWS_SECRET_ACCESS_KEY"));
		assert_null(strstr(err.message, bad[i]));
		assert_int_equal(out.len, 0);
		credentials_clear(&c);
	}
	buf_clear(&out);
}

static void dotenv_has_quotes_only_where_a_loader_would_read_more(void **state)
{
	static const char *const rows[][2] = {
	    {"wJalrXUtnFEMI/K7MDENG+=", "wJalrXUtnFEMI/K7MDENG+="},
	    {"a%b!c^d&e(f)", "a%b!c^d&e(f)"},
	    {"a#b", "'a#b'"},
	    {"a b", "'a b'"},
	    {"$HOME\\", "'$HOME\\'"},
	    {"a\"b`c", "'a\"b`c'"},
	    {"it's", "\"it's\""},
	    {"it's$", NULL},
	    {"a\nb", NULL},
	};
	struct buf out = BUF_INIT(CREDLINES_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;
	char line[GOT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(&c, rows[i][0], true);
		assert_int_equal(credlines_variables(&c, CREDLINES_DOTENV, NULL, &out, &err),
				 rows[i][1] != NULL);
		if (rows[i][1]) {
			(void)snprintf(line, sizeof(line), "\nAWS_SECRET_ACCESS_KEY=%s\n",
				       rows[i][1]);
			assert_non_null(strstr(buf_text(&out), line));
		}
		buf_reset(&out);
		credentials_clear(&c);
	}
	buf_clear(&out);
}

static void env_has_the_variables_that_exec_sets(void **state)
{
	struct buf out = BUF_INIT(CREDLINES_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "secret", true);
	assert_true(credlines_variables(&c, CREDLINES_ENV, "prod", &out, &err));
	assert_string_equal(buf_text(&out),
			    "export AWS_ACCESS_KEY_ID='ASIAIOSFODNN7EXAMPLE'\n"
			    "export AWS_SECRET_ACCESS_KEY='secret'\n"
			    "export AWS_SESSION_TOKEN='tok/en=='\n"
			    "export AWS_CREDENTIAL_EXPIRATION='2026-11-20T09:02:11Z'\n"
			    "export AWS_REGION='eu-central-1'\n"
			    "export AWS_DEFAULT_REGION='eu-central-1'\n"
			    "export AWS_ACCOUNT_ID='123456789012'\n"
			    "export CREDVAULT_PROFILE='prod'\n");
	buf_clear(&out);
	credentials_clear(&c);
}

static void what_has_no_value_has_no_line(void **state)
{
	struct buf out = BUF_INIT(CREDLINES_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "secret", false);
	assert_true(credlines_variables(&c, CREDLINES_FISH, NULL, &out, &err));
	assert_string_equal(buf_text(&out), "set -gx AWS_ACCESS_KEY_ID 'ASIAIOSFODNN7EXAMPLE'\n"
					    "set -gx AWS_SECRET_ACCESS_KEY 'secret'\n");
	buf_reset(&out);
	assert_true(credlines_section(&c, "prod", &out, &err));
	assert_string_equal(buf_text(&out), "[prod]\naws_access_key_id=ASIAIOSFODNN7EXAMPLE\n"
					    "aws_secret_access_key=secret\n");
	buf_clear(&out);
	credentials_clear(&c);
}

static void a_section_has_a_name_and_values_that_sdks_read_alike(void **state)
{
	static const char *const odd[] = {"profile x", "sso-session x", "services x", "__proto__",
					  "a]b",       "a\nb",		"",	      "a#b"};
	struct buf out = BUF_INIT(CREDLINES_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "#;=\"'$", true);
	assert_true(credlines_section(&c, "a b", &out, &err));
	assert_string_equal(buf_text(&out),
			    "[a b]\naws_access_key_id=ASIAIOSFODNN7EXAMPLE\n"
			    "aws_secret_access_key=#;=\"'$\naws_session_token=tok/en==\n"
			    "region=eu-central-1\naws_account_id=123456789012\n");
	buf_reset(&out);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		assert_false(credlines_section(&c, odd[i], &out, &err));
	credentials_clear(&c);
	make(&c, "a b", true);
	assert_false(credlines_section(&c, "prod", &out, &err));
	credentials_clear(&c);
	make(&c, "a\n[other]", true);
	assert_false(credlines_section(&c, "prod", &out, &err));
	assert_int_equal(out.len, 0);
	buf_clear(&out);
	credentials_clear(&c);
}

static void a_failure_leaves_nothing_half_written(void **state)
{
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	make(&c, "wJalrXUtnFEMI/K7MDENG", true);
	for (size_t limit = 4; limit < 300; limit++) {
		struct buf out = BUF_INIT(limit);

		assert_true(buf_append(&out, "kept", 4, &err));
		if (!credlines_variables(&c, CREDLINES_ENV, "prod", &out, &err))
			assert_string_equal(buf_text(&out), "kept");
		buf_clear(&out);
		out.limit = limit;
		assert_true(buf_append(&out, "kept", 4, &err));
		if (!credlines_section(&c, "prod", &out, &err))
			assert_string_equal(buf_text(&out), "kept");
		buf_clear(&out);
	}
	credentials_clear(&c);
}

static void what_would_be_cut_is_refused(void **state)
{
	struct buf out = BUF_INIT(CREDLINES_LIMIT);
	struct error err = ERROR_INIT;
	struct credentials c;

	(void)state;
	credentials_init(&c);
	assert_false(credlines_variables(&c, CREDLINES_ENV, NULL, &out, &err));
	assert_false(credlines_section(&c, "prod", &out, &err));
	make(&c, "secret", false);
	c.secret_access_key.data[3] = '\0';
	for (int form = CREDLINES_ENV; form <= CREDLINES_DOTENV; form++)
		assert_false(credlines_variables(&c, (enum credlines_form)form, NULL, &out, &err));
	assert_int_equal(out.len, 0);
	assert_null(strstr(err.message, "sec"));
	buf_clear(&out);
	credentials_clear(&c);
}

static int open_all(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	return secret_open(true, &err) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(env_lines_survive_eval_whatever_is_in_them),
	    cmocka_unit_test(what_env_exports_reaches_a_child_and_the_other_form_does_not),
	    cmocka_unit_test(zsh_reads_them_with_its_own_way_of_quoting_too),
	    cmocka_unit_test(fish_lines_survive_eval_whatever_is_in_them),
	    cmocka_unit_test(powershell_lines_follow_its_rule_for_verbatim_strings),
	    cmocka_unit_test(cmd_gets_what_it_leaves_alone_and_nothing_else),
	    cmocka_unit_test(dotenv_has_quotes_only_where_a_loader_would_read_more),
	    cmocka_unit_test(env_has_the_variables_that_exec_sets),
	    cmocka_unit_test(what_has_no_value_has_no_line),
	    cmocka_unit_test(a_section_has_a_name_and_values_that_sdks_read_alike),
	    cmocka_unit_test(a_failure_leaves_nothing_half_written),
	    cmocka_unit_test(what_would_be_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, open_all, NULL);
}
