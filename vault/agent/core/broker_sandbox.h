/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_BROKER_SANDBOX_H
#define CV_AGENT_CORE_BROKER_SANDBOX_H

#include "vault/base/error.h"

/**
 * What the broker gives up for good before it serves, for itself and for each courier: it executes
 * the file that is open as its descriptor BROKER_COURIER and nothing else, writes no file, and
 * leaves other processes alone (seccomp); it reads libraries and settings of the system, and no
 * home (Landlock, where the kernel has it). What a courier needs is left; a courier gives up the
 * rest itself.
 */

/** The descriptor of the courier's file. Nothing closes it or puts another file in its place. */
enum { BROKER_COURIER = 31 };

MUST bool broker_sandbox_enter(struct error *err);

#endif
