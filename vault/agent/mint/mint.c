/* SPDX-License-Identifier: MIT */
#include "vault/agent/mint/mint.h"

#include "vault/agent/core/courier_http.h"
#include "vault/agent/mint/mfa.h"
#include "vault/audit/append.h"
#include "vault/base/text.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"
#include "vault/wire/tables/msg_credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS_MAX = 4 * SESSION_STEPS_MAX, NAME_BYTES = 32 };

/* A request in progress: the steps of its plan, and the step that it has reached. */
struct work {
	const struct mint *mint;
	struct agent *agent;
	struct mint_result *result;	    /* its session is that of the step before `next` */
	struct session_steps steps;	    /* count 0: the steps are not computed yet */
	size_t next;			    /* the step to be made */
	int64_t left_s[SESSION_STEPS_MAX];  /* how long a cached session must still last */
	struct single_flight_ticket ticket; /* the flight of `next`, while this request leads it */
	char name[NAME_BYTES];		    /* the name of the announced session; else "" */
	struct courier_http courier;
	struct skew *skew;
	bool idle;	 /* the keys to the records are wiped: only live sessions sign */
	bool code_spent; /* the request's own code was sent */
	bool revived;	 /* a session that AWS rejected was made again */
};

void mint_result_init(struct mint_result *result)
{
	session_record_init(&result->session);
	result->origin = (struct origin){.source = NULL};
	result->skew = NULL;
	result->made = false;
}

void mint_result_clear(struct mint_result *result)
{
	session_record_clear(&result->session);
}

static bool mint_is_idle(struct error *err)
{
	error_set(err, ERROR_LOCKED, "the keys were locked again after a while unused");
	return error_hint(err, "credvault unlock");
}

static struct session_step *step_of(struct work *work)
{
	return &work->steps.at[work->next];
}

/* AWS's time as last measured, at most MFA_SKEW_MAX_S from the local clock; codes depend on it. */
static int64_t code_time(const struct work *work)
{
	int64_t off = work->skew->measured_s;

	if (off > MFA_SKEW_MAX_S)
		off = MFA_SKEW_MAX_S;
	if (off < -MFA_SKEW_MAX_S)
		off = -MFA_SKEW_MAX_S;
	return clock_real_s(work->agent->clock) + off;
}

/* A session's name: the announced one, else the plan's. */
static const char *session_name(struct work *work)
{
	const char *own = plan_value(step_of(work)->asked, "session_name");

	return own ? own : work->name;
}

/*
 * Writes the log entry that RoleSessionName refers to before AWS is asked, so that CloudTrail never
 * shows a session that the log lacks.
 */
static bool announce(struct work *work, const struct source_call *call, struct error *err)
{
	struct audit_entry entry = request_entry(work->mint->request, AUDIT_OP_SESSION);
	char label[SOURCE_LABEL_BYTES];

	if (!call->step->source->announced || work->name[0])
		return true;
	call->step->source->label(call, label);
	audit_text(entry.profile, sizeof(entry.profile), work->mint->request->profile);
	audit_text(entry.access_key_id, sizeof(entry.access_key_id), call->origin->access_key_id);
	(void)snprintf(entry.what, sizeof(entry.what), "%s %s", call->step->source->action, label);
	audit_text(entry.result, sizeof(entry.result), "ASKED");
	entry.mfa = call->step->mfa;
	if (!audit_record(work->agent->store, &entry, err))
		return false;
	(void)snprintf(work->name, sizeof(work->name), "cv-%llu", (unsigned long long)entry.seq);
	return true;
}

static struct source_call call_of(struct work *work)
{
	return (struct source_call){
	    .origin = &work->result->origin,
	    .step = step_of(work),
	    .parent = work->next > 0 ? &work->result->session : NULL,
	};
}

/* One attempt of the step's source, outside of the gate. REFUSED where AWS caused the failure. */
static enum single_flight_landing ask_aws(struct work *work, struct source_call *call,
					  struct session_record *out, struct error *err)
{
	struct agent *agent = work->agent;
	const struct origin *origin = call->origin;
	struct credentials signer = CREDENTIALS_INIT;
	struct aws aws = {
	    .http = agent->http ? agent->http : &work->courier.http,
	    .clock = agent->clock,
	    .endpoint = &work->steps.endpoint,
	    .signer = call->parent || origin->source->sign ? &signer : NULL,
	    .skew = work->skew,
	    .proxy = work->mint->plan->proxy,
	    .listener = request_listener(work->mint->request),
	};
	enum single_flight_landing landing = SINGLE_FLIGHT_BROKEN;
	bool ok = true;

