/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_CHILD_H
#define CV_CLI_UI_CHILD_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * Runs a program that answers a question on its standard output (askpass, mfa_process, pinentry) or
 * takes one on its standard input (a hook). It gets no descriptor of ours but stderr, and an
 * environment that is built from an allow-list.
 */

enum {
	CHILD_ANSWER_MAX = 4096,  /**< bytes */
	CHILD_ASKPASS_S = 300,	  /**< for a person to answer */
	CHILD_MFA_PROCESS_S = 60, /**< for a person to touch a token */
	CHILD_ENVIRONMENT_MAX = 64
};

/**
 * Fills envp (NULL-terminated, borrowed from our own environment) with HOME, PATH, LANG, LC_*, TZ,
 * XDG_* and, for programs that talk to a person, the display's, the session bus's and the
 * terminal's variables.
 */
void child_environment(bool for_person, char *envp[static CHILD_ENVIRONMENT_MAX]);

/**
 * Runs argv[0], an absolute path, and gathers what it prints, one trailing newline dropped, into
 * *out. *status is its exit status, -1 when a signal ended it. FAILED when it cannot be run,
 * does not end in time (it is killed then) or prints more than CHILD_ANSWER_MAX bytes.
 */
MUST bool child_answer(char *const argv[], char *const envp[], int limit_s, struct buf *out,
		       int *status, struct error *err);

/** A program that runs, and the ends of the pipes to its stdin and stdout. */
struct child {
	int to;	  /**< its stdin, -1: none */
	int from; /**< its stdout */
	pid_t pid;
};

/** Starts one; with_input false gives it /dev/null to read. */
MUST bool child_start(const char *path, char *const argv[], char *const envp[], bool with_input,
		      struct child *out, struct error *err);

/**
 * Reads more of what the program prints, at least one byte; *end when it has closed its output or
 * ended. FAILED at the deadline (ms of clock_boot_ms()).
 */
MUST bool child_read(const struct child *child, long long deadline_ms, struct buf *out, bool *end,
		     struct error *err);

/**
 * Waits until the program ends: it may have closed its output earlier. FAILED where it still runs
 * at the deadline (ms of clock_boot_ms()).
 */
MUST bool child_wait(const struct child *child, long long deadline_ms, struct error *err);

/** Ends it (kills it if `kill_it`), reaps it and closes both descriptors; its exit status or -1. */
int child_end(struct child *child, bool kill_it);

#endif
