/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/audit/append.h"
#include "vault/format/json.h"
#include "vault/store/change/commit.h"

#include <stdlib.h>
#include <string.h>

enum { PROFILES_MAX = 256 };

struct clearing {
	struct cache_names names;
	struct audit_entry entry;
};

static bool clear_rows(struct txn *txn, void *arg, struct error *err)
{
	struct clearing *clearing = arg;

	return cache_delete(txn, &clearing->names, err) && audit_append(txn, &clearing->entry, err);
}

/* Drops the sessions of one profile, NULL for all. */
static bool clear(struct request *request, const char *profile, json_int_t *cleared,
		  struct error *err)
{
	struct agent *agent = request->agent;
	struct clearing clearing = {.entry = request_entry(request, AUDIT_OP_CLEAR)};
	const struct cache_filter filter = {.profile = profile, .ended_at = -1};
	bool ok;

	audit_text(clearing.entry.profile, sizeof(clearing.entry.profile), profile);
	ok = cache_drop(agent->cache, &filter, &clearing.names, err) &&
	     store_commit(agent->store, clear_rows, &clearing, err);
	*cleared += (json_int_t)clearing.names.count;
	cache_names_clear(&clearing.names);
	return ok;
}

bool op_clear(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"profiles", NULL};
	const json_t *profiles = json_object_get(request->args, "profiles");
	json_int_t cleared = 0;
	size_t count = json_array_size(profiles);

	if (!json_only(request->args, keys, err))
		return false;
	if ((profiles && !json_is_array(profiles)) || count > PROFILES_MAX)
		return error_set(err, ERROR_PROTOCOL, "\"profiles\" is not a list of names");
	for (size_t i = 0; i < count; i++) {
		const char *name = json_string_value(json_array_get(profiles, i));

		if (!name || !text_is_name(name))
			return error_set(err, ERROR_PROTOCOL, "a profile's name is not valid");
	}
	for (size_t i = 0; i < count; i++) {
		if (!clear(request, json_string_value(json_array_get(profiles, i)), &cleared, err))
			return false;
	}
	if (count == 0 && !clear(request, NULL, &cleared, err))
		return false;
	*ok = json_object();
	return json_put(*ok, "cleared", json_integer(cleared), err);
}