	*call->failure = AWS_FAILURE_INIT;
	if (call->parent)
		ok = source_session_signer(call->parent, &signer, err);
	else if (origin->source->sign)
		ok = origin->source->sign(agent->store, origin, &signer, err);
	if (ok && announce(work, call, err)) {
		call->aws = &aws;
		call->session_name = session_name(work);
		agent_leave(agent);
		landing = call->step->source->make(call, out, err) ? SINGLE_FLIGHT_DONE
								   : SINGLE_FLIGHT_REFUSED;
		agent_reenter(agent);
	}
	credentials_clear(&signer);
	if (landing == SINGLE_FLIGHT_REFUSED && err->code == ERROR_DEAD_KEY && !call->parent) {
		error_set(err, ERROR_DEAD_KEY, "AWS does not know key %s any more",
			  origin->access_key_id);
		call_name_place(&work->steps.endpoint, err);
		error_detail(err, "Else it was replaced or deleted outside of this vault.");
		error_hint(err, "credvault add %s --replace", TEXT_WORD(origin->name));
		error_profile(err, origin->name);
	}
	return landing;
}

/* Gets a code to send: the request's own, or one that the client is asked for. */
static bool get_code(struct work *work, bool refused, char code[static MFA_CODE_BYTES],
		     struct error *err)
{
	const struct mint *mint = work->mint;
	struct mfa_question question = {
	    .origin = &work->result->origin, .serial = work->steps.mfa_serial, .refused = refused};

	if (mint->code && !work->code_spent) {
		memcpy(code, mint->code, MFA_CODE_BYTES);
		work->code_spent = true;
		return true;
	}
	if (!mint->can_ask || mint->request->gone || mint->code)
		return mfa_needed(mint->request->profile, err);
	if (!mfa_wait_s(work->agent, question.serial, code_time(work), &question.wait_s, err))
		return false;
	(void)!single_flight_asking(&work->ticket, true);
	return mfa_ask(mint->request, &question, code, err);
}

/* Says why AWS refused a code. False: another code would be refused as well. */
static bool explain_refusal(struct work *work, const struct source_call *call, int64_t sent_at,
			    struct error *err)
{
	const struct mfa_trial trial = {.origin = call->origin,
					.serial = call->mfa_serial,
					.sent_at = sent_at,
					.skew_s = work->skew->measured_s,
					.failure = call->failure};
	struct iam_mfa_devices *devices;
	bool wrong_device = mfa_is_wrong_device(call->failure);

	if (!wrong_device) {
		mfa_explain(&trial, err);
		return true;
	}
	devices = calloc(1, sizeof(*devices));
	mfa_explain_device(&trial,
			   devices && mfa_list_devices(work->mint->request, work->mint->plan,
						       &work->courier.http, call->origin, devices)
			       ? devices
			       : NULL,
			   err);
	free(devices);
	return false;
}

/* Makes the step's session with an MFA code. Asks again after a refused code; never reuses one. */
static enum single_flight_landing make_with_code(struct work *work, struct source_call *call,
						 struct session_record *out, struct error *err)
{
	const char *serial = work->steps.mfa_serial;
	bool asked = !work->mint->code;
	enum single_flight_landing landing = SINGLE_FLIGHT_BROKEN;
	char code[MFA_CODE_BYTES] = "";

	call->mfa_serial = serial;
	call->code = code;
	for (int tries = 0; tries < MFA_TRIES; tries++) {
		struct mfa_step before;
		int64_t sent_at;

		landing = SINGLE_FLIGHT_HANDED;
		if (!get_code(work, tries > 0, code, err))
			break;
		landing = SINGLE_FLIGHT_ANEW;
		if (!single_flight_asking(&work->ticket, false))
			break;
		landing = SINGLE_FLIGHT_BROKEN;
		sent_at = code_time(work);
		if (!mfa_claim(work->agent, serial, code, sent_at, &before, err)) {
			if (err->code == ERROR_MFA_REFUSED && asked)
				continue;
			break;
		}
		landing = ask_aws(work, call, out, err);
		/*
		 * AWS refused the request's time before it checked the code: the code can be sent
		 * again.
		 */
		if (landing == SINGLE_FLIGHT_REFUSED && call->failure->clock_was_off)
			landing = ask_aws(work, call, out, err);
		if (landing == SINGLE_FLIGHT_DONE)
			break;
		if ((call->failure->status == 0 && !call->failure->maybe_sent) ||
		    call->failure->clock_was_off)
			mfa_give_back(work->agent, code, &before);
		if (err->code != ERROR_MFA_REFUSED || !explain_refusal(work, call, sent_at, err) ||
		    !asked)
			break;
	}
	secret_wipe(code, sizeof(code));
	return landing;
}

