/* SPDX-License-Identifier: MIT */
#include "vault/rotate/preflight.h"

#include "vault/aws/sts.h"
#include "vault/base/text.h"
#include "vault/creds/source_key.h"
#include "vault/rotate/signer.h"

#include <stdio.h>
#include <string.h>

enum {
	WHEN_BYTES = 64,
	DESCRIBED_MAX = 4 /* AWS allows two; what is said behind them must fit too */
};

/* --- who and what ---------------------------------------------------------------------------- */

/* "user/path/dev" -> "dev"; the root user has none. */
static bool preflight_name_user(struct rotate *rotate, const char *text, struct error *err)
{
	const char *slash, *account = rotate->key.account_id;
	struct arn arn;
	bool of_iam;

	if (!arn_parse(text, &arn) || strlen(text) >= sizeof(rotate->arn))
		return error_set(err, ERROR_AWS_UNREACHABLE, "AWS names a user that is too long");
	(void)snprintf(rotate->arn, sizeof(rotate->arn), "%.1024s", text);
	rotate->user_name[0] = '\0';
	/* A user may move and be named anew; a key stays in its account. */
	if (account[0] && strcmp(arn.account, account) != 0) {
		error_set(err, ERROR_AWS_REFUSED,
			  "AWS says that the key is of account %s, not of %s", arn.account,
			  account);
		return error_detail(err, "Nothing was changed.");
	}
	of_iam = strcmp(arn.service, "iam") == 0;
	if (of_iam && strcmp(arn.resource, "root") == 0)
		return true;
	slash = strrchr(arn.resource, '/');
	/* Without a name the calls would be about the signer. */
	if (!of_iam || strncmp(arn.resource, "user/", 5) != 0 ||
	    strlen(slash + 1) >= sizeof(rotate->user_name) || !iam_is_user_name(slash + 1)) {
		error_set(err, ERROR_FAILED, "the key is not that of an IAM user");
		return error_detail(err, "It is that of %.300s.", text);
	}
	(void)snprintf(rotate->user_name, sizeof(rotate->user_name), "%.64s", slash + 1);
	return true;
}

/* Once the new key is the current one, the old one may be off and could not even look. */
static enum signer_key preflight_signer(const struct rotate *rotate)
{
	uint64_t step = rotate->row.step;

	return step == ROTATION_PROMOTED || step == ROTATION_OFF || step == ROTATION_UNDOING
		   ? SIGNER_NEW
		   : SIGNER_OLD;
}

bool preflight_list(struct rotate *rotate, struct error *err)
{
	struct signer by = {.rotate = rotate, .who = preflight_signer(rotate)};
	bool ok;

	do {
		ok = signer_session(&by, err) &&
		     iam_list_access_keys(&by.aws, by.user_name, &rotate->found.keys, &by.failure,
					  err);
	} while (signer_again(&by, ok, err));
	if (!ok && strcmp(by.failure.aws_code, "AccessDenied") == 0)
		error_hint(err, "credvault rotate --print-policy");
	return ok;
}

/* Whether keys may be changed so: IAM is asked to change one that cannot exist. */
static bool preflight_probe(struct rotate *rotate, enum signer_change change, enum rotate_may *may,
			    struct error *err)
{
	struct error why = ERROR_INIT;
	struct aws_failure failure;

	*may = ROTATE_MAY_UNKNOWN;
	if (signer_change(rotate, preflight_signer(rotate), change, IAM_NO_KEY_ID, &failure, &why))
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

/* Where the policy has no word on this very call, only the call itself can tell. */
static void preflight_ask_create(struct rotate *rotate)
{
	struct signer by = {.rotate = rotate, .who = preflight_signer(rotate), .no_code = true};
	struct error unused;
	bool allowed, ok;

	do {
		ok = signer_session(&by, &unused) &&
		     iam_simulate(&by.aws, rotate->arn, "iam:CreateAccessKey", &allowed,
				  &by.failure, &unused);
	} while (signer_again(&by, ok, &unused));
	rotate->found.create = ROTATE_MAY_UNKNOWN;
	if (ok && allowed)
		rotate->found.create = ROTATE_MAY;
	/* The simulation knows no MFA: with a device the real call may be allowed all the same. */
	else if (ok && !rotate->key.mfa_serial[0])
		rotate->found.create = ROTATE_MAY_NOT;
}

static void preflight_ask_uses(struct rotate *rotate)
{
	struct rotate_found *found = &rotate->found;

	found->last_used = ROTATE_MAY_UNKNOWN;
	for (size_t i = 0; i < found->keys.count; i++) {
		struct signer by = {
		    .rotate = rotate, .who = preflight_signer(rotate), .no_code = true};
		struct rotate_use use = {.known = true};
		struct error unused;
		bool ok;

		do {
			ok = signer_session(&by, &unused) &&
			     iam_get_access_key_last_used(&by.aws,
							  found->keys.items[i].access_key_id,
							  &use.last, &by.failure, &unused);
		} while (signer_again(&by, ok, &unused));
		if (ok) {
			found->uses[i] = use;
			found->last_used = ROTATE_MAY;
		} else if (strcmp(by.failure.aws_code, "AccessDenied") == 0 &&
			   found->last_used == ROTATE_MAY_UNKNOWN) {
			found->last_used = ROTATE_MAY_NOT;
		}
	}
}

/* Since when the vault has the key, under the name that it came by first. */
static bool preflight_came_at(struct rotate *rotate, const struct journal_names *names,
			      int64_t *out, struct error *err)
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

static bool preflight_judge_use(struct rotate *rotate, struct error *err)
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
	     preflight_came_at(rotate, &names, &use.came_at, err);
	if (ok)
		found->verdict = foreign_use_judge(rotate->seams->store, &use);
	journal_names_clear(&names);
	return ok;
}

