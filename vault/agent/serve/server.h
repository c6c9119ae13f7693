/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_SERVE_SERVER_H
#define CV_AGENT_SERVE_SERVER_H

#include "vault/agent/core/agent.h"

/**
 * The named socket and the threads behind it: a thread per connection, blocking and linear, out of
 * a pool whose threads take the next connection themselves and leave after a while without one.
 */

enum {
	SERVER_THREADS_MAX =
	    PLACES_ALL,		 /**< connections served at once; more wait in the backlog */
	SERVER_THREADS_IDLE = 2, /**< kept waiting for the next connection */
	SERVER_BACKLOG = 512,
	SERVER_IDLE_S = 10,
	SERVER_ID_DIGITS = 16, /**< of the vault's path's digest, in the socket's name */
	SERVER_STACK_BYTES = 262144
};

/**
 * Binds the agent's socket (0600) in a directory that must be ours with mode 0700, listens, and
 * puts it under its name, in the place of a socket that an earlier agent has left there. The caller
 * holds the vault's file, so that no other agent of the vault listens.
 */
MUST bool server_listen(const char *path, int *fd, struct error *err);

/** Starts accepting on fd, which is the server's from now on, for as long as the process lives. */
MUST bool server_start(struct agent *agent, int fd, struct error *err);

/**
 * Looks after the socket's name; called each second by the main thread. Where the name is gone (a
 * logout empties the runtime directory), the server moves into the state directory's run/ and the
 * record follows. The agent ends where that fails, and where another socket has the name.
 */
void server_watch(struct agent *agent);

/** Serves one connection, already there, in a thread of its own. */
MUST bool server_adopt(struct agent *agent, int fd, struct error *err);

#endif
