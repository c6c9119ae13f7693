/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/hooks.h"
#include "vault/agent/core/ops.h"
#include "vault/agent/view/retiring.h"
#include "vault/agent/rotate/rotating.h"
#include "vault/agent/rotate/rotating_proof.h"
#include "vault/base/text.h"
#include "vault/creds/plan.h"
#include "vault/rotate/creation.h"
#include "vault/rotate/preflight.h"
#include "vault/rotate/steps.h"
#include "vault/wire/tables/msg_rotate_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A request in progress; too large for a thread's stack. */
struct work {
	struct rotating rotating;
	struct rotate rotate;
	struct msg_rotate args;
	struct rotate_order order; /* the order as the client gave it */
	struct buf said_hooks, hooks;
};

/* --- arguments -------------------------------------------------------------------------------- */

static const char *text_or_null(const char *text)
{
	return text && text[0] ? text : NULL;
}

static bool work_read_args(struct request *request, struct work *work, struct error *err)
{
	struct msg_rotate *args = &work->args;
	struct rotate_order *order = &work->order;
	bool ok = fields_read(&msg_rotate, request->args, args, err);

	if (args->name)
		(void)snprintf(request->profile, sizeof(request->profile), "%s", args->name);
	if (!ok || !retiring_check(args->retire, args->idle_s, err) ||
	    !hooks_encode(&args->hooks, &work->said_hooks, err) ||
	    !plan_proxy_from_json(request->args, &order->proxy, err))
		return false;
	order->name = args->name;
	order->retire = (enum rotation_retire)args->retire;
	order->idle_s = args->idle_s;
	order->grace_s = args->grace_s;
	order->hooks = work->said_hooks.len ? buf_text(&work->said_hooks) : NULL;
	order->region = args->region;
	order->endpoint = args->endpoint;
	order->delete_key = text_or_null(args->delete_key);
	order->keep_orphan = args->keep_orphan;
	work->rotating.code = text_or_null(args->code);
	work->rotating.can_ask = request_can_ask(request, args->can_ask, args->askpass);
	return true;
}

/* --- doing it --------------------------------------------------------------------------------- */

/* Fills in the terms of a new rotation; a resumed rotation keeps the terms it began with. */
static bool work_fill(struct work *work, struct error *err)
{
	return rotating_fill(work->rotating.request->agent, &work->order, &work->rotate.key,
			     &work->rotate.order, &work->hooks, err);
}

/* Holds the key, then reads it and its unfinished rotation. */
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
 * Whether the last rotation's old key, off and not deleted yet, is to be deleted for a new
 * rotation. A deletion that failed and is requested again within a day is only finished.
 */
static bool work_begins_anew(const struct work *work)
{
	const struct rotation_record *row = &work->rotate.row;
	int64_t age = clock_real_s(work->rotating.request->agent->clock) - row->new_created_at;

	return (work->args.act == MSG_ROTATE || work->args.act == MSG_ROTATE_PLAN) &&
	       row->step == ROTATION_OFF &&
	       !(row->retire == ROTATION_DELETE && age < ROTATION_GRACE_S);
}

static bool work_ask(struct request *request, struct msg_rotate_plan *plan, struct error *err)
{
	struct msg_go said = {.go = false};
	json_t *answer = NULL;
	bool ok;

	plan->kind = "rotate";
	ok = request_put_question(request, MESSAGE(msg_rotate_plan, plan), REQUEST_ASK_MS, &answer,
				  err) &&
	     fields_read_answer(&msg_go, answer, &said, err);
	json_decref(answer);
	if (!ok || said.go)
		return ok;
	error_set(err, ERROR_DECLINED, "not rotated");
	return error_detail(err, "Nothing was changed.");
}

static bool work_plan(struct work *work, struct rotating_plan *plan, struct error *err)
{
	struct agent *agent = work->rotating.request->agent;
	bool ok = rotating_plan(&work->rotate, work_begins_anew(work), plan, err);

	sealed_authorities_look(&agent->authorities, &plan->trusted);
	plan->told.ca_bundle = plan->trusted.path;
	return ok;
}

