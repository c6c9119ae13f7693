/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/places.h"

static const struct {
	unsigned int most;
	const char *what;
} kinds[PLACE_KINDS] = {
    [PLACE_WAITING] = {PLACES_WAITING, "requests are waiting"},
    [PLACE_QUESTION] = {PLACES_QUESTIONS, "requests have asked a question"},
    [PLACE_FOLLOWER] = {PLACES_FOLLOWERS, "programs follow the log"},
};

bool places_take(struct places *places, enum place kind, struct error *err)
{
	if (atomic_fetch_add(&places->taken[kind], 1) < kinds[kind].most)
		return true;
	places_give_back(places, kind);
	return error_set(err, ERROR_FAILED, "%u %s already", kinds[kind].most, kinds[kind].what);
}

void places_give_back(struct places *places, enum place kind)
{
	(void)atomic_fetch_sub(&places->taken[kind], 1);
}
