/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_SUPPORT_CONFINED_H
#define CV_TESTS_SUPPORT_CONFINED_H

#include "vault/base/error.h"

#include "tests/support/skip.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/**
 * Acts tried in a process that has put the real filter and the real Landlock upon itself.
 */

/** What confined() says of an act that was killed for its system call. */
enum { CONFINED_KILLED = 1000 };

/** What act() answers (0 to 255, but 111) behind enter(); CONFINED_KILLED where it is killed. */
static inline int confined(bool (*enter)(struct error *err), int (*act)(void))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct error err = ERROR_INIT;

		if (!enter(&err)) {
			print_error("%s\n", err.message);
			_exit(111);
		}
		_exit(act());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return CONFINED_KILLED;
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 111);
	return WEXITSTATUS(status);
}

static inline void confined_needs_the_filter(void)
{
#ifdef CV_RELAXED_SANDBOX
	skip_because("this build has no filter: the sanitizers' own calls would be killed");
#endif
	if (getenv("CREDVAULT_UNDER_VALGRIND"))
		skip_because("the filter would kill valgrind for calls of its own");
}

#endif
