/* SPDX-License-Identifier: MIT */
#include "vault/agent/keys/checked_keys.h"
#include "vault/agent/keys/identify.h"
#include "vault/agent/core/ops.h"
#include "vault/agent/core/passphrase_proof.h"
#include "vault/agent/rotate/rotating.h"
#include "vault/agent/view/key_view.h"
#include "vault/audit/append.h"
#include "vault/format/json.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"
#include "vault/wire/msg_key.h"

#include <stdio.h>
#include <string.h>

struct adding {
	const struct access_key *key;
	bool replace;
	struct record_id row;
	struct cache_names sessions;
	struct audit_entry entry;
	struct rotating_claim claim; /* on the old one */
};

/* The key that `check` has seen on this connection, or the one in the arguments. */
static bool add_take_key(struct request *request, struct access_key *key, struct error *err)
{
	const struct access_key *checked;

	if (!identify_read(request->args, key, err))
		return false;
	checked = checked_keys_find(request->connection->checked, key->access_key_id);
	if (checked && (!key->secret.len ||
			(key->secret.len == checked->secret.len &&
			 secret_equal(key->secret.data, checked->secret.data, key->secret.len)))) {
		memcpy(key->account_id, checked->account_id, sizeof(key->account_id));
		memcpy(key->arn, checked->arn, sizeof(key->arn));
		memcpy(key->user_name, checked->user_name, sizeof(key->user_name));
		key->created_at = checked->created_at;
		if (key->endpoint_class != checked->endpoint_class ||
		    strcmp(key->endpoint_host, checked->endpoint_host) != 0)
			return error_set(err, ERROR_USAGE,
					 "the key was checked at another endpoint");
		return key->secret.len ||
		       secret_set(&key->secret, checked->secret.data, checked->secret.len, err);
	}
	if (!key->secret.len)
		return error_set(err, ERROR_USAGE, "the secret access key is missing");
	return true;
}

static bool add_read_attributes(const json_t *args, struct access_key *key, bool *replace,
				struct error *err)
{
	const char *name, *serial, *note;

	if (!json_need_text(args, "name", 65536, &name, err) ||
	    !text_check_name("name", name, err) ||
	    !json_text(args, "mfa_serial", ACCESS_KEY_SERIAL_MAX, &serial, err) ||
	    !json_flag(args, "mfa_required", &key->mfa_required, err) ||
	    !json_number(args, "max_age_s", 0, LIMITS_LONGEST_S * 10LL, -1, &key->max_age_s, err) ||
	    !json_text(args, "note", ACCESS_KEY_NOTE_MAX, &note, err) ||
	    !json_flag(args, "replace", replace, err))
		return false;
	/* 0 stands for never; an absent member for the vault's default. */
	key->ageless = key->max_age_s == 0;
	if (key->max_age_s < 0)
		key->max_age_s = 0;
	if (serial && !arn_is_mfa_serial(serial))
		return error_set(err, ERROR_USAGE, "that is no MFA device");
	(void)snprintf(key->name, sizeof(key->name), "%s", name);
	(void)snprintf(key->mfa_serial, sizeof(key->mfa_serial), "%s", serial ? serial : "");
	text_escape_into(note ? note : "", key->note, sizeof(key->note));
	return true;
}

static bool add_exists(struct agent *agent, const char *name, bool *there, struct error *err)
{
	struct buf plain = ROW_BUF;
	bool ok = row_get(agent->store, TABLE_KEY, name, NULL, &plain, err);

	*there = ok;
	buf_clear(&plain);
	return ok || err->code == ERROR_NOT_FOUND;
}

static bool add_taken(const char *name, struct error *err)
{
	error_set(err, ERROR_EXISTS, "a key of that name is in the vault already");
	error_detail(err, "Nothing was changed.");
	error_hint(err, "credvault add %s --replace", name);
	return error_profile(err, name);
}

static bool add_row(struct txn *txn, void *arg, struct error *err)
{
	struct adding *adding = arg;
	struct buf plain = ROW_BUF;
	bool ok;

	if (!adding->replace) {
		/* Another client may have added the name meanwhile. */
		ok = row_read(txn, TABLE_KEY, adding->key->name, NULL, &plain, err);
		buf_clear(&plain);
		if (ok)
			return add_taken(adding->key->name, err);
		if (err->code != ERROR_NOT_FOUND)
			return false;
		*err = ERROR_INIT;
	}
	ok = access_key_encode(adding->key, &plain, err) &&
	     row_put(txn, TABLE_KEY, adding->key->name, &plain, &adding->row, err) &&
	     journal_drop(txn, adding->claim.ends, err) &&
	     cache_delete(txn, &adding->sessions, err) && audit_append(txn, &adding->entry, err);
	buf_clear(&plain);
	return ok;
}

/* The key that is replaced may be in the middle of a rotation. */
static bool add_claim_old(struct request *request, const char *name, struct rotating_claim *claim,
			  struct error *err)
{
	struct access_key key;
	struct record_id row;
	bool ok;

	access_key_init(&key);
	ok = rotating_claim(request, name, &key, &row, claim, err);
	access_key_clear(&key);
	return ok;
}

static bool add_store_key(struct request *request, const struct access_key *key, bool replace,
			  struct record_id *row, struct error *err)
{
	struct agent *agent = request->agent;
	const struct cache_filter filter = {.key_name = key->name, .ended_at = -1};
	struct adding adding = {.key = key, .replace = replace};
	bool ok;

	adding.entry = request_entry(request, replace ? AUDIT_OP_REPLACE : AUDIT_OP_ADD);
	audit_about(&adding.entry, key->name, key->access_key_id, key->arn);
	/* Sessions of the old key are dropped even where the write fails. */
	ok = (!replace || add_claim_old(request, key->name, &adding.claim, err)) &&
	     cache_drop(agent->cache, &filter, &adding.sessions, err) &&
	     store_commit(agent->store, add_row, &adding, err);
	rotating_unclaim(&adding.claim);
	cache_names_clear(&adding.sessions);
	*row = adding.row;
	return ok && (!replace || agent_erase_retired(agent, err));
}

bool op_add(struct request *request, struct error *err)
{
	static const char *const keys[] = {
	    "name",   "access_key_id", "secret_access_key", "mfa_serial", "mfa_required",
	    "region", "endpoint",      "max_age_s",	    "note",	  "replace",
	    NULL};
	struct access_key key;
	struct record_id row;
	bool replace = false, there = false, done;

	access_key_init(&key);
	done = json_only(request->args, keys, err) &&
	       add_read_attributes(request->args, &key, &replace, err);
	if (done)
		(void)snprintf(request->profile, sizeof(request->profile), "%s", key.name);
	done = done && add_take_key(request, &key, err) &&
	       add_exists(request->agent, key.name, &there, err);
	*err = done ? ERROR_INIT : *err;
	if (done && there)
		done = replace ? passphrase_proof_check(request, err) : add_taken(key.name, err);
	key.added_at = clock_real_s(request->agent->clock);
	done = done && add_store_key(request, &key, there, &row, err) &&
	       view_key_answer(request, &key, &row, &msg_key, err);
	if (done)
		checked_keys_drop(request->connection->checked, key.access_key_id);
	access_key_clear(&key);
	return done;
}
