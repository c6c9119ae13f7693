/* SPDX-License-Identifier: MIT */
#include "vault/rotate/steps.h"

#include "vault/base/secret.h"
#include "vault/rotate/creation.h"
#include "vault/rotate/distribution.h"
#include "vault/rotate/preflight.h"
#include "vault/rotate/sts_proof.h"
#include "vault/rotate/retirement.h"
#include "vault/rotate/step.h"
#include "vault/store/rows/recovery_file.h"

#include <stdio.h>
#include <string.h>

static void note_seen(struct rotate *rotate)
{
	const struct iam_access_keys *keys = &rotate->found.keys;
	struct rotation_record *row = &rotate->row;
	size_t n = 0;

	for (size_t i = 0; i < keys->count; i++)
		n += (size_t)snprintf(row->seen + n, sizeof(row->seen) - n, "%s%s", i ? " " : "",
				      keys->items[i].access_key_id);
}

static int64_t created_at(const struct rotate *rotate)
{
	const struct iam_access_key *listed = rotate_listed(rotate, rotate->key.access_key_id);

	return listed && listed->created_at ? listed->created_at : rotate->key.created_at;
}

static void say_intent(const struct rotate *rotate, char what[static AUDIT_WHAT_BYTES])
{
	const struct iam_last_used *use = rotate_unexplained(rotate);
	char when[TEXT_TIME_BYTES] = "";

	if (use)
		text_format_time(use->at, when);
	(void)snprintf(what, AUDIT_WHAT_BYTES, "a new key is about to be made%s%s%s%.40s%s%.40s",
		       use ? "; AWS saw a use at " : "", when,
		       use ? " that nobody here made: " : "", use ? use->service : "",
		       use && use->region[0] ? " " : "", use ? use->region : "");
}

static void take_retirement(struct rotation_record *row, const struct rotate_order *order)
{
	row->retire = order->retire ? order->retire : ROTATION_DEACTIVATE;
	row->idle_s = row->retire == ROTATION_WHEN_IDLE ? rotate_idle_s(order->idle_s) : 0;
	row->grace_s = row->retire == ROTATION_DELETE ? 0 : order->grace_s;
}

void steps_retire_anew(struct rotate *rotate)
{
	if (rotate->row.step && rotate->row.step <= ROTATION_PROMOTED)
		take_retirement(&rotate->row, &rotate->order);
}

bool steps_intend(struct rotate *rotate, struct error *err)
{
	const struct rotate_order *order = &rotate->order;
	struct rotation_record *row = &rotate->row;
	char what[AUDIT_WHAT_BYTES];

	if (!preflight_clear(rotate, err))
		return false;
	rotation_record_clear(row);
	take_retirement(row, order);
	row->begun_at = clock_real_s(rotate->seams->clock);
	row->old_created_at = created_at(rotate);
	row->old_rotated_at = rotate->key.rotated_at;
	(void)snprintf(row->name, sizeof(row->name), "%s", rotate->key.access_key_id);
	(void)snprintf(row->key_name, sizeof(row->key_name), "%s", rotate->key.name);
	(void)snprintf(row->user_name, sizeof(row->user_name), "%s", rotate->user_name);
	(void)snprintf(row->arn, sizeof(row->arn), "%s", rotate->arn);
	(void)snprintf(row->region, sizeof(row->region), "%.63s", rotate->sts.region);
	(void)snprintf(row->endpoint, sizeof(row->endpoint), "%s",
		       order->endpoint ? order->endpoint : "");
	(void)snprintf(row->hooks, sizeof(row->hooks), "%s", order->hooks ? order->hooks : "");
	secret_random_bytes(row->recovery, sizeof(row->recovery));
	note_seen(rotate);
	rotate->resumed = false;
	rotate->over = false;
	say_intent(rotate, what);
	if (step_commit(rotate, ROTATION_INTENDED, row->name, what, err))
		return true;
	rotation_record_clear(row);
	return false;
}

