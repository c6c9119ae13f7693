/* SPDX-License-Identifier: MIT */
#include "vault/rotate/creation.h"

#include "vault/base/text.h"
#include "vault/rotate/preflight.h"
#include "vault/rotate/retirement.h"
#include "vault/rotate/signer.h"
#include "vault/rotate/step.h"
#include "vault/store/rows/recovery_file.h"
#include "vault/store/rows/rows.h"

#include <stdio.h>
#include <string.h>

enum { THROTTLED_TRIES = 5, THROTTLED_WAIT_MS = 1000 };

/* --- what an earlier run left ----------------------------------------------------------------- */

static bool take_aside(struct rotate *rotate, bool *taken, struct error *err)
{
	struct audit_entry entry = rotate->seams->entry(rotate->seams->ctx);

	return journal_take_aside(rotate->seams->store, &rotate->row, &entry, taken, err);
}

static const struct iam_access_key *candidate(const struct rotate *rotate)
{
	const struct iam_access_keys *keys = &rotate->found.keys;

	for (size_t i = 0; i < keys->count; i++) {
		if (!rotation_record_has_seen(&rotate->row, keys->items[i].access_key_id))
			return &keys->items[i];
	}
	return NULL;
}

static bool name_candidate(const struct rotate *rotate, const struct iam_access_key *key,
			   struct error *err)
{
	char when[TEXT_TIME_BYTES];

	text_format_time(key->created_at, when);
	error_set(err, ERROR_AWS_REFUSED,
		  "AWS's answer to CreateAccessKey was lost, and now there is a key %s",
		  key->access_key_id);
	error_detail(err,
		     "It was made %s and was not there before. Where this rotation made it, "
		     "nobody has its secret.",
		     when[0] ? when : "since");
	error_detail(err, "Key %s works as before; nothing else was changed.", rotate->row.name);
	return error_hint(err, "credvault rotate %s --delete-key %s", rotate->order.name,
			  key->access_key_id);
}

/*
 * What IAM lists and did not list at the intent: the key whose answer was lost, or somebody else's.
 */
static bool compare(struct rotate *rotate, struct error *err)
{
	const struct iam_access_key *key;

	/* A list without the key that asks for it says nothing of a new one either. */
	if (!preflight_list(rotate, err) || !preflight_lists_it(rotate, err))
		return false;
	key = candidate(rotate);
	if (!key)
		return true;
	if (rotate->order.delete_key && strcmp(rotate->order.delete_key, key->access_key_id) == 0)
		return preflight_delete_named(rotate, err);
	if (rotate->order.keep_orphan) {
		if (!step_end(rotate, key->access_key_id, "given up: the new key at IAM is kept",
			      err))
			return false;
		return preflight_too_many(rotate, err);
	}
	return name_candidate(rotate, key, err);
}

/* --- the new key ------------------------------------------------------------------------------ */

static bool create(const struct aws *aws, const char *user_name, void *arg,
		   struct aws_failure *failure, struct error *err)
{
	return iam_create_access_key(aws, user_name, arg, failure, err);
}

/*
 * Throttling and a wrong clock are refusals: nothing was made, so asking again is no blind retry.
 */
static bool may_ask_again(const struct aws_failure *failure)
{
	return !failure->maybe_sent &&
	       (strncmp(failure->aws_code, "Throttling", 10) == 0 || failure->clock_was_off ||
		strcmp(failure->aws_code, "RequestLimitExceeded") == 0);
}

static bool ask(struct rotate *rotate, struct iam_new_key *key, struct aws_failure *failure,
		struct error *err)
{
	bool alone = !rotate->seams->pace;
	int64_t wait = THROTTLED_WAIT_MS;

	for (int tries = 1;; tries++) {
		/* Within the gate: between AWS's answer and the commit nobody ends the agent. */
		if (signer_iam(rotate, SIGNER_OLD, create, key, true, failure, err))
			return true;
		if (!may_ask_again(failure) || tries == (alone ? THROTTLED_TRIES : PACE_TRIES))
			return false;
		/* Where others ask too, the pace knows how long. */
		if (alone && !signer_wait(rotate, wait, err))
			return false;
		wait = step_back_off(wait);
		*err = ERROR_INIT;
	}
}

/* No key came. Whether one was made is a question of its own. */
static bool refused(struct rotate *rotate, const struct aws_failure *failure, struct error *err)
{
	struct error unused = ERROR_INIT, why = ERROR_INIT;
	const struct iam_access_key *key = NULL;

	if (failure->maybe_sent || strcmp(failure->aws_code, "LimitExceeded") == 0) {
		if (preflight_list(rotate, &unused))
			key = candidate(rotate);
		if (key)
			return name_candidate(rotate, key, err);
		error_detail(err, "IAM lists no new key. Key %s works as before.",
			     rotate->row.name);
		return error_hint(err, "credvault rotate %s", rotate->order.name);
	}
	/* An earlier try of the same rotation may still come to light. */
	if (!rotate->resumed)
		(void)!step_end(rotate, rotate->row.name, "no new key was made", &why);
	if (strcmp(failure->aws_code, "AccessDenied") == 0 && !err->hint[0])
		error_hint(err, "credvault rotate --print-policy");
	return error_detail(err, "No key was made. Key %s works as before.", rotate->row.name);
}

