/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_PEER_H
#define CV_AGENT_CORE_PEER_H

#include "vault/audit/entry.h"
#include "vault/base/clock.h"
#include "vault/base/process.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * The process at the other end of a connection: who it is, for the log, and whether it is still
 * there. The log names its executable and its parents', nearest first; all of them are hints.
 */

enum { PEERS_SEEN_MAX = 64 };

/** The processes looked up within the last second, by pid and start time. */
struct peers {
	pthread_mutex_t lock;
	struct peers_seen {
		pid_t pid;	  /**< 0: none */
		int64_t until_ms; /**< on the boot clock */
		struct process_look process;
	} seen[PEERS_SEEN_MAX];
};

void peers_init(struct peers *peers);
void peers_clear(struct peers *peers);

/**
 * Fills in what the log says about a process. Each process of the chain is looked up once within a
 * second, since reading /proc costs as much as the rest of an emission. Thread-safe.
 */
void peer_describe(struct peers *peers, const struct process_peer *peer, const struct clock *clock,
		   struct audit_peer *out);

/** Whether the other end of a connection will send nothing more. Looks without waiting. */
bool peer_gone(int fd);

#endif
