/* SPDX-License-Identifier: MIT */
#include "vault/rotate/retirement.h"

#include "vault/rotate/sts_proof.h"
#include "vault/rotate/signer.h"
#include "vault/rotate/step.h"

#include <string.h>

/* IAM learns of a new key later than STS: while it is young, being unknown is no refusal. */
static bool insist(struct rotate *rotate, enum signer who, signer_call *fn, struct signer_key *key,
		   bool *gone, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	int64_t until = clock_boot_ms(seams->clock) + (int64_t)STEP_PATIENCE_S * 1000;
	int64_t wait = STEP_FIRST_WAIT_MS;

	for (;;) {
		struct aws_failure failure;

		if (signer_iam(rotate, who, fn, key, false, &failure, err))
			return true;
		*gone = strcmp(failure.aws_code, "NoSuchEntity") == 0;
		if (*gone) {
			*err = ERROR_INIT;
			return true;
		}
		if (strcmp(failure.aws_code, "InvalidClientTokenId") != 0 ||
		    clock_real_s(seams->clock) > rotate->row.begun_at + 2 * STEP_PATIENCE_S ||
		    clock_boot_ms(seams->clock) + wait > until)
			return false;
		if (seams->on_waiting)
			seams->on_waiting(seams->ctx, rotate, "IAM", wait / 1000);
		if (!signer_wait(rotate, wait, err))
			return false;
		wait = step_back_off(wait);
		*err = ERROR_INIT;
	}
}

/* Off and on, again and again until IAM knows the key that signs. NoSuchEntity is *gone. */
static bool update(struct rotate *rotate, enum signer who, const char *id, bool active, bool *gone,
		   struct error *err)
{
	struct signer_key key = {.id = id, .active = active};

	*gone = false;
	return insist(rotate, who, signer_update, &key, gone, err);
}

bool step_delete(struct rotate *rotate, enum signer who, const char *id, struct error *err)
{
	struct signer_key key = {.id = id};
	bool gone;

	return insist(rotate, who, signer_delete, &key, &gone, err);
}

/* IAM tells of a use hours later, so promotion must be longer ago than that too. */
static bool is_idle(struct rotate *rotate, bool *is, struct error *err)
{
	const struct rotation_record *row = &rotate->row;
	struct signer_key old = {.id = row->name};
	struct aws_failure failure;
	struct audit_entry entry;
	int64_t now = clock_real_s(rotate->seams->clock);
	int64_t least = rotate_idle_s(row->idle_s);

	*is = false;
	if (now < row->promoted_at + least)
		return true;
	/* Where it is not idle nothing else would tell of this call. */
	entry = step_entry(rotate, row->new_access_key_id, "asked AWS whether the old key is idle");
	if (!journal_note(rotate->seams->store, &entry, err) ||
	    !signer_iam(rotate, SIGNER_NEW, signer_last_used, &old, false, &failure, err))
		return false;
	/* IAM's time against IAM's clock. A key that was never used is idle since its promotion. */
	now += rotate_aws_ahead_s(rotate, &rotate->iam);
	*is = now >= old.last.at + least;
	return true;
}

/*
 * A name that came into the vault with the old key while it was rotated would be left with a dead
 * one.
 */
static bool nobody_holds_it(struct rotate *rotate, struct error *err)
{
	struct journal_names names = {.at = NULL};
	bool none;

	if (!journal_holders(rotate->seams->store, rotate->row.name, &names, err))
		return false;
	none = names.count == 0;
	if (!none) {
		error_set(err, ERROR_FAILED, "%s was added with the old key %s meanwhile",
			  names.at[0], rotate->row.name);
		error_detail(err, "The new key is current for %s; the old one is still on.",
			     rotate->order.name);
		error_hint(err, "credvault remove %s && credvault rotate %s", names.at[0],
			   rotate->order.name);
	}
	journal_names_clear(&names);
	return none;
}