bool preflight_look(struct rotate *rotate, struct error *err)
{
	struct rotate_found *found = &rotate->found;
	struct signer by = {.rotate = rotate, .who = preflight_signer(rotate), .sts = &rotate->sts};
	struct audit_entry entry = rotate_entry(rotate, rotate->key.access_key_id,
						"asked AWS about this key");
	struct sts_identity identity;
	struct error unused;
	bool ok;

	*found = (struct rotate_found){.create = ROTATE_MAY_UNKNOWN};
	/* AWS may count these calls as a use hours later: the next look finds them in the log. */
	(void)!journal_note(rotate->seams->store, &entry, &unused);
	do {
		ok = signer_session(&by, err) &&
		     sts_get_caller_identity(&by.aws, &identity, &by.failure, err);
	} while (signer_again(&by, ok, err));
	if (!ok) {
		if (err->code != ERROR_DEAD_KEY)
			return false;
		error_detail(err, "It was switched off, replaced or deleted outside of this vault. "
				  "Nothing was changed.");
		return error_hint(err, "credvault add %s --replace", TEXT_WORD(rotate->order.name));
	}
	if (!preflight_name_user(rotate, identity.arn, err) || !preflight_list(rotate, err) ||
	    !preflight_probe(rotate, SIGNER_SWITCH_OFF, &found->update, err) ||
	    !preflight_probe(rotate, SIGNER_DELETE, &found->delete, err))
		return false;
	preflight_ask_create(rotate);
	preflight_ask_uses(rotate);
	return preflight_judge_use(rotate, err);
}

/* --- whether it can be finished --------------------------------------------------------------- */

static void preflight_describe(const struct rotate *rotate, size_t i, struct error *err)
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
		preflight_describe(rotate, i, err);
	if (keys->count > DESCRIBED_MAX)
		error_detail(err, "... and %zu more", keys->count - DESCRIBED_MAX);
	error_detail(err, "Nothing was changed.");
	for (size_t i = 0; i < keys->count; i++) {
		const char *id = keys->items[i].access_key_id;

		if (strcmp(id, rotate->key.access_key_id) != 0)
			return error_hint(err, "credvault rotate %s --delete-key %s",
					  TEXT_WORD(rotate->order.name), id);
	}
	return false;
}

static bool preflight_denied(const char *action, const char *why, struct error *err)
{
	error_set(err, ERROR_AWS_REFUSED, "the key may not do iam:%s", action);
	error_detail(err, "%s Nothing was changed.", why);
	return error_hint(err, "credvault rotate --print-policy");
}

static bool preflight_judge_permissions(const struct rotate *rotate, struct error *err)
{
	const struct rotate_found *found = &rotate->found;

	if (found->create == ROTATE_MAY_NOT)
		return preflight_denied("CreateAccessKey", "No new key can be made.", err);
	if (found->update == ROTATE_MAY_NOT)
		return preflight_denied("UpdateAccessKey", "The old key could not be switched off.",
					err);
	if (found->delete == ROTATE_MAY_NOT)
		return preflight_denied("DeleteAccessKey", "The old key could not be deleted.",
					err);
	if (rotate->order.retire == ROTATION_WHEN_IDLE && found->last_used == ROTATE_MAY_NOT)
		return preflight_denied("GetAccessKeyLastUsed",
					"Nobody could tell when it is idle.", err);
	return true;
}

/* A key of this vault is not deleted by its id. */
static bool preflight_judge_named(struct rotate *rotate, struct error *err)
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
			error_hint(err, "credvault rotate %s --retire delete",
				   TEXT_WORD(rotate->order.name));
		else
			error_hint(err, "credvault remove %s", TEXT_WORD(names.at[0]));
	}
	journal_names_clear(&names);
	return !held;
}

/* A person named it: off first, then gone. */
bool preflight_delete_named(struct rotate *rotate, struct error *err)
{
	const char *id = rotate->order.delete_key;
	enum signer_key who = preflight_signer(rotate);
	struct aws_failure failure;
	struct audit_entry entry;

	if (!preflight_judge_named(rotate, err))
		return false;
	entry = rotate_entry(rotate, id, "key named by --delete-key is deleted at IAM");
	/* On record before: whatever AWS answers, the deletion was asked for. */
	if (!journal_note(rotate->seams->store, &entry, err))
		return false;
	if (!signer_change(rotate, who, SIGNER_SWITCH_OFF, id, &failure, err) ||
	    (!signer_change(rotate, who, SIGNER_DELETE, id, &failure, err) &&
	     strcmp(failure.aws_code, "NoSuchEntity") != 0))
		return false;
	*err = ERROR_INIT;
	return preflight_list(rotate, err);
}

static bool preflight_has_room(const struct rotate *rotate)
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
	if (!preflight_judge_permissions(rotate, err) ||
	    (rotate->order.delete_key && !preflight_judge_named(rotate, err)))
		return false;
	return preflight_has_room(rotate) || preflight_too_many(rotate, err);
}

bool preflight_clear(struct rotate *rotate, struct error *err)
{
	if (!rotate->order.delete_key)
		return true;
	return preflight_delete_named(rotate, err) &&
	       (preflight_has_room(rotate) || preflight_too_many(rotate, err));
}
