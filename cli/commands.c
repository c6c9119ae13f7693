/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"

const struct command *const commands[] = {
#define X(word_) &command_##word_,
    COMMANDS(X)
#undef X
	NULL,
};
