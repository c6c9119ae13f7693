/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_IDLE_CONNECTIONS_H
#define CV_AGENT_CORE_IDLE_CONNECTIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * The connections that wait for a request, in the order in which they fell silent. Where every
 * thread serves a connection and another client waits, the connection that is silent longest is
 * hung up: nobody can keep a `lock` out by holding connections open. A client that is hung up
 * between two requests connects again.
 */

enum { IDLE_CONNECTIONS_MS = 300000 /**< how long a connection may say nothing */ };

/** One connection in the list; its owner's memory, from enter to leave. */
struct idler {
	struct idler *previous, *next;
	int fd;
	int64_t since_ms; /**< on the boot clock */
	bool listed;
};

/** The list. */
struct idle_connections {
	pthread_mutex_t lock;
	struct idler *first, *last; /**< the connections silent longest and shortest */
	bool wanted;		    /**< a place is wanted, and no connection was silent */
};

void idle_connections_init(struct idle_connections *idlers);
void idle_connections_clear(struct idle_connections *idlers);

/** The connection waits for a request. */
void idle_connections_enter(struct idle_connections *idlers, struct idler *idler, int fd,
			    int64_t now_ms);

/** The connection has got a request, or ends. fd is not used any more. */
void idle_connections_leave(struct idle_connections *idlers, struct idler *idler);

/**
 * Hangs up the connection that is silent longest; where none is silent, the next one that falls
 * silent.
 */
void idle_connections_make_room(struct idle_connections *idlers);

/** Hangs up each connection that is silent since before that moment. */
void idle_connections_expire(struct idle_connections *idlers, int64_t before_ms);

/** Cancels idle_connections_make_room(): a thread is free again. */
void idle_connections_enough(struct idle_connections *idlers);

#endif
