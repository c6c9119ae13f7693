/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_HOLDER_H
#define CV_CLI_VAULT_HOLDER_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Which process holds the vault's file, by the word of the kernel: an agent locks the file for as
 * long as it has keys, so that a vault that nobody holds is locked, whatever sockets and
 * environments say. The record beside the vault (docs/protocol.md) adds where that agent listens.
 */
struct holder {
	pid_t pid;	       /**< 0: nobody holds the file; -1: a process of another container */
	bool recorded;	       /**< the record is of this very process; the rest is known */
	uint64_t start;	       /**< of the process, in ticks since boot */
	char socket[PATH_MAX]; /**< where it listens */
};

/** Asks the kernel, and reads the record. The vault is opened for that, and nothing in it read. */
void holder_find(const struct cli *cli, struct holder *out);

/** Waits until nobody holds the file; false after ms. */
bool holder_wait_gone(const struct cli *cli, int ms);

/**
 * Ends the agent that holds the vault, by a descriptor of its process: TERM, which a stopped agent
 * takes once it goes on, and KILL where that does not help. Nothing is sent unless boot, start time
 * and the kernel's word on who holds the file agree; FAILED then, and where it holds the file
 * still.
 */
MUST bool holder_kill(const struct cli *cli, struct error *err);

/** FAILED, naming the process that holds the vault and does not answer. Always returns false. */
bool holder_is_silent(const struct holder *holder, struct error *err);

#endif
