/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/audit/append.h"
#include "vault/store/change/commit.h"
#include "vault/wire/tables/msg_credentials.h"

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
static bool clear(struct request *request, const char *profile, int64_t *cleared, struct error *err)
{
	struct agent *agent = request->agent;
	struct clearing clearing = {.entry = request_entry(request, AUDIT_OP_CLEAR)};
	const struct cache_filter filter = {.profile = profile, .ended_at = -1};
	bool ok;

	audit_text(clearing.entry.profile, sizeof(clearing.entry.profile), profile);
	ok = cache_drop(agent->cache, &filter, &clearing.names, err) &&
	     store_commit(agent->store, clear_rows, &clearing, err);
	*cleared += (int64_t)clearing.names.count;
	cache_names_clear(&clearing.names);
	return ok;
}

bool op_clear(struct request *request, struct error *err)
{
	struct msg_clear args = {.profiles = {.at = NULL}};
	struct msg_cleared answer = {.cleared = 0};
	bool done = fields_read(&msg_clear, request->args, &args, err);
	const char *const *profiles = args.profiles.at;

	for (size_t i = 0; done && i < args.profiles.count; i++)
		done = clear(request, profiles[i], &answer.cleared, err);
	if (done && args.profiles.count == 0)
		done = clear(request, NULL, &answer.cleared, err);
	fields_clear(&msg_clear, &args);
	return done && request_answer(request, MESSAGE(msg_cleared, &answer), err);
}
