/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/hooks.h"
#include "vault/agent/core/ops.h"
#include "vault/agent/view/retiring.h"
#include "vault/agent/view/key_view.h"
#include "vault/audit/append.h"
#include "vault/base/text.h"
#include "vault/creds/source_key.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"
#include "vault/wire/tables/msg_edit.h"
#include "vault/wire/tables/msg_key.h"

#include <stdio.h>
#include <string.h>

_Static_assert(MSG_REGION_MAX < sizeof(((struct access_key *)NULL)->region) &&
		   (int)MSG_NOTE_MAX <= (int)ACCESS_KEY_NOTE_MAX,
	       "what a message may say fits into a key");

struct editing {
	const struct msg_edit *args;
	bool proved;
	bool voids;	       /* the sessions of the key so far */
	struct access_key key; /* the key before the change */
	struct record_id row;
	struct cache_names sessions;
	struct audit_entry entry;
};

/* --- applying --------------------------------------------------------------------------------- */

static bool edit_apply_hooks(const struct msg_edit *args, struct access_key *key, struct error *err)
{
	struct buf text = HOOKS_BUF;
	bool ok = hooks_encode(&args->hooks, &text, err);

	if (ok)
		(void)snprintf(key->hooks, sizeof(key->hooks), "%s", buf_text(&text));
	buf_clear(&text);
	return ok;
}

static const char *text_or_none(const char *text)
{
	return text ? text : "";
}

static bool edit_apply(const struct msg_edit *args, struct access_key *key, struct error *err)
{
	bool stood = key->mfa_serial[0] || !key->mfa_required;

	if (args->given.mfa_serial)
		(void)snprintf(key->mfa_serial, sizeof(key->mfa_serial), "%s",
			       text_or_none(args->mfa_serial));
	if (args->given.mfa_required)
		key->mfa_required = args->mfa_required;
	if (args->given.region)
		(void)snprintf(key->region, sizeof(key->region), "%s", text_or_none(args->region));
	if (args->given.note)
		text_escape_into(text_or_none(args->note), key->note, sizeof(key->note));
	if (args->given.max_age_s) {
		key->ageless = args->max_age_s == 0;
		key->max_age_s = args->max_age_s > 0 ? args->max_age_s : 0;
	}
	if (args->given.retire) {
		key->retire = args->retire;
		key->idle_s = args->idle_s;
	}
	if (args->given.hooks && !edit_apply_hooks(args, key, err))
		return false;
	if (key->mfa_serial[0] || !key->mfa_required || !stood)
		return true;
	error_set(err, ERROR_USAGE, "MFA is required and no MFA device is known");
	return error_hint(err, "credvault edit %s --mfa-serial ARN   (or --no-require-mfa)",
			  TEXT_WORD(key->name));
}

/* --- judging ---------------------------------------------------------------------------------- */

static bool edit_is_same_age(const struct access_key *a, const struct access_key *b)
{
	return a->max_age_s == b->max_age_s && a->ageless == b->ageless;
}

/*
 * Whether a change is the owner's: it lets secrets leave, it changes who is asked for MFA, or when
 * the key is rotated and what becomes of the old one.
 */
static bool edit_wants_proof(const struct access_key *before, const struct access_key *after)
{
	return strcmp(before->hooks, after->hooks) != 0 ||
	       before->mfa_required != after->mfa_required ||
	       strcmp(before->mfa_serial, after->mfa_serial) != 0 ||
	       !edit_is_same_age(before, after) || before->retire != after->retire ||
	       before->idle_s != after->idle_s;
}

/* Whether sessions of the key before the change could not be made from the key after it. */
static bool edit_voids(const struct access_key *before, const struct access_key *after)
{
	return (!before->mfa_required && after->mfa_required) ||
	       strcmp(before->mfa_serial, after->mfa_serial) != 0 ||
	       strcmp(before->region, after->region) != 0;
}

