/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_PROCESS_H
#define CV_BASE_PROCESS_H

#include "vault/base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * Hardens our programs when they start, starts programs, and tells who is at the other end of a
 * socket.
 */

/**
 * Makes descriptors 0-2 exist (/dev/null where they do not), so that no file of ours takes their
 * place.
 */
MUST bool process_open_standard_fds(struct error *err);

/**
 * Hardens the agent and the courier, first thing in main(): umask 077, hard core limit 0, not
 * dumpable, no new privileges, environment cleared but for HOME, PATH, LANG, LC_*, TZ and XDG_*.
 */
MUST bool process_harden_helper(struct error *err);

/**
 * Raises the soft limits of CPU time, file size, memory and descriptors to the hard ones, where it
 * can: a program that stays for hours must not end by limits meant for a shell's own commands.
 */
void process_raise_limits(void);

/** Hardens the command line: not dumpable, soft core limit 0, which `exec` gives back. */
MUST bool process_harden_cli(struct error *err);

/** One descriptor to hand to a child: the child finds `from` as number `to`. */
struct process_fd {
	int from;
	int to; /**< below 16 */
};

/** A program to start; borrowed. */
struct process_child {
	const char *path;  /**< absolute */
	char *const *argv; /**< NULL-terminated, as envp */
	char *const *envp;
	const struct process_fd *fds;
	size_t fds_count;
	bool new_session; /**< detaches the child from the terminal */
};

/**
 * Starts a program with default signals, an empty signal mask and exactly the descriptors named:
 * others are closed, and of 0-2 those not named are /dev/null, so that a resident child holds
 * nobody's pipe open. The caller waits for the child. FAILED when it cannot be executed.
 */
MUST bool process_spawn(const struct process_child *child, pid_t *pid, struct error *err);

/** Who connected to a UNIX socket (as of connect time); pid is a hint, never an authority. */
struct process_peer {
	pid_t pid;
	uid_t uid;
};

MUST bool process_peer(int socket, struct process_peer *peer, struct error *err);

/** What /proc/PID/stat says of a process. */
struct process_look {
	char name[64]; /**< escaped for screens, cut to fit; a hint: a program may name itself */
	pid_t parent;
	uint64_t start; /**< in ticks since boot: with the pid it tells one process from another */
};

/**
 * Looks at a process. False when it cannot be read. /proc/PID/exe would say more, but cannot be
 * read of a process that is not dumpable, nor from within the sandbox.
 */
MUST bool process_look(pid_t pid, struct process_look *out);

#endif
