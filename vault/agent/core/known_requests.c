/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/known_requests.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A request has one place it can stand in; a long one is rare, and reading it again is cheap. */
enum { PLACES = 256, FRAME_MAX = 4096 };

struct place {
	bool used;
	unsigned char bytes[DIGEST_BYTES];
	struct known_request request;
};

struct known_requests {
	pthread_mutex_t lock;
	struct place places[PLACES];
};

bool known_requests_new(struct known_requests **out, struct error *err)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return error_set(err, ERROR_MEMORY, "out of memory");
	(void)pthread_mutex_init(&(*out)->lock, NULL);
	return true;
}

void known_requests_free(struct known_requests *known)
{
	if (!known)
		return;
	(void)pthread_mutex_destroy(&known->lock);
	free(known);
}

bool known_requests_find(struct known_requests *known, const struct buf *frame,
			 struct known_request *out)
{
	unsigned char bytes[DIGEST_BYTES];
	const struct place *place;
	bool found;

	if (frame->len > FRAME_MAX)
		return false;
	digest_sha256(frame->data, frame->len, bytes);
	place = &known->places[bytes[0]];
	(void)pthread_mutex_lock(&known->lock);
	found = place->used && memcmp(place->bytes, bytes, sizeof(bytes)) == 0;
	if (found)
		*out = place->request;
	(void)pthread_mutex_unlock(&known->lock);
	return found;
}

void known_requests_put(struct known_requests *known, const struct buf *frame,
			const struct known_request *request)
{
	struct place now = {.used = true, .request = *request};

	if (frame->len > FRAME_MAX)
		return;
	digest_sha256(frame->data, frame->len, now.bytes);
	(void)pthread_mutex_lock(&known->lock);
	known->places[now.bytes[0]] = now;
	(void)pthread_mutex_unlock(&known->lock);
}
