/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_SERVE_CONNECTION_H
#define CV_AGENT_SERVE_CONNECTION_H

#include "vault/agent/core/agent.h"

/**
 * Serves one connection to its end, one request after another, and closes fd. Anything that is not
 * a whole, well-formed frame of the protocol in its time ends this connection and no other.
 */
void connection_serve(struct agent *agent, int fd, bool launch);

#endif