/* Gets what the source needs from the client: a program's output, a file's bytes, a word. */
static bool get_answer(struct work *work, struct buf *answer, struct error *err)
{
	unsigned int needs = step_of(work)->source->needs;
	struct request *request = work->mint->request;
	struct msg_wanted ask = {.kind = needs & SOURCE_PROGRAM ? "program" : "file",
				 .source = step_of(work)->source->kind,
				 .profile = request->profile};
	struct msg_text given = {.text = NULL};
	json_t *got = NULL;
	bool ok;

	if (needs & SOURCE_PERSON)
		ask.kind = "person";
	ok = request_put_question(request, MESSAGE(msg_wanted, &ask), REQUEST_ASK_MS, &got, err) &&
	     fields_read_answer(&msg_text, got, &given, err) &&
	     buf_text_append(answer, given.text ? given.text : "", err);
	json_decref(got);
	return ok;
}

static enum single_flight_landing make_with_answer(struct work *work, struct source_call *call,
						   struct session_record *out, struct error *err)
{
	struct buf answer = BUF_INIT(SOURCE_ANSWER_MAX);
	enum single_flight_landing landing = SINGLE_FLIGHT_HANDED;

	(void)!single_flight_asking(&work->ticket, true);
	if (get_answer(work, &answer, err)) {
		call->answer = &answer;
		landing = single_flight_asking(&work->ticket, false) ? ask_aws(work, call, out, err)
								     : SINGLE_FLIGHT_ANEW;
	}
	buf_clear(&answer);
	return landing;
}

/*
 * Whether AWS rejects the session that signed the request although it has not expired: the session
 * was revoked, or the clocks differ.
 */
static bool parent_is_dead(const struct source_call *call, const struct error *err)
{
	const char *code = call->failure->aws_code;

	return call->parent && (err->code == ERROR_DEAD_KEY || strcmp(code, "ExpiredToken") == 0 ||
				strcmp(code, "InvalidClientTokenId") == 0);
}

struct minted {
	struct audit_entry entry;
	const struct session_record *session;
	const struct origin *origin;
};

/*
 * Whether the key was neither removed nor replaced while AWS was asked: a session made from it
 * would be void.
 */
static bool origin_stands(struct txn *txn, const struct origin *origin, struct error *err)
{
	struct buf plain = ROW_BUF;
	struct record_id now;
	bool ok;

	if (origin->row.version == 0)
		return true;
	ok = row_read(txn, (enum record_table)origin->row.table, origin->name, &now, &plain, err);
	buf_clear(&plain);
	/* At the idle limit nobody can remove or replace anything. */
	if (!ok && err->code == ERROR_LOCKED) {
		*err = ERROR_INIT;
		return true;
	}
	if (!ok && err->code != ERROR_NOT_FOUND)
		return false;
	if (ok && now.version == origin->row.version &&
	    memcmp(now.id, origin->row.id, sizeof(now.id)) == 0)
		return true;
	error_set(err, ERROR_NOT_FOUND, "the %s was removed or replaced meanwhile",
		  origin->source->kind);
	return error_hint(err, "credvault list");
}

static bool keep_row(struct txn *txn, void *arg, struct error *err)
{
	struct minted *minted = arg;

	return origin_stands(txn, minted->origin, err) && cache_seal(txn, minted->session, err) &&
	       audit_append(txn, &minted->entry, err);
}

/*
 * Deletes a session's row: a cleared session, or one of a removed key, must not return with the
 * next unlock.
 */
static void forget_row(struct store *store, const struct session_record *session)
{
	char name[1][SESSION_NAME_BYTES];
	const struct cache_names names = {.at = name, .count = 1};
	struct error unused = ERROR_INIT;

	session_record_name(session->step, name[0]);
	(void)!cache_remove_rows(store, &names, &unused);
}

/* Seals the session, logs it and caches it before any client gets it. */
static bool keep(struct work *work, const struct source_call *call, struct session_record *session,
		 struct error *err)
{
	struct request *request = work->mint->request;
	struct minted minted = {.entry = request_entry(request, AUDIT_OP_SESSION),
				.session = session,
				.origin = call->origin};
	const struct source *source = call->step->source;
	struct cache *cache = work->agent->cache;
	struct cache_coming coming;
	char label[SOURCE_LABEL_BYTES];
	bool ok;

