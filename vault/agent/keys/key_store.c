/* SPDX-License-Identifier: MIT */
#include "vault/agent/keys/key_store.h"

#include "vault/agent/rotate/rotating.h"
#include "vault/audit/append.h"
#include "vault/base/text.h"
#include "vault/store/change/commit.h"

struct adding {
	const struct access_key *key;
	bool replace;
	struct record_id row;
	struct cache_names sessions;
	struct audit_entry entry;
	struct rotating_claim claim; /* the claim on the old key */
};

bool key_store_has(struct agent *agent, const char *name, bool *there, struct error *err)
{
	struct buf plain = ROW_BUF;
	bool ok = row_get(agent->store, TABLE_KEY, name, NULL, &plain, err);

	*there = ok;
	buf_clear(&plain);
	if (!ok && err->code != ERROR_NOT_FOUND)
		return false;
	*err = ERROR_INIT;
	return true;
}

bool key_store_taken(const char *name, struct error *err)
{
	error_set(err, ERROR_EXISTS, "the vault has a key of this name already");
	error_hint(err, "credvault add %s --replace", TEXT_WORD(name));
	return error_profile(err, name);
}

static bool key_store_add_row(struct txn *txn, void *arg, struct error *err)
{
	struct adding *adding = arg;
	struct buf plain = ROW_BUF;
	bool ok;

	if (!adding->replace) {
		/* Another client may have added a key of this name meanwhile. */
		ok = row_read(txn, TABLE_KEY, adding->key->name, NULL, &plain, err);
		buf_clear(&plain);
		if (ok)
			return key_store_taken(adding->key->name, err);
		if (err->code != ERROR_NOT_FOUND)
			return false;
		*err = ERROR_INIT;
	}
	ok = access_key_encode(adding->key, &plain, err) &&
	     row_put(txn, TABLE_KEY, adding->key->name, &plain, &adding->row, err) &&
	     journal_drop(txn, adding->claim.ends, err) &&
	     cache_find_rows(txn, adding->key->name, &adding->sessions, err) &&
	     cache_delete(txn, &adding->sessions, err) && audit_append(txn, &adding->entry, err);
	buf_clear(&plain);
	return ok;
}

/* Claims the old key, which may be in the middle of a rotation. */
static bool key_store_claim_old(struct request *request, const char *name,
				struct rotating_claim *claim, struct error *err)
{
	struct access_key key;
	struct record_id row;
	bool ok;

	access_key_init(&key);
	ok = rotating_claim(request, name, "replace", &key, &row, claim, err);
	access_key_clear(&key);
	return ok;
}

bool key_store_put(struct request *request, const struct access_key *key, enum audit_op op,
		   bool replace, struct record_id *row, struct error *err)
{
	struct agent *agent = request->agent;
	const struct cache_filter filter = {.key_name = key->name, .ended_at = -1};
	struct adding adding = {.key = key, .replace = replace};
	bool ok;

	adding.entry = request_entry(request, replace ? AUDIT_OP_REPLACE : op);
	audit_about(&adding.entry, key->name, key->access_key_id, key->arn);
	/* Sessions made from the old key are void, whether or not the write succeeds. */
	ok = (!replace || key_store_claim_old(request, key->name, &adding.claim, err)) &&
	     cache_drop(agent->cache, &filter, &adding.sessions, err) &&
	     store_commit(agent->store, key_store_add_row, &adding, err) &&
	     /* One that was stored just before may be on its way into the memory. */
	     cache_drop(agent->cache, &filter, &adding.sessions, err);
	rotating_unclaim(&adding.claim);
	cache_names_clear(&adding.sessions);
	*row = adding.row;
	return ok && (!replace || agent_erase_retired(agent, err));
}
