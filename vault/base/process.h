/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_PROCESS_H
#define CV_BASE_PROCESS_H

#include "vault/base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * Processes: how ours start (DESIGN §2, SECURITY §5.1), how they start each other, and who is at
 * the other end of a socket.
 */

/**
 * Makes descriptors 0-2 exist (/dev/null where they do not), so that no file of ours becomes one.
 */
MUST bool process_open_standard_fds(struct error *err);

/**
 * The start of agent, courier and endpoint: umask 077, hard core limit 0, not dumpable, no new
 * privileges, environment cleared but for an allow-list (HOME, PATH, LANG, LC_*, TZ, XDG_*). First
 * thing in main().
 */
MUST bool process_harden_helper(struct error *err);

/**
 * Raises the soft limits of CPU time, file size, memory and descriptors to the hard ones: whoever
 * stays for hours must not end by what the shell that happened to start it had set for its own
 * commands. What cannot be raised stays as it is.
 */
void process_raise_limits(void);

/** The start of the command line: not dumpable, soft core limit 0 (exec gives the limit back). */
MUST bool process_harden_cli(struct error *err);

/** One descriptor to hand to a child: the child finds `from` as number `to`. */
struct process_fd {
	int from;
	int to; /**< below 16 */
};

/**
 * Starts the program at an absolute path with exactly the descriptors named (others closed; 0-2,
 * where not named, are /dev/null, so that a resident child holds nobody's pipe open), argv and envp
 * NULL-terminated, default signals, empty signal mask; `new_session` detaches it from the terminal.
 * The child is the caller's to reap. FAILED when it cannot be executed.
 */
MUST bool process_spawn(const char *path, char *const argv[], char *const envp[],
			const struct process_fd *fds, size_t count, bool new_session, pid_t *pid,
			struct error *err);

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
