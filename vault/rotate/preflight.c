/* SPDX-License-Identifier: MIT */
#include "vault/rotate/preflight.h"

#include "vault/base/text.h"
#include "vault/creds/source_key.h"
#include "vault/rotate/signer.h"
#include "vault/rotate/step.h"

#include <stdio.h>
#include <string.h>

enum {
	WHEN_BYTES = 64,
	DESCRIBED_MAX = 4 /* AWS allows two; what is said behind them must fit too */
};

/* --- who and what ---------------------------------------------------------------------------- */

/* A user may move and be named anew; a key stays in its account. */
static bool is_elsewhere(const struct rotate *rotate, const struct arn *arn, struct error *err)
{
	const char *account = rotate->key.account_id;

	if (!account[0] || strcmp(arn->account, account) == 0)
		return false;
	error_set(err, ERROR_AWS_REFUSED, "AWS says that the key is of account %s, not of %s",
		  arn->account, account);
	error_detail(err, "Nothing was changed.");
	return true;
}

/* "user/path/dev" -> "dev"; the root user has none. */
static bool name_user(struct rotate *rotate, const char *text, struct error *err)
{
	const char *slash;
	struct arn arn;
	bool of_iam;

	if (!arn_parse(text, &arn) || strlen(text) >= sizeof(rotate->arn))
		return error_set(err, ERROR_AWS_UNREACHABLE, "AWS names a user that is too long");
	(void)snprintf(rotate->arn, sizeof(rotate->arn), "%.1024s", text);
	rotate->user_name[0] = '\0';
	if (is_elsewhere(rotate, &arn, err))
		return false;
	of_iam = strcmp(arn.service, "iam") == 0;
	if (of_iam && strcmp(arn.resource, "root") == 0)
		return true;
	slash = strrchr(arn.resource, '/');
	/* Without a name the calls would be about whoever signs them. */
	if (!of_iam || strncmp(arn.resource, "user/", 5) != 0 ||
	    strlen(slash + 1) >= sizeof(rotate->user_name) || !iam_is_user_name(slash + 1)) {
		error_set(err, ERROR_FAILED, "the key is not that of an IAM user");
		return error_detail(err, "It is that of %.300s.", text);
	}
	(void)snprintf(rotate->user_name, sizeof(rotate->user_name), "%.64s", slash + 1);
	return true;
}

static bool list_keys(const struct aws *aws, const char *user_name, void *arg,
		      struct aws_failure *failure, struct error *err)
{
	return iam_list_access_keys(aws, user_name, arg, failure, err);
}

/* Once the new key is the current one, the old one may be off and could not even look. */
static enum signer current(const struct rotate *rotate)
{
	uint64_t step = rotate->row.step;

	return step == ROTATION_PROMOTED || step == ROTATION_OFF || step == ROTATION_UNDOING
		   ? SIGNER_NEW
		   : SIGNER_OLD;
}

bool preflight_list(struct rotate *rotate, struct error *err)
{
	struct aws_failure failure;

	return signer_iam(rotate, current(rotate), list_keys, &rotate->found.keys, false, &failure,
			  err);
}

struct simulated {
	const char *arn;
	bool allowed;
};

static bool simulate(const struct aws *aws, const char *user_name, void *arg,
		     struct aws_failure *failure, struct error *err)
{
	struct simulated *simulated = arg;

	(void)user_name;
	return iam_simulate(aws, simulated->arn, "iam:CreateAccessKey", &simulated->allowed,
			    failure, err);
}

/*
 * A key that does not exist cannot be changed: whether that is what IAM says tells what may be
 * done.
 */
static bool probe(struct rotate *rotate, signer_call *fn, enum rotate_may *may, struct error *err)
{
	struct signer_key nobody = {.id = IAM_NO_KEY_ID};
	struct error why = ERROR_INIT;
	struct aws_failure failure;

	*may = ROTATE_MAY_UNKNOWN;
	if (signer_iam(rotate, current(rotate), fn, &nobody, false, &failure, &why))
		return true;
	if (strcmp(failure.aws_code, "NoSuchEntity") == 0) {
		*may = ROTATE_MAY;
		return true;
	}
	if (strcmp(failure.aws_code, "AccessDenied") == 0 && why.code == ERROR_AWS_REFUSED) {
		*may = ROTATE_MAY_NOT;
		return true;
	}
	*err = why;
	return false;
}

/* Without the policy's word on this very call nobody but the call itself can tell. */
static void ask_create(struct rotate *rotate)
{
	struct simulated simulated = {.arn = rotate->arn};
	struct aws_failure failure;
	struct error unused;

	rotate->found.create = ROTATE_MAY_UNKNOWN;
	if (!signer_iam_without_code(rotate, current(rotate), simulate, &simulated, &failure,
				     &unused))
		return;
	if (simulated.allowed)
		rotate->found.create = ROTATE_MAY;
	/* It is judged without MFA: with a device the real call may be allowed all the same. */
	else if (!rotate->key.mfa_serial[0])
		rotate->found.create = ROTATE_MAY_NOT;
}

