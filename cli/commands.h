/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_COMMANDS_H
#define CV_CLI_COMMANDS_H

#include "cli/ui/context.h"

/**
 * The table of all commands. Each is one word here and one file cli/cmd/WORD.c that defines `const
 * struct command command_WORD`.
 */

/** Order is the order of the help, whose groups cli/ui/help.c has. */
#define COMMANDS(X)   \
	X(setup)      \
	X(init)       \
	X(import)     \
	X(add)        \
	X(unlock)     \
	X(lock)       \
	X(status)     \
	X(exec)       \
	X(export)     \
	X(process)    \
	X(clear)      \
	X(list)       \
	X(show)       \
	X(edit)       \
	X(rotate)     \
	X(rename)     \
	X(remove)     \
	X(reveal)     \
	X(passwd)     \
	X(slot)       \
	X(config)     \
	X(backup)     \
	X(restore)    \
	X(log)        \
	X(verify)     \
	X(doctor)     \
	X(scan)       \
	X(completion) \
	X(version)    \
	X(help)       \
	X(keep)       \
	X(complete)

#define X(word_) extern const struct command command_##word_;
COMMANDS(X)
#undef X

/** All commands in the order of COMMANDS, NULL behind the last. main() hands them down. */
extern const struct command *const commands[];

#endif