static bool promote(struct rotate *rotate, struct error *err)
{
	struct rotation_record *row = &rotate->row;
	struct audit_entry entry = step_entry(rotate, row->new_access_key_id, "new key is current");

	return journal_exchange(rotate->seams->store, row, ROTATION_PROMOTED,
				clock_real_s(rotate->seams->clock), &entry, err);
}

static bool prove(struct rotate *rotate, struct error *err)
{
	struct error ignored;

	/* The key is in the vault: what may be in the file is the same. */
	(void)!recovery_file_remove(rotate->seams->store, rotate->row.recovery, &ignored);
	return step_prove(rotate, SIGNER_NEW, err) &&
	       step_commit(rotate, ROTATION_PROVED, rotate->row.new_access_key_id, "new key proved",
			   err);
}

static bool distribute(struct rotate *rotate, struct error *err)
{
	return step_distribute(rotate, err) &&
	       step_commit(rotate, ROTATION_DISTRIBUTED, rotate->row.new_access_key_id,
			   "new key is where it is needed", err);
}

bool steps_next(struct rotate *rotate, enum steps_verdict *verdict, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	bool waits = false, ok = false;

	if (seams->on_step)
		seams->on_step(seams->ctx, rotate);
	switch ((enum rotation_record_step)rotate->row.step) {
	case ROTATION_INTENDED: ok = step_create(rotate, err); break;
	case ROTATION_CREATED: ok = prove(rotate, err); break;
	case ROTATION_PROVED:
		ok = rotate->row.hooks[0] ? distribute(rotate, err) : promote(rotate, err);
		break;
	case ROTATION_DISTRIBUTED: ok = promote(rotate, err); break;
	case ROTATION_PROMOTED: ok = step_deactivate(rotate, &waits, err); break;
	case ROTATION_OFF: ok = step_delete_old(rotate, &waits, err); break;
	case ROTATION_UNDOING: ok = step_restore(rotate, err); break;
	case ROTATION_RESTORED:
	case ROTATION_ABORTING: ok = step_delete_new(rotate, err); break;
	}
	*verdict = rotate->over ? STEPS_OVER : waits ? STEPS_WAITING : STEPS_MORE;
	return ok;
}

bool steps_delete_now(struct rotate *rotate, struct error *err)
{
	enum steps_verdict verdict;

	rotate->row.grace_s = 0;
	return steps_next(rotate, &verdict, err);
}

bool steps_undo(struct rotate *rotate, struct error *err)
{
	uint64_t step = rotate->row.step;

	if (step == ROTATION_UNDOING || step == ROTATION_RESTORED)
		return true;
	if (step == ROTATION_PROMOTED || step == ROTATION_OFF)
		return step_commit(rotate, ROTATION_UNDOING, rotate->row.name, "undo begun", err);
	error_set(err, ERROR_USAGE, "there is no old key that could be brought back");
	if (step)
		error_hint(err, "credvault rotate %s --abort", rotate->order.name);
	return false;
}

bool steps_abort(struct rotate *rotate, struct error *err)
{
	uint64_t step = rotate->row.step;

	if (step == ROTATION_ABORTING)
		return true;
	if (step >= ROTATION_INTENDED && step <= ROTATION_DISTRIBUTED)
		return step_abort_intent(rotate, err) &&
		       (rotate->over || step_commit(rotate, ROTATION_ABORTING, rotate->row.name,
						    "abort begun", err));
	error_set(err, ERROR_USAGE, "there is no rotation that could be aborted");
	if (step)
		error_hint(err, "credvault rotate %s --undo", rotate->order.name);
	return false;
}

bool steps_run(struct rotate *rotate, enum steps_verdict *verdict, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;

	*verdict = STEPS_MORE;
	while (*verdict == STEPS_MORE) {
		if (seams->gone && seams->gone(seams->ctx))
			return error_set(err, ERROR_INTERRUPTED, "the client has gone");
		if (!steps_next(rotate, verdict, err))
			return false;
	}
	return true;
}
