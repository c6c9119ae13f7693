/* SPDX-License-Identifier: MIT */
#include "vault/agent/idlers.h"

#include <stddef.h>
#include <sys/socket.h>

void idlers_init(struct idlers *idlers)
{
	*idlers = (struct idlers){.first = NULL};
	(void)pthread_mutex_init(&idlers->lock, NULL);
}

void idlers_clear(struct idlers *idlers)
{
	(void)pthread_mutex_destroy(&idlers->lock);
}

static void unlist(struct idlers *idlers, struct idler *idler)
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

/* What has arrived is still read and served; then the connection is at its end. */
static void hang_up(int fd)
{
	(void)shutdown(fd, SHUT_RD);
}

void idlers_enter(struct idlers *idlers, struct idler *idler, int fd)
{
	*idler = (struct idler){.fd = fd};
	(void)pthread_mutex_lock(&idlers->lock);
	if (idlers->wanted) {
		idlers->wanted = false;
		hang_up(fd);
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

void idlers_leave(struct idlers *idlers, struct idler *idler)
{
	(void)pthread_mutex_lock(&idlers->lock);
	unlist(idlers, idler);
	(void)pthread_mutex_unlock(&idlers->lock);
}

void idlers_make_room(struct idlers *idlers)
{
	struct idler *longest;

	(void)pthread_mutex_lock(&idlers->lock);
	longest = idlers->first;
	idlers->wanted = !longest;
	if (longest) {
		unlist(idlers, longest);
		hang_up(longest->fd);
	}
	(void)pthread_mutex_unlock(&idlers->lock);
}

void idlers_enough(struct idlers *idlers)
{
	(void)pthread_mutex_lock(&idlers->lock);
	idlers->wanted = false;
	(void)pthread_mutex_unlock(&idlers->lock);
}
