/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/idle_origins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void idle_origins_clear(struct idle_origins *origins)
{
	free(origins->at);
	*origins = (struct idle_origins){.at = NULL};
}

/* The names of the keys; cache_each() forbids more while it holds its lock. */
struct idle_names {
	char (*at)[TEXT_NAME_MAX + 1];
	size_t count;
};

static void idle_names_add(void *arg, const struct cache_view *view)
{
	struct idle_names *names = arg;
	void *more;

	if (!view->key_name[0])
		return;
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->at[i], view->key_name) == 0)
			return;
	}
	more = realloc(names->at, (names->count + 1) * sizeof(*names->at));
	if (!more)
		return;
	names->at = more;
	(void)snprintf(names->at[names->count++], sizeof(*names->at), "%s", view->key_name);
}

void idle_origins_gather(struct idle_origins *origins, struct store *store,
			 const struct sources *sources, struct cache *cache, int64_t now)
{
	struct idle_names names = {.at = NULL};
	struct error ignored;
	struct plan plan;

	idle_origins_clear(origins);
	cache_each(cache, now, idle_names_add, &names);
	if (names.count)
		origins->at = calloc(names.count, sizeof(*origins->at));
	for (size_t i = 0; origins->at && i < names.count; i++) {
		struct origin *origin = &origins->at[origins->count];

		plan_init(&plan, names.at[i]);
		*origin = (struct origin){.source = sources_find(sources, plan.origin.kind)};
		if (origin->source && origin->source->open(store, &plan.origin, origin, &ignored))
			origins->count++;
	}
	free(names.at);
}

bool idle_origins_find(const struct idle_origins *origins, const struct plan *plan,
		       struct origin *out)
{
	const char *name = plan_value(&plan->origin, "name");

	for (size_t i = 0; name && i < origins->count; i++) {
		if (strcmp(origins->at[i].source->kind, plan->origin.kind) == 0 &&
		    strcmp(origins->at[i].name, name) == 0) {
			*out = origins->at[i];
			return true;
		}
	}
	return false;
}
