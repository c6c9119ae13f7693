/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/rotating_proof.h"

#include "vault/agent/view/key_view.h"

/* A tenth of the key's maximal age, and no less than the grace of the last rotation's old key. */
static int64_t proof_pause_s(int64_t max_age_s, const struct settings *settings)
{
	int64_t pause = max_age_s / 10;

	return pause > settings->grace_s ? pause : settings->grace_s;
}

static bool proof_terms_differ(const struct rotating_terms *a, const struct rotating_terms *b)
{
	return a->retire != b->retire ||
	       (a->retire == ROTATION_WHEN_IDLE &&
		rotate_idle_s(a->idle_s) != rotate_idle_s(b->idle_s)) ||
	       (a->retire != ROTATION_DELETE && a->grace_s != b->grace_s);
}

const char *rotating_proof_reason(const struct rotating_asked *asked)
{
	const struct rotate_order *order = &asked->rotate->order;
	const struct rotation_record *row = &asked->rotate->row;
	const struct access_key *key = &asked->rotate->key;
	const struct view_age age = view_age(key, &asked->settings, asked->now);
	const bool begins = !row->step || asked->anew;
	const char *hooks = begins ? order->hooks : row->step <= ROTATION_PROVED ? row->hooks : "";

	if (asked->act == MSG_ROTATE_PLAN)
		return NULL;
	if (order->delete_key)
		return "a key to be deleted is named";
	/* An undo or abort that was begun was proved then; one that is impossible is refused. */
	if (asked->act == MSG_ROTATE_UNDO)
		return row->step == ROTATION_PROMOTED || row->step == ROTATION_OFF
			   ? "an undo deletes the new key"
			   : NULL;
	if (asked->act == MSG_ROTATE_ABORT)
		return row->step && row->step <= ROTATION_DISTRIBUTED
			   ? "an abort deletes the new key"
			   : NULL;
	if (order->keep_orphan)
		return "the rotation may be given up";
	if (hooks && hooks[0])
		return "hooks get the new key";
	if (asked->anew && asked->now < rotation_record_delete_after(row))
		return "the last rotation's old key would be deleted before its grace is over";
	if (proof_terms_differ(&asked->stored, &asked->wanted))
		return "the old key would not be retired as the vault has it";
	if (!begins)
		return NULL;
	if (key->rotated_at &&
	    asked->now < key->rotated_at + proof_pause_s(age.max_age_s, &asked->settings))
		return "the key was rotated a short while ago";
	if (!age.due)
		return "the key is not due";
	return NULL;
}