/* Asks the client to confirm the plan, once at most; else shows the plan to a watching client. */
static bool work_confirm(struct work *work, struct error *err)
{
	struct request *request = work->rotating.request;
	struct rotating_plan plan;
	bool ok = work_plan(work, &plan, err);

	if (ok && work->args.confirm) {
		ok = work_ask(request, &plan.told, err);
		work->args.confirm = !ok;
	} else if (ok) {
		plan.told.what = "plan";
		request_send_event(request, MESSAGE(msg_rotate_plan, &plan.told));
	}
	rotating_plan_clear(&plan);
	return ok;
}

static struct rotating_terms work_terms(const struct rotate_order *order)
{
	return (struct rotating_terms){order->retire, order->idle_s, order->grace_s};
}

/*
 * Asks for the owner's proof where this request wants one, before anything is done for it. To be
 * called again where the key was read again.
 */
static bool work_prove(struct work *work, struct error *err)
{
	const struct rotate *rotate = &work->rotate;
	const struct rotation_record *row = &rotate->row;
	struct agent *agent = work->rotating.request->agent;
	struct rotating_asked asked = {.act = work->args.act,
				       .rotate = rotate,
				       .anew = work_begins_anew(work),
				       .settings = agent_settings(agent),
				       .now = clock_real_s(agent->clock)};
	struct rotate_order usual = {.grace_s = -1}, filled;
	struct buf hooks = HOOKS_BUF;
	const char *why;

	if (!row->step || asked.anew) {
		bool ok = rotating_fill(agent, &usual, &rotate->key, &filled, &hooks, err);

		buf_clear(&hooks);
		if (!ok)
			return false;
		asked.stored = work_terms(&filled);
		asked.wanted = work_terms(&rotate->order);
	} else {
		asked.stored = (struct rotating_terms){(enum rotation_retire)row->retire,
						       row->idle_s, row->grace_s};
		asked.wanted = work->order.retire && row->step <= ROTATION_PROMOTED
				   ? work_terms(&rotate->order)
				   : asked.stored;
	}
	why = rotating_proof_reason(&asked);
	return !why || request_need_proof(work->rotating.request, why, err);
}

/* Does all work before the first change at IAM or in the vault. */
static bool work_prepare(struct work *work, struct error *err)
{
	if (!work_prove(work, err) || !preflight_look(&work->rotate, err) ||
	    !preflight_judge(&work->rotate, err) || !work_confirm(work, err))
		return false;
	/* No rotation is begun for a client that has left meanwhile. */
	return !request_is_gone(work->rotating.request) ||
	       error_set(err, ERROR_INTERRUPTED, "the client has gone");
}

/* --delete-key may not name the rotation's own two keys: the rotation decides about them. */
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
		   TEXT_WORD(work->order.name));
	return true;
}

/* --keep-orphan and --delete-key end what is in the way; with nothing there they end nothing. */
static bool work_check_orphan(const struct work *work, struct error *err)
{
	const struct rotate *rotate = &work->rotate;
	bool begins = work->args.act == MSG_ROTATE && work_begins_anew(work);

	if (work->order.keep_orphan && rotate->row.step != ROTATION_INTENDED)
		return step_nothing_to_keep(err);
	if (!work->order.delete_key || work->args.act == MSG_ROTATE_PLAN || begins ||
	    rotate->row.step <= ROTATION_INTENDED)
		return true;
	if (work_names_own(work, err))
		return false;
	error_set(err, ERROR_NOT_FOUND,
		  "no key is in the way of this rotation, so there is none to delete");
	error_detail(err, "It is at \"%s\". Nothing was changed.",
		     rotation_record_step_name(rotate->row.step));
	return error_hint(err, "credvault rotate %s --resume", TEXT_WORD(work->order.name));
}

static bool work_go_on(struct work *work, struct error *err)
{
	if (work_names_own(work, err))
		return false;
	if ((work->order.retire && !work_fill(work, err)) || !work_prove(work, err))
		return false;
	/*
	 * The client's terms for the old key now replace those of an old key that waits to be idle.
	 */
	if (work->order.retire)
		steps_retire_anew(&work->rotate);
	return true;
}

