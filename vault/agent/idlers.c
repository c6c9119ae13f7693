/* SPDX-License-Identifier: MIT */
#include "vault/agent/idlers.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

static struct {
	pthread_mutex_t lock;
	struct idler *first, *last;
	bool wanted; /* room, which nobody could make yet */
} idlers = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void unlist(struct idler *idler)
{
	if (!idler->listed)
		return;
	if (idler->previous)
		idler->previous->next = idler->next;
	else
		idlers.first = idler->next;
	if (idler->next)
		idler->next->previous = idler->previous;
	else
		idlers.last = idler->previous;
	idler->listed = 0;
}

/* What has arrived is still read and served; then the connection is at its end. */
static void hang_up(int fd)
{
	(void)shutdown(fd, SHUT_RD);
}

void idlers_enter(struct idler *idler, int fd)
{
	*idler = (struct idler){.fd = fd};
	(void)pthread_mutex_lock(&idlers.lock);
	if (idlers.wanted) {
		idlers.wanted = false;
		hang_up(fd);
	} else {
		idler->previous = idlers.last;
		idler->listed = 1;
		if (idlers.last)
			idlers.last->next = idler;
		else
			idlers.first = idler;
		idlers.last = idler;
	}
	(void)pthread_mutex_unlock(&idlers.lock);
}

void idlers_leave(struct idler *idler)
{
	(void)pthread_mutex_lock(&idlers.lock);
	unlist(idler);
	(void)pthread_mutex_unlock(&idlers.lock);
}

void idlers_make_room(void)
{
	struct idler *longest;

	(void)pthread_mutex_lock(&idlers.lock);
	longest = idlers.first;
	idlers.wanted = !longest;
	if (longest) {
		unlist(longest);
		hang_up(longest->fd);
	}
	(void)pthread_mutex_unlock(&idlers.lock);
}

void idlers_enough(void)
{
	(void)pthread_mutex_lock(&idlers.lock);
	idlers.wanted = false;
	(void)pthread_mutex_unlock(&idlers.lock);
}
