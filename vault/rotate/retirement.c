/* SPDX-License-Identifier: MIT */
#include "vault/rotate/retirement.h"

#include "vault/base/text.h"
#include "vault/rotate/sts_proof.h"

#include <string.h>

/*
 * Changes a key, again and again until IAM knows the key that signs: IAM learns of a new key later
 * than STS, and while the key is young, being unknown is no refusal. *gone: the changed key is not
 * there (NoSuchEntity).
 */
static bool retirement_change(struct rotate *rotate, enum signer_key who, enum signer_change change,
			      const char *id, bool *gone, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	int64_t until = clock_boot_ms(seams->clock) + (int64_t)ROTATE_PATIENCE_S * 1000;
	int64_t wait = ROTATE_WAIT_FIRST_MS;

	*gone = false;
	for (;;) {
		struct aws_failure failure;

		if (signer_change(rotate, who, change, id, &failure, err))
			return true;
		*gone = strcmp(failure.aws_code, "NoSuchEntity") == 0;
		if (*gone) {
			*err = ERROR_INIT;
			return true;
		}
		if (strcmp(failure.aws_code, "InvalidClientTokenId") != 0 ||
		    clock_real_s(seams->clock) > rotate->row.begun_at + 2 * ROTATE_PATIENCE_S ||
		    clock_boot_ms(seams->clock) + wait > until)
			return false;
		seams->on_waiting(seams->ctx, rotate, "IAM", wait / 1000);
		if (!rotate_wait(rotate, wait, err))
			return false;
		wait = rotate_back_off(wait);
		*err = ERROR_INIT;
	}
}

bool step_delete(struct rotate *rotate, enum signer_key who, const char *id, struct error *err)
{
	bool gone;

	return retirement_change(rotate, who, SIGNER_DELETE, id, &gone, err);
}

/* IAM tells of a use hours later, so the promotion must be longer ago than that too. */
static bool retirement_is_idle(struct rotate *rotate, bool *is, struct error *err)
{
	const struct rotation_record *row = &rotate->row;
	struct signer by = {.rotate = rotate, .who = SIGNER_NEW};
	int64_t now = clock_real_s(rotate->seams->clock);
	int64_t least = rotate_idle_s(row->idle_s);
	struct iam_last_used last;
	struct audit_entry entry;
	bool ok;

	*is = false;
	if (now < row->promoted_at + least)
		return true;
	/* Where the key is not idle, no other line would tell of this call. */
	entry = rotate_entry(rotate, row->new_access_key_id,
			     "asked AWS whether the old key is idle");
	if (!journal_note(rotate->seams->store, &entry, err))
		return false;
	do {
		ok = signer_session(&by, err) &&
		     iam_get_access_key_last_used(&by.aws, row->name, &last, &by.failure, err);
	} while (signer_again(&by, ok, err));
	if (!ok)
		return false;
	/* IAM's time against IAM's clock. A key that was never used is idle since its promotion. */
	now += rotate_aws_ahead_s(rotate, &rotate->iam);
	*is = now >= last.at + least;
	return true;
}

/* A name that was added with the old key during the rotation would be left with a dead key. */
static bool retirement_held_by_none(struct rotate *rotate, struct error *err)
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
		error_hint(err, "credvault remove %s && credvault rotate %s",
			   TEXT_WORD(names.at[0]), TEXT_WORD(rotate->order.name));
	}
	journal_names_clear(&names);
	return none;
}

bool step_deactivate(struct rotate *rotate, bool *waits, struct error *err)
{
	struct rotation_record *row = &rotate->row;
	bool idle = true, gone;

	*waits = false;
	if (!retirement_held_by_none(rotate, err))
		return false;
	if (row->retire == ROTATION_WHEN_IDLE && !retirement_is_idle(rotate, &idle, err))
		return false;
	if (!idle) {
		rotate->waits = ROTATE_WAITS_IDLE;
		*waits = true;
		return true;
	}
	if (!retirement_change(rotate, SIGNER_NEW, SIGNER_SWITCH_OFF, row->name, &gone, err)) {
		error_detail(err, "The new key %s is current; the old one, %s, is still on.",
			     row->new_access_key_id, row->name);
		return error_hint(err, "credvault rotate %s --resume",
				  TEXT_WORD(rotate->order.name));
	}
	row->off_at = clock_real_s(rotate->seams->clock);
	return rotate_commit(rotate, ROTATION_OFF, row->name,
			     gone ? "old key was gone at IAM" : "old key switched off", err) &&
	       rotate->seams->retired(rotate->seams->ctx, row, err);
}

bool step_delete_old(struct rotate *rotate, bool *waits, struct error *err)
{
	const struct rotation_record *row = &rotate->row;

	*waits = clock_real_s(rotate->seams->clock) < rotation_record_delete_after(row);
	rotate->waits = *waits ? ROTATE_WAITS_GRACE : ROTATE_WAITS_NOT;
	if (*waits)
		return true;
	/* The last run may have ended between the switch and the dropping of the sessions. */
	if (!rotate->seams->retired(rotate->seams->ctx, row, err))
		return false;
	if (!step_delete(rotate, SIGNER_NEW, row->name, err)) {
		/* The session ended with the key that it was made from: the next code deletes. */
		*waits = rotate->session_died &&
			 (err->code == ERROR_AWS_REFUSED || err->code == ERROR_MFA_NEEDED);
		if (*waits) {
			rotate->waits = ROTATE_WAITS_CODE;
			*err = ERROR_INIT;
			return true;
		}
		error_detail(err,
			     "The new key %s is current; the old one, %s, is off and not "
			     "deleted yet.",
			     row->new_access_key_id, row->name);
		return error_hint(err, "credvault rotate %s --resume",
				  TEXT_WORD(rotate->order.name));
	}
	return rotate_end(rotate, row->name, "old key deleted", err);
}

bool step_restore(struct rotate *rotate, struct error *err)
{
	struct rotation_record *row = &rotate->row;
	struct audit_entry entry;
	bool gone;

	if (!retirement_change(rotate, SIGNER_NEW, SIGNER_SWITCH_ON, row->name, &gone, err))
		return false;
	if (gone) {
		/* Only the row is left, which the next run takes away. */
		row->grace_s = 0;
		if (!rotate_commit(rotate, ROTATION_OFF, row->name, "undo: old key is gone", err))
			return false;
		error_set(err, ERROR_AWS_REFUSED, "the old key %s was deleted at IAM", row->name);
		return error_detail(err, "It cannot be brought back; %s stays current.",
				    row->new_access_key_id);
	}
	if (!step_prove(rotate, SIGNER_OLD, err))
		return false;
	entry = rotate_entry(rotate, row->name, "undo: old key on and current again");
	return journal_exchange(rotate->seams->store, row, ROTATION_RESTORED,
				clock_real_s(rotate->seams->clock), &entry, err);
}

bool step_delete_new(struct rotate *rotate, struct error *err)
{
	const struct rotation_record *row = &rotate->row;
	bool restored = row->step == ROTATION_RESTORED, gone;

	/* Only a key that was promoted has sessions. */
	if (restored && (!retirement_change(rotate, SIGNER_OLD, SIGNER_SWITCH_OFF,
					    row->new_access_key_id, &gone, err) ||
			 !rotate->seams->retired(rotate->seams->ctx, row, err)))
		return false;
	if (row->new_access_key_id[0] &&
	    !step_delete(rotate, SIGNER_OLD, row->new_access_key_id, err))
		return false;
	return rotate_end(rotate, row->new_access_key_id[0] ? row->new_access_key_id : row->name,
			  restored ? "undo: new key deleted" : "aborted: new key deleted", err);
}
