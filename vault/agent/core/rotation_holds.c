/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/rotation_holds.h"

#include "vault/agent/core/peer.h"
#include "vault/base/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct rotation_holds {
	pthread_mutex_t lock;
	pthread_cond_t released;
	struct rotation_holds_hold *first;
};

bool rotation_holds_new(struct rotation_holds **out, struct error *err)
{
	struct rotation_holds *rotations = calloc(1, sizeof(*rotations));

	*out = rotations;
	if (!rotations)
		return error_set(err, ERROR_MEMORY, "out of memory");
	(void)pthread_mutex_init(&rotations->lock, NULL);
	(void)pthread_cond_init(&rotations->released, NULL);
	return true;
}

void rotation_holds_free(struct rotation_holds *rotations)
{
	if (!rotations)
		return;
	(void)pthread_cond_destroy(&rotations->released);
	(void)pthread_mutex_destroy(&rotations->lock);
	free(rotations);
}

/* The lock is held. */
static struct rotation_holds_hold *rotation_holds_find(struct rotation_holds *rotations,
						       const char *id)
{
	struct rotation_holds_hold *hold = rotations->first;

	while (hold && strcmp(hold->access_key_id, id) != 0)
		hold = hold->next;
	return hold;
}

static bool rotation_holds_held(const struct rotation_holds_hold *by, struct error *err)
{
	char since[TEXT_TIME_BYTES];

	text_format_time(by->since, since);
	error_set(err, ERROR_ROTATION_HELD,
		  "another rotation holds this key since %s (pid %u, alive)", since, by->pid);
	error_detail(err, "It is at \"%s\". Nothing was changed.", by->step);
	return error_hint(err, "credvault status");
}

bool rotation_holds_take(struct rotation_holds *rotations, struct rotation_holds_hold *hold,
			 struct error *err)
{
	const struct rotation_holds_hold *other;
	bool ok = true;

	(void)pthread_mutex_lock(&rotations->lock);
	while (ok && (other = rotation_holds_find(rotations, hold->access_key_id)) != NULL) {
		if (peer_gone(other->fd))
			(void)pthread_cond_wait(&rotations->released, &rotations->lock);
		else
			ok = rotation_holds_held(other, err);
	}
	if (ok) {
		hold->next = rotations->first;
		rotations->first = hold;
	} else {
		hold->access_key_id[0] = '\0';
	}
	(void)pthread_mutex_unlock(&rotations->lock);
	return ok;
}

void rotation_holds_note(struct rotation_holds *rotations, struct rotation_holds_hold *hold,
			 const char *step)
{
	(void)pthread_mutex_lock(&rotations->lock);
	hold->step = step;
	(void)pthread_mutex_unlock(&rotations->lock);
}

void rotation_holds_release(struct rotation_holds *rotations, struct rotation_holds_hold *hold)
{
	if (!hold->access_key_id[0])
		return;
	(void)pthread_mutex_lock(&rotations->lock);
	for (struct rotation_holds_hold **at = &rotations->first; *at; at = &(*at)->next) {
		if (*at == hold) {
			*at = hold->next;
			break;
		}
	}
	hold->access_key_id[0] = '\0';
	(void)pthread_cond_broadcast(&rotations->released);
	(void)pthread_mutex_unlock(&rotations->lock);
}

bool rotation_holds_holder(struct rotation_holds *rotations, const char *access_key_id,
			   uint32_t *pid)
{
	const struct rotation_holds_hold *hold;

	(void)pthread_mutex_lock(&rotations->lock);
	hold = rotation_holds_find(rotations, access_key_id);
	*pid = hold ? hold->pid : 0;
	(void)pthread_mutex_unlock(&rotations->lock);
	return hold != NULL;
}
