/* SPDX-License-Identifier: MIT */
#ifndef CV_CONFINE_LANDLOCK_H
#define CV_CONFINE_LANDLOCK_H

#include "vault/base/error.h"

#include <stddef.h>

/**
 * Landlock: the files that a process may still reach, itself and all that it starts. A kernel
 * without Landlock leaves the process as it is, and the filter of system calls (filter.h) alone.
 */

/** What may be done at a place. */
enum landlock_right {
	LANDLOCK_READ = 1,
	LANDLOCK_WRITE = 2, /**< write, make and remove files, and make sockets */
	LANDLOCK_EXECUTE = 4
};

/** A file, or a directory with all beneath it. Symbolic links are followed now, once. */
struct landlock_place {
	const char *path; /**< NULL: no place */
	unsigned int rights;
	bool may_lack; /**< a place that is not there is none */
};

/** What may be done over TCP, where the kernel can refuse it. Nobody listens. */
enum landlock_network { LANDLOCK_NO_TCP, LANDLOCK_TCP_CLIENT };

/**
 * Gives up, for good, every file but those of the places; TCP but for what network says; and, where
 * the kernel can refuse them, signals and abstract sockets of processes outside. The process has
 * given up new privileges (PR_SET_NO_NEW_PRIVS) and has one thread.
 */
MUST bool landlock_enter(const struct landlock_place *places, size_t count,
			 enum landlock_network network, struct error *err);

/** The version of Landlock that the kernel has; 0 without. */
long landlock_version(void);

#endif
