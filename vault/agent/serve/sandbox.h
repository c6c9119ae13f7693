/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_SERVE_SANDBOX_H
#define CV_AGENT_SERVE_SANDBOX_H

#include "vault/base/error.h"

/**
 * What the agent gives up for good, before its threads start: files outside the directories it
 * works in, those of the vault and of the socket and the state directory (Landlock, where the
 * kernel has it), and every system call it has no use for (seccomp; one that is not allowed kills
 * the process): no program is executed, no socket but UNIX ones, nobody else's memory.
 */
MUST bool sandbox_enter(const char *vault, const char *socket, const char *state,
			struct error *err);

#endif
