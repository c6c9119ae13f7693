/* SPDX-License-Identifier: MIT */
#include "cli/ui/tty.h"

#include "vault/base/clock.h"

#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

enum { LIMIT_S = 1, PATIENCE_S = 60, SEEN_BYTES = 4096 };
/* What the process at the terminal says of its question by its exit status. */
enum { ANSWERED = 10, OVER = 11, ECHOES = 20 };

static bool over_never(void *ctx)
{
	(void)ctx;
	return false;
}

static bool over_soon(void *ctx)
{
	int *looks = ctx;

	return ++*looks > 2;
}

/* Asks on the terminal; the exit status is the error's code, or one of those above. */
static _Noreturn void person_is_asked(struct tty_watch *watch)
{
	const struct tty_question question = {.prompt = "What? ", .hidden = true, .watch = watch};
	struct error err = ERROR_INIT;
	struct termios now;
	char line[64];
	size_t len = 0;

	(void)alarm(PATIENCE_S);
	if (tty_ask(&question, line, sizeof(line), &len, &err))
		_exit(ANSWERED);
	if (tcgetattr(STDIN_FILENO, &now) != 0 || !(now.c_lflag & ECHO))
		_exit(ECHOES);
	_exit(watch->was_over ? OVER : (int)err.code);
}

/* Who sits at the terminal types `typed` at the prompt. The status of the one that asks. */
static int ask(struct tty_watch *watch, const char *typed, int64_t *took_ms)
{
	int64_t began = clock_boot_ms(&clock_system);
	char seen[SEEN_BYTES] = "";
	int master, status;
	size_t len = 0;
	ssize_t n;
	pid_t pid = forkpty(&master, NULL, NULL, NULL);

	assert_true(pid >= 0);
	if (pid == 0)
		person_is_asked(watch);
	/* EIO: the other end has left. */
	while (len + 1 < sizeof(seen) &&
	       (n = read(master, seen + len, sizeof(seen) - 1 - len)) > 0) {
		len += (size_t)n;
		seen[len] = '\0';
		if (typed && strstr(seen, "What? ")) {
			assert_int_equal(write(master, typed, strlen(typed)), strlen(typed));
			typed = NULL;
		}
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(master);
	*took_ms = clock_boot_ms(&clock_system) - began;
	assert_non_null(strstr(seen, "What? "));
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_prompt_ends_at_its_limit_and_the_echo_is_back(void **state)
{
	struct tty_watch watch = {.over = over_never, .limit_s = LIMIT_S};
	int64_t took_ms;

	(void)state;
	assert_int_equal(ask(&watch, NULL, &took_ms), ERROR_LOCKED);
	assert_in_range(took_ms, LIMIT_S * 1000, PATIENCE_S * 1000 - 1);
}

/* What somebody began to type and left does not hold the prompt open. */
static void half_a_line_does_not_hold_it_open(void **state)
{
	struct tty_watch watch = {.over = over_never, .limit_s = LIMIT_S};
	int64_t took_ms;

	(void)state;
	assert_int_equal(ask(&watch, "half", &took_ms), ERROR_LOCKED);
}

static void an_answer_before_the_limit_counts(void **state)
{
	struct tty_watch watch = {.over = over_never, .limit_s = PATIENCE_S};
	int64_t took_ms;

	(void)state;
	assert_int_equal(ask(&watch, "whole\n", &took_ms), ANSWERED);
}

static void it_ends_when_it_is_needed_no_more(void **state)
{
	int looks = 0;
	struct tty_watch watch = {.over = over_soon, .ctx = &looks, .limit_s = PATIENCE_S};
	int64_t took_ms;

	(void)state;
	assert_int_equal(ask(&watch, NULL, &took_ms), OVER);
	assert_in_range(took_ms, 0, PATIENCE_S * 1000 - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_prompt_ends_at_its_limit_and_the_echo_is_back),
	    cmocka_unit_test(half_a_line_does_not_hold_it_open),
	    cmocka_unit_test(an_answer_before_the_limit_counts),
	    cmocka_unit_test(it_ends_when_it_is_needed_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