static void ask_uses(struct rotate *rotate)
{
	struct rotate_found *found = &rotate->found;

	found->last_used = ROTATE_MAY_UNKNOWN;
	for (size_t i = 0; i < found->keys.count; i++) {
		struct signer_key key = {.id = found->keys.items[i].access_key_id};
		struct aws_failure failure;
		struct error unused;

		if (signer_iam_without_code(rotate, current(rotate), signer_last_used, &key,
					    &failure, &unused)) {
			found->uses[i] = (struct rotate_use){true, key.last};
			found->last_used = ROTATE_MAY;
		} else if (strcmp(failure.aws_code, "AccessDenied") == 0 &&
			   found->last_used == ROTATE_MAY_UNKNOWN) {
			found->last_used = ROTATE_MAY_NOT;
		}
	}
}

/*
 * AWS will tell of these calls too, perhaps hours later: they are on record, or the next look is an
 * alarm.
 */
static void note_looking(const struct rotate *rotate)
{
	struct audit_entry entry = step_entry(rotate, rotate->key.access_key_id,
					      "asked AWS about this key");
	struct error unused;

	(void)!journal_note(rotate->seams->store, &entry, &unused);
}

/* Since when the vault has it, under whichever name it came first. */
static bool since_when(struct rotate *rotate, const struct journal_names *names, int64_t *out,
		       struct error *err)
{
	struct access_key key;
	bool ok = true;

	access_key_init(&key);
	*out = INT64_MAX;
	for (size_t i = 0; ok && i < names->count; i++) {
		int64_t came;

		ok = source_key_read(rotate->seams->store, names->at[i], &key, NULL, err);
		came = key.rotated_at ? key.rotated_at : key.added_at;
		*out = came < *out ? came : *out;
	}
	access_key_clear(&key);
	return ok;
}

static bool judge_use(struct rotate *rotate, struct error *err)
{
	struct rotate_found *found = &rotate->found;
	const struct access_key *key = &rotate->key;
	int64_t ahead = rotate_aws_ahead_s(rotate, &rotate->iam);
	struct journal_names names = {.at = NULL};
	struct foreign_use use = {.access_key_id = key->access_key_id, .names = &names};
	const struct iam_access_key *listed = rotate_listed(rotate, key->access_key_id);
	const struct rotate_use *seen = listed ? rotate_use_of(rotate, listed) : NULL;
	bool ok;

	(void)snprintf(found->judged, sizeof(found->judged), "%s", key->access_key_id);
	if (seen && seen->known && seen->last.at) {
		use.at = seen->last.at - ahead;
		use.service = seen->last.service;
	}
	ok = journal_holders(rotate->seams->store, key->access_key_id, &names, err) &&
	     since_when(rotate, &names, &use.came_at, err);
	if (ok)
		found->verdict = foreign_use_judge(rotate->seams->store, &use);
	journal_names_clear(&names);
	return ok;
}

bool preflight_look(struct rotate *rotate, struct error *err)
{
	struct rotate_found *found = &rotate->found;
	struct sts_identity identity;

	*found = (struct rotate_found){.create = ROTATE_MAY_UNKNOWN};
	note_looking(rotate);
	if (!signer_identity(rotate, current(rotate), &identity, NULL, err)) {
		if (err->code != ERROR_DEAD_KEY)
			return false;
		error_detail(err, "It was switched off, replaced or deleted outside of this vault. "
				  "Nothing was changed.");
		return error_hint(err, "credvault add %s --replace", rotate->order.name);
	}
	return name_user(rotate, identity.arn, err) && preflight_list(rotate, err) &&
	       probe(rotate, signer_update, &found->update, err) &&
	       probe(rotate, signer_delete, &found->delete, err) &&
	       (ask_create(rotate), ask_uses(rotate), true) && judge_use(rotate, err);
}

/* --- whether it can be finished --------------------------------------------------------------- */

static void describe(const struct rotate *rotate, size_t i, struct error *err)
{
	const struct iam_access_key *key = &rotate->found.keys.items[i];
	const struct rotate_use *use = &rotate->found.uses[i];
	bool ours = strcmp(key->access_key_id, rotate->key.access_key_id) == 0;
	char when[WHEN_BYTES] = "", ago[TEXT_DURATION_BYTES];

	if (use->known && use->last.at) {
		text_format_duration(clock_real_s(rotate->seams->clock) - use->last.at, ago);
		(void)snprintf(when, sizeof(when), "   used %s ago, %.24s", ago, use->last.service);
	} else if (use->known) {
		(void)snprintf(when, sizeof(when), "   never used");
	}
	error_detail(err, "%s   %s   %s%s", key->access_key_id, key->status,
		     ours ? "this one" : "not this one", when);
}

