/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/keys/at_aws.h"
#include "vault/agent/rotate/rotating.h"
#include "vault/audit/append.h"
#include "vault/seal/record/usage.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"
#include "vault/wire/tables/msg_remove.h"

#include <stdio.h>

struct removing {
	const char *name;
	char usage[USAGE_NAME_BYTES];
	const char *rotation; /* the rotation whose row is deleted with the key; empty: none */
	struct cache_names sessions;
	struct audit_entry entry;
};

static bool remove_rows(struct txn *txn, void *arg, struct error *err)
{
	struct removing *removing = arg;

	if (!row_delete(txn, TABLE_KEY, removing->name, err))
		return false;
	if (!row_delete(txn, TABLE_USAGE, removing->usage, err)) {
		/* A key that was never used has no such row. */
		if (err->code != ERROR_NOT_FOUND)
			return false;
		*err = ERROR_INIT;
	}
	return journal_drop(txn, removing->rotation, err) &&
	       cache_find_rows(txn, removing->name, &removing->sessions, err) &&
	       cache_delete(txn, &removing->sessions, err) &&
	       audit_append(txn, &removing->entry, err);
}

static bool remove_key(struct request *request, const struct access_key *key,
		       const struct record_id *row, const struct rotating_claim *claim,
		       size_t *sessions, struct error *err)
{
	struct agent *agent = request->agent;
	const struct cache_filter filter = {.key_name = key->name, .ended_at = -1};
	struct removing removing = {.name = key->name,
				    .rotation = claim->ends,
				    .entry = request_entry(request, AUDIT_OP_REMOVE)};
	bool ok;

	usage_name(row->id, removing.usage);
	audit_about(&removing.entry, key->name, key->access_key_id, key->arn);
	ok = store_commit(agent->store, remove_rows, &removing, err);
	*sessions = removing.sessions.count;
	/* One that was stored before the key was gone may be on its way into the memory. */
	ok = ok && cache_drop(agent->cache, &filter, &removing.sessions, err);
	cache_names_clear(&removing.sessions);
	if (ok)
		key_use_forget(agent->usages, row->id);
	return ok && agent_erase_retired(agent, err);
}

/* The answer names the last rotation's old key, which nothing deletes at AWS any more. */
static bool remove_answer(struct request *request, const struct access_key *key,
			  const char *old_access_key_id, size_t sessions, struct error *err)
{
	const struct msg_removed removed = {.name = key->name,
					    .access_key_id = key->access_key_id,
					    .old_access_key_id = old_access_key_id,
					    .sessions = (int64_t)sessions};

	return request_answer(request, MESSAGE(msg_removed, &removed), err);
}

bool op_remove(struct request *request, struct error *err)
{
	struct msg_remove args = {.name = NULL};
	struct rotating_claim claim = {.agent = request->agent};
	struct access_key key;
	struct record_id row;
	size_t sessions = 0;
	bool done;

	access_key_init(&key);
	done = fields_read(&msg_remove, request->args, &args, err);
	if (done)
		(void)snprintf(request->profile, sizeof(request->profile), "%s", args.name);
	done = done && rotating_claim(request, args.name, "remove", &key, &row, &claim, err) &&
	       (!args.at_aws || at_aws_delete(request, &args, &key, &claim, err)) &&
	       remove_key(request, &key, &row, &claim, &sessions, err) &&
	       remove_answer(request, &key, args.at_aws ? NULL : claim.ends, sessions, err);
	rotating_unclaim(&claim);
	access_key_clear(&key);
	return done;
}
