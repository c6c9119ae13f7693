/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/rotate/rotating.h"
#include "vault/audit/append.h"
#include "vault/base/text.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"
#include "vault/wire/tables/msg_key.h"

#include <stdio.h>
#include <string.h>

struct renaming {
	const struct msg_rename *args;
	const char *rotation;	     /* the rotation whose old key waits to be deleted; or empty */
	struct cache_names sessions; /* the rows of the key's sessions */
	struct audit_entry entry;
};

static bool rename_taken(const char *name, struct error *err)
{
	error_set(err, ERROR_EXISTS, "the vault has a key of this name already");
	error_detail(err, "Nothing was changed.");
	error_hint(err, "credvault show %s", TEXT_WORD(name));
	return error_profile(err, name);
}

static bool rename_key_row(struct txn *txn, const struct msg_rename *args, struct error *err)
{
	struct buf plain = ROW_BUF;
	struct access_key key;
	struct record_id row;
	bool ok;

	access_key_init(&key);
	ok = row_read(txn, TABLE_KEY, args->name, NULL, &plain, err) &&
	     access_key_decode(plain.data, plain.len, &key, err);
	(void)snprintf(key.name, sizeof(key.name), "%s", args->new_name);
	buf_reset(&plain);
	ok = ok && access_key_encode(&key, &plain, err) &&
	     (row_rename(txn, TABLE_KEY, args->name, args->new_name, &plain, &row, err) ||
	      (err->code == ERROR_EXISTS && rename_taken(args->new_name, err)));
	buf_clear(&plain);
	access_key_clear(&key);
	return ok;
}

/* The rotation may have been begun by another name of the same IAM key, which stays. */
static bool rename_rotation_row(struct txn *txn, const struct renaming *renaming, struct error *err)
{
	const struct msg_rename *args = renaming->args;
	struct rotation_record rotation;
	struct buf plain = ROW_BUF;
	bool ok;

	if (!renaming->rotation[0])
		return true;
	rotation_record_init(&rotation);
	ok = row_read(txn, TABLE_ROTATION, renaming->rotation, NULL, &plain, err) &&
	     rotation_record_decode(plain.data, plain.len, &rotation, err);
	buf_reset(&plain);
	if (ok && strcmp(rotation.key_name, args->name) == 0) {
		(void)snprintf(rotation.key_name, sizeof(rotation.key_name), "%s", args->new_name);
		ok = rotation_record_encode(&rotation, &plain, err) &&
		     row_put(txn, TABLE_ROTATION, rotation.name, &plain, NULL, err);
	}
	rotation_record_clear(&rotation);
	buf_clear(&plain);
	return ok;
}

static bool rename_rows(struct txn *txn, void *arg, struct error *err)
{
	struct renaming *renaming = arg;
	const struct msg_rename *args = renaming->args;
	bool ok = rename_key_row(txn, args, err) && rename_rotation_row(txn, renaming, err) &&
		  cache_find_rows(txn, args->name, &renaming->sessions, err);

	for (size_t i = 0; ok && i < renaming->sessions.count; i++)
		ok = cache_rename_row(txn, renaming->sessions.at[i], args->name, args->new_name,
				      err);
	return ok && audit_append(txn, &renaming->entry, err);
}

static bool rename_key(struct request *request, const struct msg_rename *args,
		       const struct access_key *key, const char *rotation, struct error *err)
{
	struct agent *agent = request->agent;
	struct renaming renaming = {
	    .args = args, .rotation = rotation, .entry = request_entry(request, AUDIT_OP_RENAME)};
	struct msg_renamed answer = {
	    .name = args->new_name, .old_name = args->name, .access_key_id = key->access_key_id};
	char what[AUDIT_WHAT_BYTES];
	bool ok;

	(void)snprintf(what, sizeof(what), "to %s", args->new_name);
	audit_about(&renaming.entry, args->name, key->access_key_id, what);
	ok = store_commit(agent->store, rename_rows, &renaming, err);
	if (ok) {
		cache_rename(agent->cache, args->name, args->new_name);
		flights_forget_failures(agent->flights);
	}
	answer.sessions = (int64_t)renaming.sessions.count;
	cache_names_clear(&renaming.sessions);
	return ok && request_answer(request, MESSAGE(msg_renamed, &answer), err);
}

bool op_rename(struct request *request, struct error *err)
{
	struct msg_rename args = {.name = NULL};
	struct rotating_claim claim = {.agent = request->agent};
	struct access_key key;
	struct record_id row;
	bool done;

	access_key_init(&key);
	done = fields_read(&msg_rename, request->args, &args, err);
	if (done)
		(void)snprintf(request->profile, sizeof(request->profile), "%s", args.name);
	if (done && strcmp(args.name, args.new_name) == 0)
		done = error_set(err, ERROR_USAGE, "the key has that name already");
	done = done && rotating_claim(request, args.name, "rename", &key, &row, &claim, err) &&
	       rename_key(request, &args, &key, claim.waits, err);
	rotating_unclaim(&claim);
	access_key_clear(&key);
	return done;
}