bool preflight_too_many(const struct rotate *rotate, struct error *err)
{
	const struct iam_access_keys *keys = &rotate->found.keys;

	error_set(err, ERROR_AWS_REFUSED,
		  "IAM already holds %zu keys and one is not ours, so none can be made",
		  keys->count);
	for (size_t i = 0; i < keys->count && i < DESCRIBED_MAX; i++)
		describe(rotate, i, err);
	if (keys->count > DESCRIBED_MAX)
		error_detail(err, "... and %zu more", keys->count - DESCRIBED_MAX);
	error_detail(err, "Nothing was changed.");
	for (size_t i = 0; i < keys->count; i++) {
		const char *id = keys->items[i].access_key_id;

		if (strcmp(id, rotate->key.access_key_id) != 0)
			return error_hint(err, "credvault rotate %s --delete-key %s",
					  rotate->order.name, id);
	}
	return false;
}

static bool not_allowed(const char *action, const char *why, struct error *err)
{
	error_set(err, ERROR_AWS_REFUSED, "the key may not do iam:%s", action);
	error_detail(err, "%s Nothing was changed.", why);
	return error_hint(err, "credvault rotate --print-policy");
}

static bool judge_permissions(const struct rotate *rotate, struct error *err)
{
	const struct rotate_found *found = &rotate->found;

	if (found->create == ROTATE_MAY_NOT)
		return not_allowed("CreateAccessKey", "No new key can be made.", err);
	if (found->update == ROTATE_MAY_NOT)
		return not_allowed("UpdateAccessKey", "The old key could not be switched off.",
				   err);
	if (found->delete == ROTATE_MAY_NOT)
		return not_allowed("DeleteAccessKey", "The old key could not be deleted.", err);
	if (rotate->order.retire == ROTATION_WHEN_IDLE && found->last_used == ROTATE_MAY_NOT)
		return not_allowed("GetAccessKeyLastUsed", "Nobody could tell when it is idle.",
				   err);
	return true;
}

/* A key of this vault is not deleted by its id. */
static bool judge_named(struct rotate *rotate, struct error *err)
{
	const char *id = rotate->order.delete_key;
	struct journal_names names = {.at = NULL};
	bool held;

	if (!rotate_listed(rotate, id)) {
		error_set(err, ERROR_NOT_FOUND, "IAM lists no key %.128s of this user", id);
		return error_detail(err, "Nothing was changed.");
	}
	if (!journal_holders(rotate->seams->store, id, &names, err))
		return false;
	held = names.count > 0;
	if (held) {
		error_set(err, ERROR_USAGE, "key %s is in this vault, as %s", id, names.at[0]);
		error_detail(err, "Nothing was changed.");
		if (strcmp(id, rotate->key.access_key_id) == 0)
			error_hint(err, "credvault rotate %s --retire delete", rotate->order.name);
		else
			error_hint(err, "credvault remove %s", names.at[0]);
	}
	journal_names_clear(&names);
	return !held;
}

/* A person named it: off first, then gone. */
bool preflight_delete_named(struct rotate *rotate, struct error *err)
{
	const char *id = rotate->order.delete_key;
	struct audit_entry entry;
	struct signer_key key = {.id = id};
	struct aws_failure failure;

	if (!judge_named(rotate, err))
		return false;
	entry = rotate->seams->entry(rotate->seams->ctx);
	audit_text(entry.profile, sizeof(entry.profile), rotate->order.name);
	audit_text(entry.access_key_id, sizeof(entry.access_key_id), id);
	audit_text(entry.what, sizeof(entry.what), "key named by --delete-key is deleted at IAM");
	/* Before: whatever comes of AWS's answer, it is on record that it was asked for. */
	if (!journal_note(rotate->seams->store, &entry, err))
		return false;
	if (!signer_iam(rotate, current(rotate), signer_update, &key, false, &failure, err) ||
	    (!signer_iam(rotate, current(rotate), signer_delete, &key, false, &failure, err) &&
	     strcmp(failure.aws_code, "NoSuchEntity") != 0))
		return false;
	*err = ERROR_INIT;
	return preflight_list(rotate, err);
}

static bool has_room(const struct rotate *rotate)
{
	const struct iam_access_keys *keys = &rotate->found.keys;
	const char *named = rotate->order.delete_key;
	size_t stay = 0;

	for (size_t i = 0; i < keys->count; i++) {
		const char *id = keys->items[i].access_key_id;

		stay += !(named && strcmp(id, named) == 0) &&
			!(rotate->row.step == ROTATION_OFF && strcmp(id, rotate->row.name) == 0);
	}
	return stay < 2;
}

bool preflight_lists_it(const struct rotate *rotate, struct error *err)
{
	if (rotate_listed(rotate, rotate->key.access_key_id))
		return true;
	error_set(err, ERROR_AWS_REFUSED, "IAM does not list key %s among its user's keys",
		  rotate->key.access_key_id);
	return error_detail(err, "Nothing was changed.");
}

bool preflight_judge(struct rotate *rotate, struct error *err)
{
	if (!preflight_lists_it(rotate, err))
		return false;
	if (!judge_permissions(rotate, err) ||
	    (rotate->order.delete_key && !judge_named(rotate, err)))
		return false;
	return has_room(rotate) || preflight_too_many(rotate, err);
}

bool preflight_clear(struct rotate *rotate, struct error *err)
{
	if (!rotate->order.delete_key)
		return true;
	return preflight_delete_named(rotate, err) &&
	       (has_room(rotate) || preflight_too_many(rotate, err));
}
