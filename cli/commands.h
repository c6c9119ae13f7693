/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_COMMANDS_H
#define CV_CLI_COMMANDS_H

#include "cli/ui/context.h"

/**
 * The table of all commands. Each is one word here and one file cli/cmd/WORD.c that defines `const
 * struct command command_WORD`.
 */

/** Order is the order of the help. */
#define COMMANDS(X)   \
	X(init)       \
	X(setup)      \
	X(unlock)     \
	X(lock)       \
	X(status)     \
	X(passwd)     \
	X(slot)       \
	X(add)        \
	X(import)     \
	X(list)       \
	X(show)       \
	X(edit)       \
	X(reveal)     \
	X(rename)     \
	X(remove)     \
	X(rotate)     \
	X(verify)     \
	X(scan)       \
	X(doctor)     \
	X(exec)       \
	X(keep)       \
	X(export)     \
	X(process)    \
	X(clear)      \
	X(log)        \
	X(backup)     \
	X(restore)    \
	X(config)     \
	X(completion) \
	X(complete)   \
	X(version)    \
	X(help)

#define X(word_) extern const struct command command_##word_;
COMMANDS(X)
#undef X

/** All commands in the order of COMMANDS, NULL behind the last. main() hands them down. */
extern const struct command *const commands[];

#endif