/* Writes what has changed for the log: "require-mfa, max-age". */
static void edit_tell(const struct access_key *before, const struct access_key *after, char *out,
		      size_t size)
{
	const struct {
		bool changed;
		const char *word;
	} all[] = {
	    {strcmp(before->mfa_serial, after->mfa_serial) != 0, "mfa-serial"},
	    {!before->mfa_required && after->mfa_required, "require-mfa"},
	    {before->mfa_required && !after->mfa_required, "no-require-mfa"},
	    {strcmp(before->region, after->region) != 0, "region"},
	    {!edit_is_same_age(before, after), "max-age"},
	    {strcmp(before->note, after->note) != 0, "note"},
	    {before->retire != after->retire || before->idle_s != after->idle_s, "retire"},
	    {strcmp(before->hooks, after->hooks) != 0, after->hooks[0] ? "hooks" : "no hooks"},
	};

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].changed)
			text_append(out, size, "%s%s", *out ? ", " : "", all[i].word);
	}
}

/* --- storing ---------------------------------------------------------------------------------- */

/* The row is read again, because a rotation may have changed the secret. May be run twice. */
static bool edit_row(struct txn *txn, void *arg, struct error *err)
{
	struct editing *editing = arg;
	struct access_key before, *key = &editing->key;
	struct buf plain = ROW_BUF;
	char name[TEXT_NAME_MAX + 1];
	bool ok;

	memcpy(name, key->name, sizeof(name));
	access_key_init(&before);
	ok = row_read(txn, TABLE_KEY, name, NULL, &plain, err) &&
	     access_key_decode(plain.data, plain.len, &before, err) &&
	     access_key_decode(plain.data, plain.len, key, err) &&
	     edit_apply(editing->args, key, err);
	if (ok && !editing->proved && edit_wants_proof(&before, key))
		ok = error_set(err, ERROR_FAILED, "the key was changed meanwhile");
	buf_reset(&plain);
	editing->voids = ok && edit_voids(&before, key);
	ok = ok && access_key_encode(key, &plain, err) &&
	     row_put(txn, TABLE_KEY, name, &plain, &editing->row, err) &&
	     (!editing->voids || cache_find_rows(txn, name, &editing->sessions, err)) &&
	     cache_delete(txn, &editing->sessions, err) && audit_append(txn, &editing->entry, err);
	buf_clear(&plain);
	access_key_clear(&before);
	memcpy(key->name, name, sizeof(name));
	secret_clear(&key->secret);
	return ok;
}

static bool edit_key(struct request *request, struct editing *editing,
		     const struct access_key *before, struct error *err)
{
	struct agent *agent = request->agent;
	const struct cache_filter filter = {.key_name = before->name, .ended_at = -1};
	struct access_key *key = &editing->key;
	bool ok;

	edit_tell(before, key, editing->entry.what, sizeof(editing->entry.what));
	if (!editing->entry.what[0])
		return true;
	if (edit_wants_proof(before, key) && !request_need_proof(request, NULL, err))
		return false;
	editing->proved = request->proved;
	audit_about(&editing->entry, key->name, key->access_key_id, NULL);
	/* A session that was stored just before may be on its way into the memory. */
	ok = store_commit(agent->store, edit_row, editing, err) &&
	     (!editing->voids || cache_drop(agent->cache, &filter, &editing->sessions, err));
	cache_names_clear(&editing->sessions);
	return ok;
}

static bool edit_read_args(struct request *request, struct msg_edit *args, struct error *err)
{
	if (!fields_read(&msg_edit, request->args, args, err))
		return false;
	(void)snprintf(request->profile, sizeof(request->profile), "%s", args->name);
	if (json_object_size(request->args) == 1)
		return error_set(err, ERROR_USAGE, "which attribute is to be changed?");
	return retiring_check(args->retire, args->idle_s, err);
}

bool op_edit(struct request *request, struct error *err)
{
	struct msg_edit args = {.name = NULL};
	struct editing editing = {.args = &args, .entry = request_entry(request, AUDIT_OP_EDIT)};
	struct access_key before;
	bool done;

	access_key_init(&before);
	access_key_init(&editing.key);
	done = edit_read_args(request, &args, err) &&
	       source_key_read(request->agent->store, args.name, &before, &editing.row, err);
	secret_clear(&before.secret);
	if (done) {
		editing.key = before;
		done = edit_apply(&args, &editing.key, err) &&
		       edit_key(request, &editing, &before, err) &&
		       view_key_answer(request, &editing.key, &editing.row, &msg_key_whole, err);
	}
	access_key_clear(&before);
	access_key_clear(&editing.key);
	fields_clear(&msg_edit, &args);
	return done;
}
