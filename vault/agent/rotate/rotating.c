/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/rotating.h"

#include "vault/agent/mint/mint.h"
#include "vault/creds/cache.h"
#include "vault/creds/source_key.h"
#include "vault/wire/tables/msg_rotate.h"

#include <stdio.h>
#include <string.h>

enum { HOOK_ASK_MS = 600000 };

static struct skew *rotating_skew(void *ctx, const char *url)
{
	struct rotating *rotating = ctx;

	return skews_of(rotating->request->agent->skews, url);
}

static struct pace *rotating_pace(void *ctx, const char *host)
{
	struct rotating *rotating = ctx;

	return paces_of(rotating->request->agent->paces, host);
}

static void rotating_leave(void *ctx)
{
	struct rotating *rotating = ctx;

	agent_leave(rotating->request->agent);
}

static void rotating_enter(void *ctx)
{
	struct rotating *rotating = ctx;

	agent_reenter(rotating->request->agent);
}

static bool rotating_gone(void *ctx)
{
	struct rotating *rotating = ctx;

	return request_is_gone(rotating->request);
}

/* Gets the session as for any request: from the cache, from a flight, or with one code. */
static bool rotating_session(void *ctx, const struct access_key *key, struct credentials *out,
			     struct error *err)
{
	struct rotating *rotating = ctx;
	struct mint_result result;
	struct plan plan;
	struct mint mint = {.request = rotating->request,
			    .sources = rotating->request->agent->sources,
			    .plan = &plan,
			    .code = rotating->code,
			    .can_ask = rotating->can_ask};
	bool ok;

	plan_init(&plan, key->name);
	(void)snprintf(plan.region, sizeof(plan.region), "%s",
		       rotating->region ? rotating->region : "");
	(void)snprintf(plan.endpoint, sizeof(plan.endpoint), "%s",
		       rotating->endpoint ? rotating->endpoint : "");
	plan.proxy = rotating->proxy;
	mint_result_init(&result);
	ok = mint_run(&mint, &result, err) && source_session_signer(&result.session, out, err);
	mint_result_clear(&result);
	rotating->code = NULL;
	return ok;
}

/*
 * Logs that a hook gets the new secret, then hands it over. No stored secret leaves the agent
 * elsewhere in a rotation.
 */
static bool rotating_hook(void *ctx, const struct rotate *rotate, const char *command,
			  const struct access_key *fresh, struct error *err)
{
	struct rotating *rotating = ctx;
	struct audit_entry entry = request_entry(rotating->request, AUDIT_OP_ROTATE);
	const struct msg_hook ask = {.kind = "hook",
				     .name = rotate->order.name,
				     .command = command,
				     .old_access_key_id = rotate->row.name,
				     .new_access_key_id = fresh->access_key_id,
				     .secret_access_key = fresh->secret,
				     .account_id = fresh->account_id,
				     .user_name = fresh->user_name,
				     .region = fresh->region};
	struct msg_hooked given = {.acknowledged = false};
	json_t *answer = NULL;
	char shown[256];
	bool ok;

	audit_text(entry.profile, sizeof(entry.profile), rotate->order.name);
	audit_text(entry.access_key_id, sizeof(entry.access_key_id), fresh->access_key_id);
	audit_text(entry.what, sizeof(entry.what), AUDIT_GIVEN_AWAY);
	ok = journal_note(rotating->request->agent->store, &entry, err) &&
	     request_put_question(rotating->request, MESSAGE(msg_hook, &ask), HOOK_ASK_MS, &answer,
				  err) &&
	     fields_read_answer(&msg_hooked, answer, &given, err);
	if (ok && !given.acknowledged) {
		text_escape_into(given.why ? given.why : "it did not say why", shown,
				 sizeof(shown));
		ok = error_set(err, ERROR_FAILED, "a hook did not take the new key: %s", shown);
	}
	json_decref(answer);
	return ok;
}

/*
 * Drops the sessions of the retired key. After an undo these are the sessions since the promotion;
 * the earlier sessions ended when the old key was switched off.
 */
