/* SPDX-License-Identifier: MIT */
#include "vault/rotate/steps.h"

#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/rotate/creation.h"
#include "vault/rotate/preflight.h"
#include "vault/rotate/retirement.h"
#include "vault/rotate/sts_proof.h"
#include "vault/store/rows/recovery_file.h"

#include <stdio.h>
#include <string.h>

/* --- the beginning ---------------------------------------------------------------------------- */

/* The log's words, with the last use where nobody here can have made it. */
static void steps_say_intent(const struct rotate *rotate, char what[static AUDIT_WHAT_BYTES])
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

static void steps_take_terms(struct rotation_record *row, const struct rotate_order *order)
{
	row->retire = order->retire ? order->retire : ROTATION_DEACTIVATE;
	row->idle_s = row->retire == ROTATION_WHEN_IDLE ? rotate_idle_s(order->idle_s) : 0;
	row->grace_s = row->retire == ROTATION_DELETE ? 0 : order->grace_s;
}

void steps_retire_anew(struct rotate *rotate)
{
	if (rotate->row.step && rotate->row.step <= ROTATION_PROMOTED)
		steps_take_terms(&rotate->row, &rotate->order);
}

bool steps_intend(struct rotate *rotate, struct error *err)
{
	const struct rotate_order *order = &rotate->order;
	const struct iam_access_keys *keys = &rotate->found.keys;
	const struct iam_access_key *listed;
	struct rotation_record *row = &rotate->row;
	char what[AUDIT_WHAT_BYTES];
	size_t n = 0;

	if (!preflight_clear(rotate, err))
		return false;
	rotation_record_clear(row);
	steps_take_terms(row, order);
	row->begun_at = clock_real_s(rotate->seams->clock);
	listed = rotate_listed(rotate, rotate->key.access_key_id);
	row->old_created_at = listed && listed->created_at ? listed->created_at
							   : rotate->key.created_at;
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
	for (size_t i = 0; i < keys->count; i++)
		n += (size_t)snprintf(row->seen + n, sizeof(row->seen) - n, "%s%s", i ? " " : "",
				      keys->items[i].access_key_id);
	rotate->resumed = false;
	rotate->over = false;
	steps_say_intent(rotate, what);
	if (rotate_commit(rotate, ROTATION_INTENDED, row->name, what, err))
		return true;
	rotation_record_clear(row);
	return false;
}

/* --- one step after the other ----------------------------------------------------------------- */

static bool steps_prove(struct rotate *rotate, struct error *err)
{
	struct error ignored;

	/* The new key is in the vault: the recovery file can hold nothing else. */
	(void)!recovery_file_remove(rotate->seams->store, rotate->row.recovery, &ignored);
	return step_prove(rotate, SIGNER_NEW, err) &&
	       rotate_commit(rotate, ROTATION_PROVED, rotate->row.new_access_key_id,
			     "new key proved", err);
}

static bool steps_run_hook(struct rotate *rotate, size_t i, const char *command,
			   const struct access_key *fresh, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	uint64_t before = rotate->row.hooks_done;

	if (!seams->hook(seams->ctx, rotate, command, fresh, err)) {
		error_detail(err,
			     "Key %s stays current and works; the next run asks the hook "
			     "again.",
			     rotate->row.name);
		return error_hint(err, "credvault rotate %s", TEXT_WORD(rotate->order.name));
	}
	rotate->row.hooks_done |= (uint64_t)1 << i;
	if (rotate_commit(rotate, ROTATION_PROVED, rotate->row.new_access_key_id,
			  "a hook has acknowledged the new key", err))
		return true;
	rotate->row.hooks_done = before;
	return false;
}

/* Hands the new key to the hooks that have not acknowledged it; each acknowledgement is durable. */
static bool steps_distribute(struct rotate *rotate, struct error *err)
{
	const struct rotation_record *row = &rotate->row;
	struct access_key fresh = rotate->key;
	json_t *hooks = NULL;
	bool ok;

	fresh.secret = SECRET_EMPTY;
	fresh.created_at = row->new_created_at;
	(void)snprintf(fresh.access_key_id, sizeof(fresh.access_key_id), "%s",
		       row->new_access_key_id);
	ok = json_parse(row->hooks, strlen(row->hooks), ROTATION_HOOKS_TEXT_MAX, &hooks, err) &&
	     secret_set(&fresh.secret, row->secret.data, row->secret.len, err);
	for (size_t i = 0; ok && i < json_array_size(hooks) && i < ROTATION_HOOKS_MAX; i++) {
		const char *command = json_string_value(json_array_get(hooks, i));

		if (command && !(row->hooks_done >> i & 1))
			ok = steps_run_hook(rotate, i, command, &fresh, err);
	}
	access_key_clear(&fresh);
	json_decref(hooks);
	return ok && rotate_commit(rotate, ROTATION_DISTRIBUTED, row->new_access_key_id,
				   "new key is where it is needed", err);
}

static bool steps_promote(struct rotate *rotate, struct error *err)
{
	struct rotation_record *row = &rotate->row;
	struct audit_entry entry = rotate_entry(rotate, row->new_access_key_id,
						"new key is current");

	return journal_exchange(rotate->seams->store, row, ROTATION_PROMOTED,
				clock_real_s(rotate->seams->clock), &entry, err);
}

bool steps_next(struct rotate *rotate, enum steps_verdict *verdict, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	bool waits = false, ok = false;

	seams->on_step(seams->ctx, rotate);
	switch ((enum rotation_record_step)rotate->row.step) {
	case ROTATION_INTENDED: ok = step_create(rotate, err); break;
	case ROTATION_CREATED: ok = steps_prove(rotate, err); break;
	case ROTATION_PROVED:
		ok = rotate->row.hooks[0] ? steps_distribute(rotate, err)
					  : steps_promote(rotate, err);
		break;
	case ROTATION_DISTRIBUTED: ok = steps_promote(rotate, err); break;
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
		return rotate_commit(rotate, ROTATION_UNDOING, rotate->row.name, "undo begun", err);
	error_set(err, ERROR_USAGE, "there is no old key that could be brought back");
	error_detail(err, "Nothing was changed.");
	if (step)
		error_hint(err, "credvault rotate %s --abort", TEXT_WORD(rotate->order.name));
	return false;
}

bool steps_abort(struct rotate *rotate, struct error *err)
{
	uint64_t step = rotate->row.step;

	if (step == ROTATION_ABORTING)
		return true;
	if (step >= ROTATION_INTENDED && step <= ROTATION_DISTRIBUTED)
		return step_abort_intent(rotate, err) &&
		       (rotate->over || rotate_commit(rotate, ROTATION_ABORTING, rotate->row.name,
						      "abort begun", err));
	error_set(err, ERROR_USAGE, "there is no rotation that could be aborted");
	error_detail(err, "Nothing was changed.");
	if (step)
		error_hint(err, "credvault rotate %s --undo", TEXT_WORD(rotate->order.name));
	return false;
}

bool steps_run(struct rotate *rotate, enum steps_verdict *verdict, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;

	*verdict = STEPS_MORE;
	while (*verdict == STEPS_MORE) {
		if (seams->gone(seams->ctx))
			return error_set(err, ERROR_INTERRUPTED, "the client has gone");
		if (!steps_next(rotate, verdict, err))
			return false;
	}
	return true;
}
