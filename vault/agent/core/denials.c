/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/denials.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct denials {
	pthread_mutex_t lock;
	const struct clock *clock;
	bool changed;
	size_t count;
	struct denial at[DENIALS_MAX];
};

bool denials_new(const struct clock *clock, struct denials **out, struct error *err)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return error_set(err, ERROR_MEMORY, "out of memory");
	(void)pthread_mutex_init(&(*out)->lock, NULL);
	(*out)->clock = clock;
	return true;
}

void denials_free(struct denials *denials)
{
	if (!denials)
		return;
	(void)pthread_mutex_destroy(&denials->lock);
	free(denials);
}

/* The slot to count in; a full table gives up the slot whose last refusal is oldest. */
static struct denial *denials_slot(struct denials *denials, const char *profile,
				   enum error_code code)
{
	struct denial *oldest = NULL;

	for (size_t i = 0; i < denials->count; i++) {
		struct denial *d = &denials->at[i];

		if (d->code == code && strcmp(d->profile, profile) == 0)
			return d;
		if (d->held == 0 && (!oldest || d->last_at < oldest->last_at))
			oldest = d;
	}
	if (denials->count < DENIALS_MAX)
		oldest = &denials->at[denials->count++];
	else if (!oldest)
		oldest = &denials->at[0];
	*oldest = (struct denial){.code = code, .since_ms = INT64_MIN / 2};
	(void)snprintf(oldest->profile, sizeof(oldest->profile), "%s", profile);
	return oldest;
}

bool denials_note(struct denials *denials, const char *profile, enum error_code code,
		  bool of_program)
{
	int64_t now = clock_boot_ms(denials->clock);
	struct denial *d;
	bool record;

	(void)pthread_mutex_lock(&denials->lock);
	d = denials_slot(denials, profile, code);
	d->count += of_program;
	d->last_at = clock_real_s(denials->clock);
	record = now - d->since_ms >= DENIALS_WINDOW_MS && d->held == 0;
	if (record)
		d->since_ms = now;
	else
		d->held++;
	denials->changed |= of_program;
	(void)pthread_mutex_unlock(&denials->lock);
	return record;
}

bool denials_due(struct denials *denials, bool all, struct denial *out)
{
	int64_t now = clock_boot_ms(denials->clock);
	bool found = false;

	(void)pthread_mutex_lock(&denials->lock);
	for (size_t i = 0; !found && i < denials->count; i++) {
		struct denial *d = &denials->at[i];

		if (d->held == 0 || (!all && now - d->since_ms < DENIALS_WINDOW_MS))
			continue;
		*out = *d;
		d->held = 0;
		d->since_ms = now;
		found = true;
	}
	(void)pthread_mutex_unlock(&denials->lock);
	return found;
}

size_t denials_list(struct denials *denials, struct denial out[static DENIALS_MAX])
{
	size_t count = 0;

	(void)pthread_mutex_lock(&denials->lock);
	for (size_t i = 0; i < denials->count; i++) {
		if (denials->at[i].count > 0)
			out[count++] = denials->at[i];
	}
	(void)pthread_mutex_unlock(&denials->lock);
	return count;
}

bool denials_changed(struct denials *denials)
{
	bool changed;

	(void)pthread_mutex_lock(&denials->lock);
	changed = denials->changed;
	denials->changed = false;
	(void)pthread_mutex_unlock(&denials->lock);
	return changed;
}