	(void)snprintf(session->profile, sizeof(session->profile), "%s",
		       work->next + 1 == work->steps.count ? request->profile : call->origin->name);
	audit_text(minted.entry.profile, sizeof(minted.entry.profile), request->profile);
	audit_text(minted.entry.access_key_id, sizeof(minted.entry.access_key_id),
		   session->access_key_id);
	minted.entry.expires_at = session->expires_at;
	minted.entry.mfa = session->mfa;
	source->label(call, label);
	if (source->announced)
		(void)snprintf(minted.entry.what, sizeof(minted.entry.what), "%s %s, as %s",
			       source->kind, label, session_name(work));
	else
		(void)snprintf(minted.entry.what, sizeof(minted.entry.what), "%s, %s",
			       source->action, label);
	cache_expect(cache, &coming, session);
	ok = store_commit(work->agent->store, keep_row, &minted, err);
	ok = cache_receive(cache, &coming, ok, err) && ok;
	if (coming.dropped)
		forget_row(work->agent->store, session);
	return ok;
}

/* Makes the step's session and takes it as the current one; this request leads the flight. */
static enum single_flight_landing make_step(struct work *work, struct error *err)
{
	struct source_call call = call_of(work);
	const struct session_step *step = call.step;
	struct aws_failure failure = AWS_FAILURE_INIT;
	struct session_record made, before;
	enum single_flight_landing landing = SINGLE_FLIGHT_BROKEN;
	bool found = false;

	session_record_init(&made);
	call.failure = &failure;
	work->name[0] = '\0';
	/* Another request may have made the session after the cache lookup and before the lead. */
	if (!cache_find(work->agent->cache, step->digest, skew_now(work->skew, work->agent->clock),
			work->left_s[work->next], &made, &found, err))
		goto out;
	if (found)
		landing = SINGLE_FLIGHT_DONE;
	else if (step->needs_code)
		landing = make_with_code(work, &call, &made, err);
	else if (step->source->needs & (SOURCE_PERSON | SOURCE_PROGRAM | SOURCE_FILE))
		landing = make_with_answer(work, &call, &made, err);
	else
		landing = ask_aws(work, &call, &made, err);
	if (landing == SINGLE_FLIGHT_REFUSED && parent_is_dead(&call, err) && !work->revived) {
		cache_forget(work->agent->cache, work->steps.at[work->next - 1].digest);
		work->revived = true;
		landing = SINGLE_FLIGHT_ANEW;
	}
	if (landing == SINGLE_FLIGHT_DONE && !found && !keep(work, &call, &made, err))
		landing = SINGLE_FLIGHT_BROKEN;
	work->result->made |= landing == SINGLE_FLIGHT_DONE && !found;
	if (landing == SINGLE_FLIGHT_DONE) {
		before = work->result->session;
		work->result->session = made;
		made = before;
	}
out:
	session_record_clear(&made);
	return landing;
}

/* Takes the plan's last session that is in the cache; `next` is the step after it. */
static bool take_up(struct work *work, struct error *err)
{
	int64_t now = skew_now(work->skew, work->agent->clock);
	bool found = false;

	for (work->next = work->steps.count; work->next > 0; work->next--) {
		size_t i = work->next - 1;

		if (!cache_find(work->agent->cache, work->steps.at[i].digest, now, work->left_s[i],
				&work->result->session, &found, err))
			return false;
		if (found)
			return true;
	}
	session_record_clear(&work->result->session);
	return true;
}

/* Joins the flight of the next step, outside of the gate. */
static enum single_flight_turn join(struct work *work, struct error *err)
{
	const struct mint *mint = work->mint;
	const struct endpoint *endpoint = &work->steps.endpoint;
	struct single_flight_party party = {.can_ask = !mint->request->gone};
	enum single_flight_turn turn;

	if (!request_take_place(mint->request, PLACE_WAITING, err))
		return SINGLE_FLIGHT_FAILED;
	if (step_of(work)->needs_code) {
		party.can_ask = party.can_ask && mint->can_ask && !mint->code;
		party.has_code = mint->code && !work->code_spent;
	}
	(void)snprintf(party.place, sizeof(party.place), "%s %s", endpoint->region, endpoint->url);
	agent_leave(work->agent);
	turn = single_flight_join(work->agent->flights, step_of(work)->digest, &party,
				  &work->ticket, err);
	agent_reenter(work->agent);
	return turn;
}

