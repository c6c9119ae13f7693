/* SPDX-License-Identifier: MIT */
#include "vault/rotate/creation.h"

#include "vault/base/text.h"
#include "vault/rotate/preflight.h"
#include "vault/rotate/retirement.h"
#include "vault/rotate/signer.h"
#include "vault/store/rows/recovery_file.h"
#include "vault/store/rows/rows.h"

#include <stdio.h>
#include <string.h>

/* --- what an earlier run left ----------------------------------------------------------------- */

static bool creation_take_aside(struct rotate *rotate, bool *taken, struct error *err)
{
	struct audit_entry entry = rotate->seams->entry(rotate->seams->ctx);

	return journal_take_aside(rotate->seams->store, &rotate->row, &entry, taken, err);
}

/* The key that IAM lists now and did not list at the intent. */
static const struct iam_access_key *creation_candidate(const struct rotate *rotate)
{
	const struct iam_access_keys *keys = &rotate->found.keys;

	for (size_t i = 0; i < keys->count; i++) {
		if (!rotation_record_has_seen(&rotate->row, keys->items[i].access_key_id))
			return &keys->items[i];
	}
	return NULL;
}

static bool creation_name_candidate(const struct rotate *rotate, const struct iam_access_key *key,
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
	return error_hint(err, "credvault rotate %s --delete-key %s", TEXT_WORD(rotate->order.name),
			  key->access_key_id);
}

bool step_nothing_to_keep(struct error *err)
{
	error_set(err, ERROR_NOT_FOUND,
		  "no key is in the way of this rotation, so there is none "
		  "to keep");
	return error_detail(err, "Nothing was changed.");
}

/* Looks at IAM for the key whose answer was lost; a new key there may be somebody else's too. */
static bool creation_compare(struct rotate *rotate, struct error *err)
{
	const struct iam_access_key *key;
	const char *named;

	/* A list without the key that asks for it says nothing of a new one either. */
	if (!preflight_list(rotate, err) || !preflight_lists_it(rotate, err))
		return false;
	key = creation_candidate(rotate);
	if (!key && rotate->order.keep_orphan)
		return step_nothing_to_keep(err);
	named = rotate->order.delete_key;
	if (named && (!key || strcmp(named, key->access_key_id) == 0)) {
		if (!preflight_delete_named(rotate, err))
			return false;
		/* An abort looks twice. */
		rotate->order.delete_key = NULL;
		return true;
	}
	if (!key)
		return true;
	if (rotate->order.keep_orphan) {
		if (!rotate_end(rotate, key->access_key_id, "given up: the new key at IAM is kept",
				err))
			return false;
		return preflight_too_many(rotate, err);
	}
	return creation_name_candidate(rotate, key, err);
}

/* --- the new key ------------------------------------------------------------------------------ */

static bool creation_ask(struct rotate *rotate, struct iam_new_key *key,
			 struct aws_failure *failure, struct error *err)
{
	for (int tries = 1;; tries++) {
		/* Inside the gate: nobody ends the agent between AWS's answer and the commit. */
		struct signer by = {.rotate = rotate, .who = SIGNER_OLD, .stays = true};
		bool ok;

		do {
			ok = signer_session(&by, err) &&
			     iam_create_access_key(&by.aws, by.user_name, key, &by.failure, err);
		} while (signer_again(&by, ok, err));
		*failure = by.failure;
		/*
		 * Throttling and a wrong clock are refusals: no key was made, so asking again is no
		 * blind retry. The pace knows how long to wait before.
		 */
		if (ok || failure->maybe_sent || tries == PACE_TRIES ||
		    (strncmp(failure->aws_code, "Throttling", 10) != 0 &&
		     strcmp(failure->aws_code, "RequestLimitExceeded") != 0 &&
		     !failure->clock_was_off))
			return ok;
		*err = ERROR_INIT;
	}
}

/* No key came. Whether IAM has made one is another question. */
static bool creation_refused(struct rotate *rotate, const struct aws_failure *failure,
			     struct error *err)
{
	struct error unused = ERROR_INIT, why = ERROR_INIT;
	const struct iam_access_key *key = NULL;

	if (failure->maybe_sent || strcmp(failure->aws_code, "LimitExceeded") == 0) {
		if (preflight_list(rotate, &unused))
			key = creation_candidate(rotate);
		if (key)
			return creation_name_candidate(rotate, key, err);
		error_detail(err, "IAM lists no new key. Key %s works as before.",
			     rotate->row.name);
		return error_hint(err, "credvault rotate %s", TEXT_WORD(rotate->order.name));
	}
	/* An earlier try of the same rotation may still come to light. */
	if (!rotate->resumed)
		(void)!rotate_end(rotate, rotate->row.name, "no new key was made", &why);
	if (strcmp(failure->aws_code, "AccessDenied") == 0 && !err->hint[0])
		error_hint(err, "credvault rotate --print-policy");
	return error_detail(err, "No key was made. Key %s works as before.", rotate->row.name);
}