static bool retired(struct rotate *rotate, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;

	return !seams->retired || seams->retired(seams->ctx, &rotate->row, err);
}

bool step_deactivate(struct rotate *rotate, bool *waits, struct error *err)
{
	struct rotation_record *row = &rotate->row;
	bool idle = true, gone;

	*waits = false;
	if (!nobody_holds_it(rotate, err))
		return false;
	if (row->retire == ROTATION_WHEN_IDLE && !is_idle(rotate, &idle, err))
		return false;
	if (!idle) {
		rotate->waits = ROTATE_WAITS_IDLE;
		*waits = true;
		return true;
	}
	if (!update(rotate, SIGNER_NEW, row->name, false, &gone, err)) {
		error_detail(err, "The new key %s is current; the old one, %s, is still on.",
			     row->new_access_key_id, row->name);
		return error_hint(err, "credvault rotate %s --resume", rotate->order.name);
	}
	row->off_at = clock_real_s(rotate->seams->clock);
	return step_commit(rotate, ROTATION_OFF, row->name,
			   gone ? "old key was gone at IAM" : "old key switched off", err) &&
	       retired(rotate, err);
}

bool step_delete_old(struct rotate *rotate, bool *waits, struct error *err)
{
	const struct rotation_record *row = &rotate->row;

	*waits = clock_real_s(rotate->seams->clock) < rotation_record_delete_after(row);
	rotate->waits = *waits ? ROTATE_WAITS_GRACE : ROTATE_WAITS_NOT;
	if (*waits)
		return true;
	/* Where the last run ended between the switch and this. */
	if (!retired(rotate, err))
		return false;
	if (!step_delete(rotate, SIGNER_NEW, row->name, err)) {
		/* The session ended with the key it was made from. The next code finishes this. */
		*waits = rotate->session_died && err->code == ERROR_AWS_REFUSED;
		if (*waits) {
			rotate->waits = ROTATE_WAITS_CODE;
			*err = ERROR_INIT;
			return true;
		}
		error_detail(err,
			     "The new key %s is current; the old one, %s, is off and not "
			     "deleted yet.",
			     row->new_access_key_id, row->name);
		return error_hint(err, "credvault rotate %s --resume", rotate->order.name);
	}
	return step_end(rotate, row->name, "old key deleted", err);
}

bool step_restore(struct rotate *rotate, struct error *err)
{
	struct rotation_record *row = &rotate->row;
	struct audit_entry entry;
	bool gone;

	if (!update(rotate, SIGNER_NEW, row->name, true, &gone, err))
		return false;
	if (gone) {
		/* What is left of it is the row, which the next run takes away. */
		row->grace_s = 0;
		if (!step_commit(rotate, ROTATION_OFF, row->name, "undo: old key is gone", err))
			return false;
		error_set(err, ERROR_AWS_REFUSED, "the old key %s was deleted at IAM", row->name);
		return error_detail(err, "It cannot be brought back; %s stays current.",
				    row->new_access_key_id);
	}
	if (!step_prove(rotate, SIGNER_OLD, err))
		return false;
	entry = step_entry(rotate, row->name, "undo: old key on and current again");
	return journal_exchange(rotate->seams->store, row, ROTATION_RESTORED,
				clock_real_s(rotate->seams->clock), &entry, err);
}

bool step_delete_new(struct rotate *rotate, struct error *err)
{
	const struct rotation_record *row = &rotate->row;
	bool restored = row->step == ROTATION_RESTORED, gone;

	/* Sessions were made from it only after its promotion. */
	if (restored && (!update(rotate, SIGNER_OLD, row->new_access_key_id, false, &gone, err) ||
			 !retired(rotate, err)))
		return false;
	if (row->new_access_key_id[0] &&
	    !step_delete(rotate, SIGNER_OLD, row->new_access_key_id, err))
		return false;
	return step_end(rotate, row->new_access_key_id[0] ? row->new_access_key_id : row->name,
			restored ? "undo: new key deleted" : "aborted: new key deleted", err);
}
