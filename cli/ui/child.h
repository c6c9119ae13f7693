/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_CHILD_H
#define CV_CLI_UI_CHILD_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * Programs that answer a question on their standard output. They get no descriptor of ours but
 * stderr, and an environment that is built from an allow-list.
 */

enum {
	CHILD_ANSWER_MAX = 4096,  /**< bytes */
	CHILD_ASKPASS_S = 300,	  /**< a person answers */
	CHILD_MFA_PROCESS_S = 60, /**< a token is touched */
	CHILD_ENVIRONMENT_MAX = 64
};

/**
 * Fills envp (NULL-terminated, borrowed from our own environment) with HOME, PATH, LANG, LC_*, TZ,
 * XDG_* and, for programs that talk to a person, the display's, the session bus's and the
 * terminal's variables.
 */
void child_environment(bool for_person, char *envp[static CHILD_ENVIRONMENT_MAX]);

/**
 * Runs the program at an absolute path and gathers what it prints, one trailing newline dropped,
 * into *out. *status is its exit status, -1 when a signal ended it. FAILED when it cannot be run,
 * does not end in time (it is killed then) or prints more than CHILD_ANSWER_MAX bytes.
 */
MUST bool child_answer(const char *path, char *const argv[], char *const envp[], int limit_s,
		       struct buf *out, int *status, struct error *err);

/** A program that is being talked to over its stdin and stdout. */
struct child {
	int to;	  /**< its stdin, -1: none */
	int from; /**< its stdout */
	pid_t pid;
};

/** Starts one; with_input false gives it /dev/null to read. */
MUST bool child_start(const char *path, char *const argv[], char *const envp[], bool with_input,
		      struct child *out, struct error *err);

/**
 * Reads more of what it prints, at least one byte; *end when it closed its output. Until deadline
 * (ms).
 */
MUST bool child_read(const struct child *child, long long deadline_ms, struct buf *out, bool *end,
		     struct error *err);

/**
 * Waits for its end, which the end of its output is not. FAILED where it is still there at the
 * deadline (ms).
 */
MUST bool child_wait(const struct child *child, long long deadline_ms, struct error *err);

/** Ends it (kills it if `kill_it`), reaps it and closes both descriptors; its exit status or -1. */
int child_end(struct child *child, bool kill_it);

#endif
