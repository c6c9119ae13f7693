/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_BROKER_H
#define CV_AGENT_CORE_BROKER_H

#include "vault/base/error.h"

#include <sys/types.h>

/**
 * A small keyless process that the agent forks before its sandbox, its threads and any key. Its one
 * job: execute credvault-courier by its fixed place, with a fixed argv and environment, and pass
 * the other end of its socket back. It ends, and ends the couriers that are left, when the agent's
 * end of its socket closes.
 */

enum { BROKER_COURIERS_MAX = 96 };

struct broker;

/**
 * Forks it. To be called while the process has one thread and holds no secret. The broker closes
 * every descriptor but its own socket.
 */
MUST bool broker_start(struct broker **out, struct error *err);

/**
 * Starts a courier through the broker. *fd is the agent's end of the courier's socket; the caller
 * closes it, which ends the courier. Thread-safe. AWS_UNREACHABLE when BROKER_COURIERS_MAX are at
 * work or the program cannot be executed; FAILED when the broker is gone.
 */
MUST bool broker_courier(struct broker *broker, int *fd, struct error *err);

/**
 * A descriptor that polls readable (or hung up) only when the broker is gone. Nothing is to be read
 * from it. The agent wipes and exits then.
 */
int broker_fd(const struct broker *broker);

/** Closes this side, which ends the broker, and reaps it. Accepts NULL. */
void broker_free(struct broker *broker);

#endif