static bool keep_aside(struct rotate *rotate, const struct rotation_record *made, struct error *err)
{
	struct buf plain = ROW_BUF;
	bool ok = rotation_record_encode(made, &plain, err) &&
		  recovery_file_write(rotate->seams->store, made->recovery, TABLE_ROTATION,
				      made->name, &plain, err);

	buf_clear(&plain);
	return ok;
}

/* The only copy of the secret is in our hands, and the vault does not take it. */
static bool not_kept(struct rotate *rotate, const struct rotation_record *made, struct error *err)
{
	const char *id = made->new_access_key_id;
	struct error store = *err, why = ERROR_INIT;

	/* While the row says no more than the intent, the key that signs is the old one. */
	if (step_delete(rotate, SIGNER_OLD, id, &why)) {
		error_set(err, store.code, "the new key could not be stored, so it was deleted");
		error_detail(err, "%s.", store.message);
		error_detail(err, "Key %s works as before; nothing was lost.", made->name);
		(void)!step_end(rotate, made->name, "new key deleted: it could not be stored",
				&why);
		return false;
	}
	if (keep_aside(rotate, made, &why)) {
		error_set(err, store.code,
			  "the new key %s could be neither stored nor deleted: it is in the "
			  "recovery file beside the vault",
			  id);
		error_detail(err, "%s.", store.message);
		error_detail(err,
			     "The file is sealed. Make room and run this again; key %s works "
			     "as before.",
			     made->name);
		return error_hint(err, "credvault rotate %s", rotate->order.name);
	}
	error_set(err, store.code,
		  "the new key %s could be neither stored nor deleted: its secret "
		  "is lost",
		  id);
	error_detail(err, "%s.", store.message);
	error_detail(err, "Key %s works as before.", made->name);
	return error_hint(err, "credvault rotate %s --delete-key %s", rotate->order.name, id);
}

/* Stored at once: from here on the key cannot be lost. */
static bool keep(struct rotate *rotate, struct iam_new_key *key, struct error *err)
{
	struct rotation_record made = rotate->row;
	struct audit_entry entry;
	bool ok;

	made.secret = key->secret;
	made.step = ROTATION_CREATED;
	made.new_created_at = key->created_at ? key->created_at
					      : clock_real_s(rotate->seams->clock);
	(void)snprintf(made.new_access_key_id, sizeof(made.new_access_key_id), "%s",
		       key->access_key_id);
	entry = step_entry(rotate, made.new_access_key_id, "new key created and stored");
	ok = journal_put(rotate->seams->store, &made, &entry, err);
	if (ok) {
		rotate->row = made;
		key->secret = SECRET_EMPTY;
	} else {
		ok = not_kept(rotate, &made, err);
	}
	return ok;
}

/*
 * An answer with a key that was there before would put its secret in the place of one that works.
 */
static bool is_known(struct rotate *rotate, const struct iam_new_key *key, struct error *err)
{
	struct journal_names names = {.at = NULL};
	struct error unused = ERROR_INIT;
	bool known = rotation_record_has_seen(&rotate->row, key->access_key_id);

	if (journal_holders(rotate->seams->store, key->access_key_id, &names, &unused))
		known = known || names.count > 0;
	journal_names_clear(&names);
	if (known)
		error_set(err, ERROR_AWS_UNREACHABLE,
			  "AWS answered CreateAccessKey with key %s, which was there before",
			  key->access_key_id);
	return known;
}

bool step_create(struct rotate *rotate, struct error *err)
{
	struct iam_new_key key = {.secret = SECRET_EMPTY};
	struct aws_failure failure = AWS_FAILURE_INIT;
	bool taken = false, ok;

	if (rotate->resumed) {
		if (!take_aside(rotate, &taken, err))
			return false;
		if (taken)
			return true;
		if (!compare(rotate, err))
			return false;
	}
	if (!recovery_file_reserve(rotate->seams->store, rotate->row.recovery, err)) {
		error_detail(err, "No key was asked for. Key %s works as before.",
			     rotate->row.name);
		return false;
	}
	if (!ask(rotate, &key, &failure, err))
		return refused(rotate, &failure, err);
	/* What was made instead nobody has the secret of, as of one whose answer was lost. */
	failure.maybe_sent = is_known(rotate, &key, err);
	ok = failure.maybe_sent ? refused(rotate, &failure, err) : keep(rotate, &key, err);
	iam_new_key_clear(&key);
	return ok;
}

/* What was on its way when its process ended may come, or be shown, behind the first look. */
static bool compare_twice(struct rotate *rotate, struct error *err)
{
	int64_t age = clock_real_s(rotate->seams->clock) - rotate->row.begun_at;

	if (!compare(rotate, err))
		return false;
	return age >= STEP_PATIENCE_S ||
	       (signer_wait(rotate, STEP_FIRST_WAIT_MS, err) && compare(rotate, err));
}

bool step_abort_intent(struct rotate *rotate, struct error *err)
{
	bool taken = false;

	if (rotate->row.step != ROTATION_INTENDED)
		return true;
	if (!take_aside(rotate, &taken, err))
		return false;
	if (taken)
		return true;
	return compare_twice(rotate, err) &&
	       step_end(rotate, rotate->row.name, "aborted: no key had been made", err);
}