/*
 * Deletes the last rotation's old key, which is off. That ends the undo of that rotation, so the
 * key is deleted only where the next rotation is possible and wanted.
 */
static bool work_make_room(struct work *work, struct error *err)
{
	struct rotate *rotate = &work->rotate;
	const char *named = work->order.delete_key;

	/* This key is deleted whether --delete-key names it or not. */
	if (named && strcmp(named, rotate_old_id(rotate)) == 0)
		work->order.delete_key = rotate->order.delete_key = NULL;
	return work_fill(work, err) && work_prepare(work, err) && steps_delete_now(rotate, err) &&
	       work_open(work, err);
}

static bool work_act(struct work *work, struct error *err)
{
	struct rotate *rotate = &work->rotate;
	enum steps_verdict verdict;

	if (!work_check_orphan(work, err))
		return false;
	switch (work->args.act) {
	case MSG_ROTATE_PLAN:
		return (!work_begins_anew(work) || work_fill(work, err)) &&
		       preflight_look(rotate, err);
	case MSG_ROTATE_UNDO:
		if (!work_prove(work, err) || !steps_undo(rotate, err))
			return false;
		break;
	case MSG_ROTATE_ABORT:
		if (!work_prove(work, err) || !steps_abort(rotate, err))
			return false;
		if (rotate->over)
			return true;
		break;
	case MSG_ROTATE_RESUME:
		if (!rotate->row.step) {
			error_set(err, ERROR_NOT_FOUND, "no rotation of this key is begun");
			return error_detail(err, "Nothing was changed.");
		}
		if (!work_go_on(work, err))
			return false;
		break;
	case MSG_ROTATE:
		if (work_begins_anew(work) && !work_make_room(work, err))
			return false;
		if (rotate->row.step ? !work_go_on(work, err)
				     : !work_prepare(work, err) || !steps_intend(rotate, err))
			return false;
		break;
	case MSG_ROTATE_ACTS: break;
	}
	return steps_run(rotate, &verdict, err);
}

/* Tells the client where the rotation stands, before the error. */
static void work_tell_unfinished(struct work *work)
{
	const struct msg_unfinished event = {.what = "unfinished",
					     .name = work->order.name,
					     .rotation = rotating_element(&work->rotate)};

	if (work->rotate.row.step)
		request_send_event(work->rotating.request, MESSAGE(msg_unfinished, &event));
}

static bool work_answer(struct work *work, struct error *err)
{
	struct request *request = work->rotating.request;
	const struct rotate *rotate = &work->rotate;
	struct msg_rotation element;
	struct rotating_plan plan;
	bool ok;

	if (work->args.act != MSG_ROTATE_PLAN) {
		element = rotating_element(rotate);
		return request_answer(request, MESSAGE(msg_rotation, &element), err);
	}
	ok = work_plan(work, &plan, err) &&
	     request_answer(request, MESSAGE(msg_rotate_plan, &plan.told), err);
	rotating_plan_clear(&plan);
	return ok;
}

bool op_rotate(struct request *request, struct error *err)
{
	struct work *work = calloc(1, sizeof(*work));
	bool done;

	if (!work)
		return error_set(err, ERROR_MEMORY, "out of memory");
	work->said_hooks = HOOKS_BUF;
	work->hooks = HOOKS_BUF;
	rotating_open(&work->rotating, request);
	done = request_take_place(request, PLACE_WAITING, err) &&
	       work_read_args(request, work, err) && work_open(work, err);
	if (done && !work_act(work, err)) {
		if (err->code != ERROR_CHANNEL_NEEDED)
			work_tell_unfinished(work);
		done = false;
	}
	done = done && work_answer(work, err);
	rotating_close(&work->rotating);
	rotate_clear(&work->rotate);
	fields_clear(&msg_rotate, &work->args);
	buf_clear(&work->said_hooks);
	buf_clear(&work->hooks);
	free(work);
	return done;
}
