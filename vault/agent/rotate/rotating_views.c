/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/rotating.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)IAM_KEYS_MAX <= (int)MSG_IAM_KEYS_MAX, "a plan tells of all keys");
_Static_assert((int)MSG_MAY == (int)ROTATE_MAY && (int)MSG_MAY_NOT == (int)ROTATE_MAY_NOT,
	       "messages and rotations number them alike");

static const char *view_state(const struct rotate *rotate)
{
	uint64_t step = rotate->row.step;

	if (rotate->over && step == ROTATION_OFF)
		return "done";
	if (rotate->over)
		return "aborted";
	return step == ROTATION_OFF ? "done" : "pending";
}

/* Finds when and where AWS saw a use that the log does not explain; false where there is none. */
static bool view_unexplained(const struct rotate *rotate, struct msg_use *out)
{
	const struct iam_last_used *use = rotate_unexplained(rotate);

	if (use)
		*out = (struct msg_use){
		    .at = use->at, .service = use->service, .region = use->region};
	return use != NULL;
}

struct msg_rotation rotating_element(const struct rotate *rotate)
{
	static const char *const waits[] = {[ROTATE_WAITS_GRACE] = "grace",
					    [ROTATE_WAITS_IDLE] = "idle",
					    [ROTATE_WAITS_CODE] = "code"};
	struct msg_rotation element = {
	    .name = rotate->order.name,
	    .state = view_state(rotate),
	    .old_access_key_id = rotate_old_id(rotate),
	    .new_access_key_id = rotate_new_id(rotate),
	    .resumed = rotate->resumed,
	};

	if (!rotate->over) {
		element.delete_after = rotation_record_delete_after(&rotate->row);
		element.waits_for = waits[rotate->waits];
		if (rotate->row.step)
			element.step = rotation_record_step_name(rotate->row.step);
	}
	element.is_unexplained = view_unexplained(rotate, &element.unexplained_use);
	return element;
}

static struct msg_iam_key view_listed(const struct rotate *rotate, size_t i)
{
	const struct iam_access_key *key = &rotate->found.keys.items[i];
	const struct rotate_use *use = &rotate->found.uses[i];

	return (struct msg_iam_key){
	    .access_key_id = key->access_key_id,
	    .status = key->status,
	    .created_at = key->created_at,
	    .ours = strcmp(key->access_key_id, rotate->key.access_key_id) == 0 ||
		    strcmp(key->access_key_id, rotate_old_id(rotate)) == 0 ||
		    strcmp(key->access_key_id, rotate_new_id(rotate)) == 0,
	    .last_used_at = use->last.at,
	    .last_used_service = use->known && use->last.at ? use->last.service : NULL,
	    .last_used_region = use->last.region,
	};
}

static struct msg_permissions view_permissions(const struct rotate_found *found)
{
	return (struct msg_permissions){.create = (enum msg_may)found->create,
					.list = MSG_MAY,
					.update = (enum msg_may)found->update,
					.delete = (enum msg_may)found->delete,
					.last_used = (enum msg_may)found->last_used};
}

static bool view_names(const struct rotate *rotate, struct rotating_plan *plan, struct error *err)
{
	const char **texts;

	if (!journal_holders(rotate->seams->store, rotate->key.access_key_id, &plan->names, err))
		return false;
	texts = calloc(plan->names.count + 1, sizeof(*texts));
	if (!texts)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < plan->names.count; i++)
		texts[i] = plan->names.at[i];
	plan->told.names = (struct field_list){.at = texts, .count = plan->names.count};
	return true;
}

/* The terms of the begun rotation, else of a new one; and the keys deleted before a new key. */
static void view_order(const struct rotate *rotate, bool anew, struct rotating_plan *plan)
{
	const struct rotation_record *row = &rotate->row;
	const struct rotate_order *order = &rotate->order;
	bool begun = row->step != 0 && !anew;
	const char *hooks = begun ? row->hooks : order->hooks;
	struct msg_rotate_plan *told = &plan->told;

	told->retire = (enum msg_retire)(begun ? row->retire : order->retire);
	told->grace_s = begun ? row->grace_s : order->grace_s;
	if (begun)
		told->idle_s = row->idle_s;
	else if (order->retire == ROTATION_WHEN_IDLE)
		told->idle_s = rotate_idle_s(order->idle_s);
	told->hooks.text = hooks && hooks[0] ? hooks : "[]";
	told->resumed = begun;
	told->step = begun ? rotation_record_step_name(row->step) : NULL;
	told->deletes.at = plan->deletes;
	if (anew)
		plan->deletes[told->deletes.count++] = rotate_old_id(rotate);
	if (order->delete_key)
		plan->deletes[told->deletes.count++] = order->delete_key;
}

bool rotating_plan(const struct rotate *rotate, bool anew, struct rotating_plan *plan,
		   struct error *err)
{
	struct msg_rotate_plan *told = &plan->told;

	*plan = (struct rotating_plan){.names.at = NULL};
	for (size_t i = 0; i < rotate->found.keys.count; i++)
		told->keys[told->keys_count++] = view_listed(rotate, i);
	told->name = rotate->order.name;
	told->user_name = rotate->user_name;
	told->account_id = rotate->key.account_id;
	told->arn = rotate->arn;
	told->access_key_id = rotate->key.access_key_id;
	told->may = view_permissions(&rotate->found);
	told->mfa = rotate->session.session_token.len > 0;
	told->is_unexplained = view_unexplained(rotate, &told->unexplained_use);
	told->handed_out = rotate->found.verdict == FOREIGN_USE_HANDED_OUT;
	view_order(rotate, anew, plan);
	return view_names(rotate, plan, err);
}

void rotating_plan_clear(struct rotating_plan *plan)
{
	free(plan->told.names.at);
	journal_names_clear(&plan->names);
}
