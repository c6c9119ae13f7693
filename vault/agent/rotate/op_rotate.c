/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/hooks.h"
#include "vault/agent/core/ops.h"
#include "vault/agent/core/passphrase_proof.h"
#include "vault/agent/view/retiring.h"
#include "vault/agent/rotate/rotating.h"
#include "vault/creds/plan.h"
#include "vault/format/json.h"
#include "vault/format/totp.h"
#include "vault/rotate/preflight.h"
#include "vault/rotate/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum act { ACT_ROTATE, ACT_RESUME, ACT_PLAN, ACT_UNDO, ACT_ABORT };

/* One request at work; too large for a thread's stack. */
struct work {
	struct rotating rotating;
	struct rotate rotate;
	struct rotate_order order; /* as it was asked for */
	struct buf said_hooks, hooks;
	enum act act;
	bool confirm;
};

/* --- arguments -------------------------------------------------------------------------------- */

static bool work_read_act(const json_t *args, struct work *work, struct error *err)
{
	static const char *const acts[] = {[ACT_ROTATE] = "rotate",
					   [ACT_RESUME] = "resume",
					   [ACT_PLAN] = "plan",
					   [ACT_UNDO] = "undo",
					   [ACT_ABORT] = "abort"};
	const char *act;

	if (!json_text(args, "act", 16, &act, err))
		return false;
	work->act = ACT_ROTATE;
	if (!act)
		return true;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		work->act = (enum act)i;
		if (strcmp(act, acts[i]) == 0)
			return true;
	}
	return error_set(err, ERROR_PROTOCOL, "\"act\" is not valid");
}

static bool work_read_route(const json_t *args, struct work *work, struct error *err)
{
	struct rotate_order *order = &work->order;
	struct rotating *rotating = &work->rotating;

	if (!json_text(args, "region", ARN_REGION_BYTES - 1, &order->region, err) ||
	    !json_text(args, "endpoint", ROTATION_URL_MAX, &order->endpoint, err) ||
	    !plan_proxy_from_json(args, &order->proxy, err) ||
	    !json_text(args, "code", TOTP_DIGITS, &rotating->code, err) ||
	    !json_flag(args, "can_ask", &rotating->can_ask, err))
		return false;
	if (order->region && order->region[0] && !arn_is_region(order->region))
		return error_set(err, ERROR_USAGE, "that is no region");
	if (rotating->code && !totp_is_code(rotating->code))
		return error_set(err, ERROR_USAGE, "an MFA code has six digits");
	return true;
}

static bool work_read_args(struct request *request, struct work *work, struct error *err)
{
	static const char *const keys[] = {"name",    "act",	  "retire",	"idle_s",
					   "grace_s", "hooks",	  "delete_key", "keep_orphan",
					   "region",  "endpoint", "proxy",	"no_proxy",
					   "code",    "can_ask",  "confirm",	NULL};
	const json_t *args = request->args;
	struct rotate_order *order = &work->order;
	struct retiring retiring;

	if (!json_only(args, keys, err) ||
	    !json_need_text(args, "name", 65536, &order->name, err) ||
	    !text_check_name("name", order->name, err))
		return false;
	(void)snprintf(request->profile, sizeof(request->profile), "%s", order->name);
	if (!work_read_act(args, work, err) || !retiring_read(args, "idle_s", &retiring, err) ||
	    !json_number(args, "grace_s", 0, RETIRING_DELAY_MAX_S, -1, &order->grace_s, err) ||
	    !hooks_read(args, &work->said_hooks, err) || !work_read_route(args, work, err) ||
	    !json_text(args, "delete_key", ARN_ACCESS_KEY_ID_MAX, &order->delete_key, err) ||
	    !json_flag(args, "keep_orphan", &order->keep_orphan, err) ||
	    !json_flag(args, "confirm", &work->confirm, err))
		return false;
	order->retire = (enum rotation_retire)retiring.retire;
	order->idle_s = retiring.idle_s;
	order->hooks = work->said_hooks.len ? buf_text(&work->said_hooks) : NULL;
	if (order->delete_key && !arn_is_access_key_id(order->delete_key))
		return error_set(err, ERROR_USAGE, "that is no access key id");
	return true;
}