/* Makes the sessions after the last cached one, each here or by another request. */
static bool follow(struct work *work, struct error *err)
{
	enum single_flight_landing landing;

	if (!take_up(work, err))
		return false;
	/* Where no new session can be begun, an old one will do for as long as it lasts. */
	if (work->idle && work->next == 0) {
		memset(work->left_s, 0, sizeof(work->left_s));
		if (!take_up(work, err))
			return false;
	}
	for (int turns = 0; work->next < work->steps.count; turns++) {
		if (work->idle && work->next == 0)
			return mint_is_idle(err);
		if (turns == TURNS_MAX)
			return error_set(err, ERROR_FAILED,
					 "the session was made and is gone again");
		switch (join(work, err)) {
		case SINGLE_FLIGHT_LEAD:
			landing = make_step(work, err);
			single_flight_land(&work->ticket, landing, err);
			if (landing == SINGLE_FLIGHT_DONE) {
				work->next++;
				continue;
			}
			if (landing != SINGLE_FLIGHT_ANEW)
				return false;
			*err = ERROR_INIT;
			break;
		case SINGLE_FLIGHT_LANDED:
			/*
			 * A session that was just made counts as fresh, however short its lifetime.
			 */
			work->left_s[work->next] = 0;
			break;
		case SINGLE_FLIGHT_FAILED: return false;
		case SINGLE_FLIGHT_NO_CODE: return mfa_needed(work->mint->request->profile, err);
		}
		if (!take_up(work, err))
			return false;
	}
	return true;
}

/* Runs the whole plan, from the current state of its origin to its end. */
static bool attempt(struct work *work, struct error *err)
{
	const struct mint *mint = work->mint;
	struct mint_result *result = work->result;

	work->steps.count = 0;
	work->idle = agent_idle_origin(work->agent, mint->plan, &result->origin);
	if (!(work->idle
		  ? session_steps(mint->sources, mint->plan, &result->origin, &work->steps, err)
		  : session_open(work->agent->store, mint->sources, mint->plan, &result->origin,
				 &work->steps, err))) {
		work->steps.count = 0;
		return err->code == ERROR_LOCKED && mint_is_idle(err);
	}
	for (size_t i = 0; i < work->steps.count; i++)
		work->left_s[i] = SESSION_FEED_S;
	work->left_s[work->steps.count - 1] = session_fresh_s(mint->plan);
	work->skew = skews_of(work->agent->skews, work->steps.endpoint.url);
	result->skew = work->skew;
	return follow(work, err);
}

/* Whether a rotation has promoted a new key meanwhile: the request is tried again with that key. */
static bool another_key_came(const struct work *work)
{
	const struct origin *before = &work->result->origin;
	struct origin now = {.source = before->source};
	struct error unused = ERROR_INIT;

	return work->steps.count > 0 && !work->code_spent && !work->mint->request->gone &&
	       before->source->open(work->agent->store, &work->mint->plan->origin, &now, &unused) &&
	       (now.row.version != before->row.version ||
		memcmp(now.row.id, before->row.id, sizeof(now.row.id)) != 0) &&
	       strcmp(now.access_key_id, before->access_key_id) != 0;
}

/* Uses the last session where it is still valid and the failure is not the vault's. */
static bool fall_back(struct work *work, const struct error *err)
{
	struct error unused = ERROR_INIT;
	bool found = false;

	if (work->steps.count == 0 || work->mint->code || err->code == ERROR_TAMPERED ||
	    err->code == ERROR_NEWER || err->code == ERROR_IO || err->code == ERROR_LOCKED)
		return false;
	return cache_find(work->agent->cache, work->steps.at[work->steps.count - 1].digest,
			  skew_now(work->skew, work->agent->clock), 0, &work->result->session,
			  &found, &unused) &&
	       found;
}

bool mint_run(const struct mint *mint, struct mint_result *result, struct error *err)
{
	struct work work = {.mint = mint, .agent = mint->request->agent, .result = result};
	bool ok;

	courier_http_open(&work.courier, work.agent->broker, &work.agent->authorities);
	ok = attempt(&work, err);
	if (!ok && another_key_came(&work)) {
		*err = ERROR_INIT;
		ok = attempt(&work, err);
	}
	courier_http_close(&work.courier);
	if (!ok && fall_back(&work, err)) {
		*err = ERROR_INIT;
		ok = true;
	}
	if (ok && result->origin.mfa_required && !result->session.mfa)
		ok = error_set(err, ERROR_MFA_NEEDED,
			       "this key hands out nothing without an MFA session");
	return ok;
}