/* The only copy of the new key's secret is in memory, and the vault cannot be written. */
static bool creation_not_kept(struct rotate *rotate, const struct rotation_record *made,
			      struct error *err)
{
	const char *id = made->new_access_key_id;
	struct error store = *err, why = ERROR_INIT;
	struct buf plain = ROW_BUF;
	bool aside;

	/* While the row says no more than the intent, the key that signs is the old one. */
	if (step_delete(rotate, SIGNER_OLD, id, &why)) {
		error_set(err, store.code, "the new key could not be stored, so it was deleted");
		error_detail(err, "%s.", store.message);
		error_detail(err, "Key %s works as before; nothing was lost.", made->name);
		(void)!rotate_end(rotate, made->name, "new key deleted: it could not be stored",
				  &why);
		return false;
	}
	aside = rotation_record_encode(made, &plain, &why) &&
		recovery_file_write(rotate->seams->store, made->recovery, TABLE_ROTATION,
				    made->name, &plain, &why);
	buf_clear(&plain);
	if (aside) {
		error_set(err, store.code,
			  "the new key %s could be neither stored nor deleted: it is in the "
			  "recovery file beside the vault",
			  id);
		error_detail(err, "%s.", store.message);
		error_detail(err,
			     "The file is sealed. Make room and run this again; key %s works "
			     "as before.",
			     made->name);
		return error_hint(err, "credvault rotate %s", TEXT_WORD(rotate->order.name));
	}
	error_set(err, store.code,
		  "the new key %s could be neither stored nor deleted: its secret "
		  "is lost",
		  id);
	error_detail(err, "%s.", store.message);
	error_detail(err, "Key %s works as before.", made->name);
	return error_hint(err, "credvault rotate %s --delete-key %s", TEXT_WORD(rotate->order.name),
			  id);
}

/* Stores the new key at once: from here on it cannot be lost. */
static bool creation_keep(struct rotate *rotate, struct iam_new_key *key, struct error *err)
{
	struct rotation_record made = rotate->row;
	struct audit_entry entry;

	made.secret = key->secret;
	made.step = ROTATION_CREATED;
	made.new_created_at = key->created_at ? key->created_at
					      : clock_real_s(rotate->seams->clock);
	(void)snprintf(made.new_access_key_id, sizeof(made.new_access_key_id), "%s",
		       key->access_key_id);
	entry = rotate_entry(rotate, made.new_access_key_id, "new key created and stored");
	if (!journal_put(rotate->seams->store, &made, &entry, err))
		return creation_not_kept(rotate, &made, err);
	rotate->row = made;
	key->secret = SECRET_EMPTY;
	return true;
}

/* The answer's secret must not take the place of the secret of a key that was there before. */
static bool creation_is_known(struct rotate *rotate, const struct iam_new_key *key,
			      struct error *err)
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
		if (!creation_take_aside(rotate, &taken, err))
			return false;
		if (taken)
			return !rotate->order.keep_orphan || step_nothing_to_keep(err);
		if (!creation_compare(rotate, err))
			return false;
	}
	if (!recovery_file_reserve(rotate->seams->store, rotate->row.recovery, err)) {
		error_detail(err, "No key was asked for. Key %s works as before.",
			     rotate->row.name);
		return false;
	}
	if (!creation_ask(rotate, &key, &failure, err))
		return creation_refused(rotate, &failure, err);
	/* An answer with a known key counts as lost: AWS may have made a key without telling us. */
	failure.maybe_sent = creation_is_known(rotate, &key, err);
	ok = failure.maybe_sent ? creation_refused(rotate, &failure, err)
				: creation_keep(rotate, &key, err);
	iam_new_key_clear(&key);
	return ok;
}

bool step_abort_intent(struct rotate *rotate, struct error *err)
{
	int64_t age = clock_real_s(rotate->seams->clock) - rotate->row.begun_at;
	bool taken = false;

	if (rotate->row.step != ROTATION_INTENDED)
		return true;
	if (!creation_take_aside(rotate, &taken, err))
		return false;
	if (taken)
		return true;
	if (!creation_compare(rotate, err))
		return false;
	/* A call that was on its way when its process ended may show only at a second look. */
	if (age < ROTATE_PATIENCE_S &&
	    (!rotate_wait(rotate, ROTATE_WAIT_FIRST_MS, err) || !creation_compare(rotate, err)))
		return false;
	return rotate_end(rotate, rotate->row.name, "aborted: no key had been made", err);
}
