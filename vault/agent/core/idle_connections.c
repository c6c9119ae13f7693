/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/idle_connections.h"

#include <stddef.h>
#include <sys/socket.h>

void idle_connections_init(struct idle_connections *idlers)
{
	*idlers = (struct idle_connections){.first = NULL};
	(void)pthread_mutex_init(&idlers->lock, NULL);
}

void idle_connections_clear(struct idle_connections *idlers)
{
	(void)pthread_mutex_destroy(&idlers->lock);
}

static void idle_connections_unlist(struct idle_connections *idlers, struct idler *idler)
{
	if (!idler->listed)
		return;
	if (idler->previous)
		idler->previous->next = idler->next;
	else
		idlers->first = idler->next;
	if (idler->next)
		idler->next->previous = idler->previous;
	else
		idlers->last = idler->previous;
	idler->listed = false;
}

/* A request that has arrived is still read and served; after it the connection ends. */
static void idle_connections_hang_up(int fd)
{
	(void)shutdown(fd, SHUT_RD);
}

void idle_connections_enter(struct idle_connections *idlers, struct idler *idler, int fd,
			    int64_t now_ms)
{
	*idler = (struct idler){.fd = fd, .since_ms = now_ms};
	(void)pthread_mutex_lock(&idlers->lock);
	if (idlers->wanted) {
		idlers->wanted = false;
		idle_connections_hang_up(fd);
	} else {
		idler->previous = idlers->last;
		idler->listed = true;
		if (idlers->last)
			idlers->last->next = idler;
		else
			idlers->first = idler;
		idlers->last = idler;
	}
	(void)pthread_mutex_unlock(&idlers->lock);
}

void idle_connections_leave(struct idle_connections *idlers, struct idler *idler)
{
	(void)pthread_mutex_lock(&idlers->lock);
	idle_connections_unlist(idlers, idler);
	(void)pthread_mutex_unlock(&idlers->lock);
}

void idle_connections_make_room(struct idle_connections *idlers)
{
	struct idler *longest;

	(void)pthread_mutex_lock(&idlers->lock);
	longest = idlers->first;
	idlers->wanted = !longest;
	if (longest) {
		idle_connections_unlist(idlers, longest);
		idle_connections_hang_up(longest->fd);
	}
	(void)pthread_mutex_unlock(&idlers->lock);
}

void idle_connections_expire(struct idle_connections *idlers, int64_t before_ms)
{
	(void)pthread_mutex_lock(&idlers->lock);
	while (idlers->first && idlers->first->since_ms < before_ms) {
		struct idler *longest = idlers->first;

		idle_connections_unlist(idlers, longest);
		idle_connections_hang_up(longest->fd);
	}
	(void)pthread_mutex_unlock(&idlers->lock);
}

void idle_connections_enough(struct idle_connections *idlers)
{
	(void)pthread_mutex_lock(&idlers->lock);
	idlers->wanted = false;
	(void)pthread_mutex_unlock(&idlers->lock);
}
