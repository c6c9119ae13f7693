/* SPDX-License-Identifier: MIT */
#include "vault/base/shell_word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const texts[] = {"/srv/dev/k",
				    "/srv/de v/k",
				    "it's",
				    "$(touch /tmp/x)`id`;&|<>*?[]{}!#~",
				    "-rf",
				    "",
				    "~/k",
				    "tab\there\nand a line",
				    "\x1b[2J it's \\ red",
				    "b\xc3\xbcro",
				    "not\xffutf-8",
				    "back\\slash",
				    "a=b%c"};

/* What a shell makes of the word: its only argument. */
static void read_back(const char *shell, const char *word, char *out, size_t size)
{
	int ends[2], status;
	char script[1024];
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	(void)snprintf(script, sizeof(script), "printf %%s %s", word);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)execl(shell, shell, "-c", script, (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	while (n + 1 < size && (got = read(ends[0], out + n, size - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_shell_reads_the_word_as_the_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char word[SHELL_WORD_BYTES], got[256];
		const char *want = texts[i];

		shell_word(want, word, sizeof(word));
		read_back("/bin/bash", word, got, sizeof(got));
		if (want[0] == '-') {
			assert_string_equal(got, "./-rf");
			continue;
		}
		assert_string_equal(got, want);
		if (word[0] != '$') {
			read_back("/bin/sh", word, got, sizeof(got));
			assert_string_equal(got, want);
		}
	}
}

static void a_word_controls_no_terminal_and_plain_paths_stay_plain(void **state)
{
	(void)state;
	assert_string_equal(SHELL_WORD("/srv/dev/k-1.x"), "/srv/dev/k-1.x");
	assert_string_equal(SHELL_WORD("/a b"), "'/a b'");
	assert_null(strchr(SHELL_WORD("\x1b[2J"), 0x1b));
}

static void what_does_not_fit_is_no_half_path(void **state)
{
	char text[SHELL_WORD_BYTES + 1];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(SHELL_WORD(text), "PATH");
	text[sizeof(text) - 2] = '\0';
	assert_string_equal(SHELL_WORD(text), text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_shell_reads_the_word_as_the_text),
	    cmocka_unit_test(a_word_controls_no_terminal_and_plain_paths_stay_plain),
	    cmocka_unit_test(what_does_not_fit_is_no_half_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