/* --- doing it --------------------------------------------------------------------------------- */

/* A rotation goes on as it was begun; the terms of a new one are filled in. */
static bool work_fill(struct work *work, struct error *err)
{
	return rotating_fill(work->rotating.request->agent, &work->order, &work->rotate.key,
			     &work->rotate.order, &work->hooks, err);
}

/* Takes the key, and then reads it and the rotation that was begun with it. */
static bool work_open(struct work *work, struct error *err)
{
	struct rotating *rotating = &work->rotating;
	struct rotate *rotate = &work->rotate;

	rotate_clear(rotate);
	if (!rotating_hold(rotating->request, work->order.name, "plan", &rotating->hold, err) ||
	    !rotate_open(rotate, &rotating->seams, &work->order, err))
		return false;
	/* A session, if one is needed, is asked for where the rotation goes on. */
	rotating->region = rotate->sts.region;
	rotating->endpoint = rotate->row.step ? rotate->row.endpoint : work->order.endpoint;
	rotating->proxy = work->order.proxy;
	return rotate->row.step || work_fill(work, err);
}

/*
 * Whether the last rotation's old key, off and not deleted yet, makes room for a rotation that is
 * meant now. A deletion that failed and is asked for again within a day is only finished.
 */
static bool work_begins_anew(const struct rotate *rotate)
{
	const struct rotation_record *row = &rotate->row;
	int64_t age = clock_real_s(rotate->seams->clock) - row->new_created_at;

	return row->step == ROTATION_OFF &&
	       !(row->retire == ROTATION_DELETE && age < ROTATION_GRACE_S);
}

/* Shows the plan to a client that watches, or asks it to confirm; once, whatever comes later. */
static bool work_confirm(struct work *work, struct error *err)
{
	struct request *request = work->rotating.request;
	json_t *plan = NULL, *answer = NULL;
	bool go = false;

	if (!rotating_plan(&work->rotate, work_begins_anew(&work->rotate), &plan, err))
		return false;
	if (!work->confirm) {
		if (json_put_text(plan, "what", "plan", err))
			request_event(request, plan);
		else
			json_decref(plan);
		return true;
	}
	if (!json_put_text(plan, "kind", "rotate", err)) {
		json_decref(plan);
		return false;
	}
	if (!request_ask(request, plan, &answer, err))
		return false;
	go = json_is_true(json_object_get(answer, "go"));
	json_decref(answer);
	work->confirm = false;
	if (go)
		return true;
	error_set(err, ERROR_DECLINED, "not rotated");
	return error_detail(err, "Nothing was changed.");
}

/* The owner proves that the new key may be handed to hooks. */
static bool work_prove_hooks(struct work *work, const char *hooks, struct error *err)
{
	return !hooks || !hooks[0] || passphrase_proof_check(work->rotating.request, err);
}

/* All that comes before the first change, at IAM or here. */
static bool work_prepare(struct work *work, struct error *err)
{
	if (!work_prove_hooks(work, work->rotate.order.hooks, err) ||
	    !preflight_look(&work->rotate, err) || !preflight_judge(&work->rotate, err) ||
	    !work_confirm(work, err))
		return false;
	/* Nothing is begun for a client that has gone meanwhile. */
	return !request_is_gone(work->rotating.request) ||
	       error_set(err, ERROR_INTERRUPTED, "the client has gone");
}

/* --delete-key is for keys of others: the rotation itself decides about its own two. */
static bool work_names_own(const struct work *work, struct error *err)
{
	const struct rotation_record *row = &work->rotate.row;
	const char *named = work->order.delete_key;

	if (!named || (strcmp(named, row->name) != 0 && strcmp(named, row->new_access_key_id) != 0))
		return false;
	error_set(err, ERROR_USAGE, "key %s is one of this rotation's own", named);
	error_detail(err, "It is at \"%s\". Nothing was changed.",
		     rotation_record_step_name(row->step));
	error_hint(err,
		   row->step < ROTATION_PROMOTED ? "credvault rotate %s --abort"
						 : "credvault rotate %s --resume",
		   work->order.name);
	return true;
}

