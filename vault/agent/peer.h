/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_PEER_H
#define CV_AGENT_PEER_H

#include "vault/audit/entry.h"
#include "vault/base/clock.h"
#include "vault/base/process.h"

/**
 * What the log says about who asked: the executable's name and its parents', nearest first. Hints
 * all of them. Looked up once for a process within a second, since reading /proc costs more than
 * the rest of an emission. Thread-safe.
 */
void peer_describe(const struct process_peer *peer, const struct clock *clock,
		   struct audit_peer *out);

#endif
