/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_PROCESS_H
#define CV_BASE_PROCESS_H

#include "vault/base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * Hardens credvault's programs at start, starts child programs, and identifies the peer of a
 * socket.
 */

/**
 * Opens /dev/null on each of descriptors 0-2 that is closed, so that no file opened later gets its
 * number.
 */
MUST bool process_open_standard_fds(struct error *err);

/**
 * Hardens the agent and the courier, first thing in main(): umask 077, hard core limit 0, not
 * dumpable, no new privileges, environment cleared but for HOME, PATH, LANG, LC_*, TZ and XDG_*.
 */
MUST bool process_harden_helper(struct error *err);

/**
 * Raises the soft limits of CPU time, file size, memory and descriptors to the hard limits where
 * possible: limits meant for a shell's commands must not end a program that runs for hours.
 */
void process_raise_limits(void);

/**
 * Whether other programs of the same user may look into this process: at start they may where the
 * program's file can be read by its user, and never behind one of the functions that harden.
 */
bool process_is_dumpable(void);

/** The process that traces this one, by /proc/self/status; 0 for none. */
pid_t process_tracer(void);

/** Hardens the command line: not dumpable, soft core limit 0 (`exec` restores the limit). */
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
	int program;	  /**< 0, or a descriptor (O_PATH) of the program; path is for errors */
	bool dies_with_parent; /**< killed when the thread that starts it ends */
};

/** Opens a program for process_child.program (O_PATH, close-on-exec); -1 with errno set. */
int process_open_program(const char *path);

/**
 * Starts a program with default signals, an empty signal mask and exactly the descriptors listed:
 * other descriptors are closed, and unlisted ones among 0-2 become /dev/null, so that a resident
 * child keeps no inherited pipe open. The caller waits for the child. FAILED when the program
 * cannot be executed.
 */
MUST bool process_spawn(const struct process_child *child, pid_t *pid, struct error *err);

/**
 * The process that connected to a UNIX socket, as of connect time; pid is a hint and never grants
 * access.
 */
struct process_peer {
	pid_t pid;
	uid_t uid;
};

MUST bool process_peer(int socket, struct process_peer *peer, struct error *err);

/** The facts about a process in /proc/PID/stat. */
struct process_look {
	char name[64]; /**< escaped, cut to fit; only a hint: a program can rename itself */
	char state;    /**< of its first thread: 'R', 'S', 'D', 'T' … */
	pid_t parent;
	uint64_t start; /**< in ticks since boot; pid and start together identify a process */
};

/**
 * Reads /proc/PID/stat; false when it cannot be read. /proc/PID/exe would say more, but it is
 * unreadable for a process that is not dumpable and from within the sandbox.
 */
MUST bool process_look(pid_t pid, struct process_look *out);

/** Whether a thread of the process could run, or runs: it waits for nobody but the processor. */
bool process_is_runnable(pid_t pid);

enum { PROCESS_BOOT_ID_BYTES = 37 };

/** The kernel's random name of this boot; false, and "", where it cannot be read. */
MUST bool process_boot_id(char out[static PROCESS_BOOT_ID_BYTES]);

#endif