static bool work_go_on(struct work *work, struct error *err)
{
	const struct rotation_record *row = &work->rotate.row;

	if (work_names_own(work, err))
		return false;
	/* What the client says of the old key now counts for one that waits to be idle, too. */
	if (work->order.retire) {
		if (!work_fill(work, err))
			return false;
		steps_retire_anew(&work->rotate);
	}
	return row->step > ROTATION_PROVED || work_prove_hooks(work, row->hooks, err);
}

/*
 * Deletes the last rotation's old key, which is off. That ends the undo of that rotation, so only
 * where the next rotation can be made and is wanted.
 */
static bool work_make_room(struct work *work, struct error *err)
{
	struct rotate *rotate = &work->rotate;
	const char *named = work->order.delete_key;

	/* Named or not, this key goes. */
	if (named && strcmp(named, rotate_old_id(rotate)) == 0)
		work->order.delete_key = rotate->order.delete_key = NULL;
	return work_fill(work, err) && work_prepare(work, err) && steps_delete_now(rotate, err) &&
	       work_open(work, err);
}

static bool work_act(struct work *work, struct error *err)
{
	struct rotate *rotate = &work->rotate;
	enum steps_verdict verdict;

	switch (work->act) {
	case ACT_PLAN:
		return (!work_begins_anew(rotate) || work_fill(work, err)) &&
		       preflight_look(rotate, err);
	case ACT_UNDO:
		if (!steps_undo(rotate, err))
			return false;
		break;
	case ACT_ABORT:
		if (!steps_abort(rotate, err))
			return false;
		if (rotate->over)
			return true;
		break;
	case ACT_RESUME:
		if (!rotate->row.step)
			return error_set(err, ERROR_NOT_FOUND, "no rotation of this key is begun");
		if (!work_go_on(work, err))
			return false;
		break;
	case ACT_ROTATE:
		if (work_begins_anew(rotate) && !work_make_room(work, err))
			return false;
		if (rotate->row.step ? !work_go_on(work, err)
				     : !work_prepare(work, err) || !steps_intend(rotate, err))
			return false;
		break;
	}
	return steps_run(rotate, &verdict, err);
}

/* Before the error the client is told where the rotation stands. */
static void work_tell_unfinished(struct work *work)
{
	json_t *event, *element = NULL;
	struct error unused;

	if (!work->rotate.row.step || !rotating_element(&work->rotate, &element, &unused))
		return;
	event = json_object();
	if (json_put_text(event, "what", "unfinished", &unused) &&
	    json_put_text(event, "name", work->order.name, &unused) &&
	    json_put(event, "rotation", json_incref(element), &unused))
		request_event(work->rotating.request, event);
	else
		json_decref(event);
	json_decref(element);
}

bool op_rotate(struct request *request, struct error *err)
{
	struct work *work = calloc(1, sizeof(*work));
	json_t *ok = NULL;
	bool done;

	if (!work)
		return error_set(err, ERROR_MEMORY, "out of memory");
	work->said_hooks = HOOKS_BUF;
	work->hooks = HOOKS_BUF;
	rotating_open(&work->rotating, request);
	done = work_read_args(request, work, err) && work_open(work, err);
	if (done && !work_act(work, err)) {
		work_tell_unfinished(work);
		done = false;
	}
	if (done)
		done = work->act == ACT_PLAN
			   ? rotating_plan(&work->rotate, work_begins_anew(&work->rotate), &ok, err)
			   : rotating_element(&work->rotate, &ok, err);
	done = done && request_answer_value(request, ok, err);
	rotating_close(&work->rotating);
	rotate_clear(&work->rotate);
	buf_clear(&work->said_hooks);
	buf_clear(&work->hooks);
	free(work);
	return done;
}
