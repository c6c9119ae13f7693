/* SPDX-License-Identifier: MIT */
#include "vault/aws/skews.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct skews {
	pthread_mutex_t lock;
	size_t count;
	struct {
		char url[ENDPOINT_URL_BYTES];
		struct skew skew;
	} at[SKEWS_MAX];
	struct skew others;
};

bool skews_new(struct skews **out, struct error *err)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return error_set(err, ERROR_MEMORY, "out of memory");
	(void)pthread_mutex_init(&(*out)->lock, NULL);
	return true;
}

struct skew *skews_of(struct skews *skews, const char *url)
{
	struct skew *found = &skews->others;
	size_t i = 0;

	(void)pthread_mutex_lock(&skews->lock);
	while (i < skews->count && strcmp(skews->at[i].url, url) != 0)
		i++;
	if (i == skews->count && skews->count < SKEWS_MAX) {
		(void)snprintf(skews->at[i].url, sizeof(skews->at[i].url), "%s", url);
		skews->count++;
	}
	if (i < skews->count)
		found = &skews->at[i].skew;
	(void)pthread_mutex_unlock(&skews->lock);
	return found;
}

int64_t skews_now(struct skews *skews, const struct clock *clock)
{
	int64_t now = skew_now(&skews->others, clock);

	(void)pthread_mutex_lock(&skews->lock);
	for (size_t i = 0; i < skews->count; i++) {
		int64_t there = skew_now(&skews->at[i].skew, clock);

		if (there < now)
			now = there;
	}
	(void)pthread_mutex_unlock(&skews->lock);
	return now;
}

void skews_free(struct skews *skews)
{
	if (!skews)
		return;
	(void)pthread_mutex_destroy(&skews->lock);
	free(skews);
}