static bool rotating_retired(void *ctx, const struct rotation_record *rotation, struct error *err)
{
	struct rotating *rotating = ctx;
	struct agent *agent = rotating->request->agent;
	bool undone = rotation->step == ROTATION_RESTORED;
	struct journal_names holders = {.at = NULL};
	bool ok = journal_holders(
	    agent->store, undone ? rotation->name : rotation->new_access_key_id, &holders, err);

	for (size_t i = 0; ok && i < holders.count; i++) {
		const struct cache_filter filter = {.key_name = holders.at[i],
						    .ended_at = -1,
						    .minted_until = undone ? 0
									   : rotation->promoted_at};
		struct cache_names names = {.at = NULL};

		ok = cache_drop(agent->cache, &filter, &names, err) &&
		     (names.count == 0 || cache_remove_rows(agent->store, &names, err));
		cache_names_clear(&names);
	}
	journal_names_clear(&holders);
	return ok;
}

static bool rotating_erase(void *ctx, struct error *err)
{
	struct agent *agent = ((struct rotating *)ctx)->request->agent;

	return agent_erase_retired(agent, err);
}

static struct audit_entry rotating_entry(void *ctx)
{
	struct rotating *rotating = ctx;

	return request_entry(rotating->request, AUDIT_OP_ROTATE);
}

static void rotating_on_step(void *ctx, const struct rotate *rotate)
{
	struct rotating *rotating = ctx;
	const struct msg_step event = {.what = "step",
				       .name = rotate->order.name,
				       .step = rotation_record_step_name(rotate->row.step),
				       .old_access_key_id = rotate_old_id(rotate),
				       .new_access_key_id = rotate_new_id(rotate)};

	/* A client that watches counts as activity: the vault does not lock during the rotation. */
	agent_touch(rotating->request->agent);
	rotation_holds_note(rotating->request->agent->rotations, &rotating->hold, event.step);
	request_send_event(rotating->request, MESSAGE(msg_step, &event));
}

static void rotating_on_proving(void *ctx, const struct rotate *rotate, int proved, int64_t wait_s)
{
	struct rotating *rotating = ctx;
	const struct msg_proving event = {.what = "proving",
					  .name = rotate->order.name,
					  .proved = proved,
					  .of = 2,
					  .wait_s = wait_s};

	agent_touch(rotating->request->agent);
	request_send_event(rotating->request, MESSAGE(msg_proving, &event));
}

static void rotating_on_waiting(void *ctx, const struct rotate *rotate, const char *what,
				int64_t wait_s)
{
	struct rotating *rotating = ctx;
	const struct msg_waiting event = {
	    .what = "waiting", .name = rotate->order.name, .waits_for = what, .wait_s = wait_s};

	request_send_event(rotating->request, MESSAGE(msg_waiting, &event));
}

void rotating_open(struct rotating *rotating, struct request *request)
{
	struct agent *agent = request->agent;

	*rotating = (struct rotating){.request = request};
	courier_http_open(&rotating->courier, agent->broker, &agent->authorities);
	rotating->seams = (struct rotate_seams){
	    .store = agent->store,
	    .http = agent->http ? agent->http : &rotating->courier.http,
	    .clock = agent->clock,
	    .ctx = rotating,
	    .skew = rotating_skew,
	    .pace = rotating_pace,
	    .leave = rotating_leave,
	    .enter = rotating_enter,
	    .gone = rotating_gone,
	    .session = rotating_session,
	    .hook = rotating_hook,
	    .retired = rotating_retired,
	    .erase = rotating_erase,
	    .entry = rotating_entry,
	    .on_step = rotating_on_step,
	    .on_proving = rotating_on_proving,
	    .on_waiting = rotating_on_waiting,
	    .listener = request_listener(request),
	};
}

void rotating_close(struct rotating *rotating)
{
	rotation_holds_release(rotating->request->agent->rotations, &rotating->hold);
	courier_http_close(&rotating->courier);
}
