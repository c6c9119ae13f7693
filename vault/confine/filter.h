/* SPDX-License-Identifier: MIT */
#ifndef CV_CONFINE_FILTER_H
#define CV_CONFINE_FILTER_H

#include "vault/base/error.h"

#include <seccomp.h>
#include <stddef.h>

/**
 * A filter of system calls (seccomp), which a process puts upon itself, and upon all that it
 * starts, for good. Builds with sanitizers have none: their run time makes too many calls to list.
 */

/** A filter that is being made. A rule that fails is kept in mind until filter_load(). */
struct filter {
	scmp_filter_ctx ctx;
	uint32_t otherwise;
	int failed; /**< a negative errno */
};

/** Calls as filter_allow() takes them. */
#define FILTER_CALLS(calls_) calls_, sizeof(calls_) / sizeof((calls_)[0])

/** Arguments as filter_add() takes them: FILTER_ARGS(SCMP_A0(…), …). */
#define FILTER_ARGS(...)                            \
	(const struct scmp_arg_cmp[]){__VA_ARGS__}, \
	    sizeof((const struct scmp_arg_cmp[]){__VA_ARGS__}) / sizeof(struct scmp_arg_cmp)

/** Begins a filter; `otherwise` (SCMP_ACT_…) is what happens to a call that no rule names. */
void filter_begin(struct filter *filter, uint32_t otherwise);

/** Allows calls whatever their arguments are. */
void filter_allow(struct filter *filter, const int *calls, size_t count);

/** What happens to a call whose arguments are as said; the rules of one call are alternatives. */
void filter_add(struct filter *filter, uint32_t action, int call, const struct scmp_arg_cmp *args,
		size_t count);

/**
 * Allows what every program of ours does: memory that is not executable, threads but no processes,
 * time, signals to itself, its own limits (read alone), descriptors that are open (close(), too,
 * where may_close). fcntl is for flags and locks: no signal is asked for by it.
 */
void filter_allow_basics(struct filter *filter, bool may_close);

/**
 * Allows what reading files and being a client of the internet take: TCP, and UDP for names. Files
 * are opened for reading alone. Sockets of another kind (those of name service daemons, of the
 * routing tables) and executable memory (modules of the name service) are refused with an error
 * that the C library takes for an answer.
 */
void filter_allow_client(struct filter *filter);

/** Kills the process for acts that no library does by chance: programs, and other processes. */
void filter_kill_escapes(struct filter *filter);

/** Puts the filter in force and frees it. */
MUST bool filter_load(struct filter *filter, struct error *err);

#endif
