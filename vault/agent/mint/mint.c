/* SPDX-License-Identifier: MIT */
#include "vault/agent/mint/mint.h"

#include "vault/agent/core/courier_http.h"
#include "vault/agent/mint/mfa.h"
#include "vault/audit/append.h"
#include "vault/creds/source_key.h"
#include "vault/creds/source_role.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"

#include <stdio.h>
#include <string.h>

enum { LANDED_TRIES = 4, SESSION_NAME_MAX = 32 };

/* One request at work. */
struct work {
	const struct mint *mint;
	struct agent *agent;
	struct mint_result *result;
	struct session_steps steps;
	struct courier_http courier;
	struct skew *skew;
	bool code_spent;
	struct single_flight_ticket tickets[SESSION_STEPS_MAX];
	bool held[SESSION_STEPS_MAX];
	bool overtaken;			    /* another request took the lead */
	bool worked_out;		    /* `steps` are those of the plan */
	enum single_flight_landing landing; /* how the failure at hand is to be told to others */
};

void mint_result_init(struct mint_result *result)
{
	session_record_init(&result->session);
	access_key_init(&result->key);
	memset(&result->row, 0, sizeof(result->row));
	result->skew = NULL;
}

void mint_result_clear(struct mint_result *result)
{
	session_record_clear(&result->session);
	access_key_clear(&result->key);
}

static int64_t aws_now(const struct work *work)
{
	int64_t off = work->skew ? work->skew->measured_s : 0;

	if (off > MFA_SKEW_MAX_S)
		off = MFA_SKEW_MAX_S;
	if (off < -MFA_SKEW_MAX_S)
		off = -MFA_SKEW_MAX_S;
	return clock_real_s(work->agent->clock) + off;
}

/*
 * The key's secret is read only for the moment it signs: hundreds may wait, the locked arena is
 * small.
 */
static bool signer_of(struct work *work, const struct session_record *parent,
		      struct credentials *signer, struct error *err)
{
	struct access_key key;
	struct record_id row;
	bool ok;

	if (parent)
		return source_session_signer(parent, signer, err);
	access_key_init(&key);
	ok = source_key(work->agent->store, work->mint->plan->key, &key, &row, err);
	if (ok && (row.version != work->result->row.version ||
		   memcmp(row.id, work->result->row.id, sizeof(row.id)) != 0))
		ok = error_set(err, ERROR_FAILED, "the key was changed meanwhile");
	ok = ok && source_key_signer(&key, signer, err);
	access_key_clear(&key);
	return ok;
}

static bool call(struct work *work, size_t i, const struct session_record *parent, const char *name,
		 const char *code, struct session_record *out, struct aws_failure *failure,
		 struct error *err)
{
	struct agent *agent = work->agent;
	struct credentials signer = CREDENTIALS_INIT;
	const char *proxy = work->mint->plan->proxy;
	const struct aws aws = {
	    .http = agent->http ? agent->http : &work->courier.http,
	    .clock = agent->clock,
	    .endpoint = &work->steps.endpoint,
	    .signer = &signer,
	    .skew = work->skew,
	    .proxy = proxy[0] ? proxy : NULL,
	};
	bool ok;

	if (!signer_of(work, parent, &signer, err))
		return false;
	agent_leave(agent);
	if (work->steps.at[i].kind == SESSION_TOKEN)
		ok = source_session(&aws, &work->steps, i, &work->result->key, code, out, failure,
				    err);
	else
		ok = source_role(&aws, &work->steps, i, &work->result->key, parent, name, code, out,
				 failure, err);
	agent_reenter(agent);
	credentials_clear(&signer);
	if (ok)
		return true;
	work->landing = SINGLE_FLIGHT_REFUSED;
	if (err->code == ERROR_DEAD_KEY && !parent) {
		const struct access_key *key = &work->result->key;

		error_set(err, ERROR_DEAD_KEY, "AWS does not know key %s any more",
			  key->access_key_id);
		error_detail(err, "It was replaced or deleted outside of this vault.");
		error_hint(err, "credvault add %s --replace", key->name);
		error_profile(err, key->name);
	}
	return false;
}

static const char *role_name(const char *arn)
{
	const char *slash = strrchr(arn, '/');

	return slash ? slash + 1 : arn;
}

/*
 * The line that RoleSessionName points to is on record before AWS is asked, so that CloudTrail
 * never knows of a session that the log does not.
 */
static bool announce(struct work *work, const struct session_step *step,
		     char name[static SESSION_NAME_MAX], struct error *err)
{
	struct audit_entry entry = request_entry(work->mint->request, AUDIT_OP_SESSION);

	audit_text(entry.profile, sizeof(entry.profile), work->mint->request->profile);
	audit_text(entry.access_key_id, sizeof(entry.access_key_id),
		   work->result->key.access_key_id);
	(void)snprintf(entry.what, sizeof(entry.what), "AssumeRole %.200s",
		       role_name(step->role->role_arn));
	audit_text(entry.result, sizeof(entry.result), "ASKED");
	entry.mfa = step->mfa;
	if (!audit_record(work->agent->store, &entry, err))
		return false;
	(void)snprintf(name, SESSION_NAME_MAX, "cv-%llu", (unsigned long long)entry.seq);
	return true;
}

struct minted {
	struct audit_entry entry;
	const struct session_record *session;
	const struct mint_result *result;
};

/* A key that was removed or replaced while AWS was asked takes along what was made from it. */
static bool key_stands(struct txn *txn, const struct mint_result *result, struct error *err)
{
	struct buf plain = ROW_BUF;
	struct record_id now;
	bool ok = row_read(txn, TABLE_KEY, result->key.name, &now, &plain, err);

	buf_clear(&plain);
	/* At the idle limit nobody can remove or replace anything. */
	if (!ok && err->code == ERROR_LOCKED) {
		*err = ERROR_INIT;
		return true;
	}
	if (!ok && err->code != ERROR_NOT_FOUND)
		return false;
	if (ok && now.version == result->row.version &&
	    memcmp(now.id, result->row.id, sizeof(now.id)) == 0)
		return true;
	error_set(err, ERROR_NOT_FOUND, "the key was removed or replaced meanwhile");
	return error_hint(err, "credvault list");
}

static bool keep_row(struct txn *txn, void *arg, struct error *err)
{
	struct minted *minted = arg;

	return key_stands(txn, minted->result, err) && cache_seal(txn, minted->session, err) &&
	       audit_append(txn, &minted->entry, err);
}

static bool keep(struct work *work, size_t i, const char *name, struct session_record *session,
		 struct error *err)
{
	struct minted minted = {.entry = request_entry(work->mint->request, AUDIT_OP_SESSION),
				.session = session,
				.result = work->result};
	const struct session_step *step = &work->steps.at[i];

	(void)snprintf(session->profile, sizeof(session->profile), "%s",
		       i + 1 == work->steps.count ? work->mint->request->profile
						  : work->result->key.name);
	audit_text(minted.entry.profile, sizeof(minted.entry.profile),
		   work->mint->request->profile);
	audit_text(minted.entry.access_key_id, sizeof(minted.entry.access_key_id),
		   session->access_key_id);
	minted.entry.expires_at = session->expires_at;
	minted.entry.mfa = session->mfa;
	if (step->role)
		(void)snprintf(minted.entry.what, sizeof(minted.entry.what), "role %.150s, as %s",
			       role_name(step->role->role_arn), name);
	else
		(void)snprintf(minted.entry.what, sizeof(minted.entry.what),
			       "GetSessionToken, key %.128s", work->result->key.access_key_id);
	return store_commit(work->agent->store, keep_row, &minted, err) &&
	       cache_put(work->agent->cache, session, err);
}

/* Tells everybody behind this request's flights whether it waits for a person. */
static void say_asking(struct work *work, bool asking)
{
	for (size_t j = 0; j < work->steps.count; j++) {
		if (work->held[j])
			(void)!single_flight_asking(&work->tickets[j], asking);
	}
}

/* A code to send: the one that came along, or one that the client is asked for. */
static bool code_for(struct work *work, bool refused, char code[static MFA_CODE_BYTES],
		     struct error *err)
{
	const struct mint *mint = work->mint;
	int64_t wait_s = 0;
	bool ok;

	if (mint->code && !work->code_spent) {
		memcpy(code, mint->code, MFA_CODE_BYTES);
		work->code_spent = true;
		return true;
	}
	work->landing = SINGLE_FLIGHT_HANDED;
	if (!mint->can_ask || mint->request->gone || mint->code)
		return mfa_needed(mint->request->profile, err);
	if (!mfa_wait_s(work->agent, work->steps.mfa_serial, aws_now(work), &wait_s, err))
		return false;
	say_asking(work, true);
	ok = mfa_ask(mint->request, &work->result->key, work->steps.mfa_serial, wait_s, refused,
		     code, err);
	say_asking(work, false);
	return ok;
}

static bool call_with_code(struct work *work, size_t i, const struct session_record *parent,
			   const char *name, struct session_record *out, struct error *err)
{
	const char *serial = work->steps.mfa_serial;
	char code[MFA_CODE_BYTES] = "";
	bool ok = false;

	for (int tries = 0; tries < MFA_TRIES && !ok; tries++) {
		struct aws_failure failure = AWS_FAILURE_INIT;
		struct mfa_step before;
		int64_t sent_at;
		bool asked;

		if (!code_for(work, tries > 0, code, err))
			break;
		asked = !work->mint->code;
		if (!single_flight_asking(&work->tickets[i], false)) {
			work->overtaken = true;
			break;
		}
		sent_at = aws_now(work);
		work->landing = SINGLE_FLIGHT_BROKEN;
		if (!mfa_claim(work->agent, serial, code, sent_at, &before, err)) {
			if (err->code == ERROR_MFA_REFUSED && asked)
				continue;
			break;
		}
		ok = call(work, i, parent, name, code, out, &failure, err);
		if (!ok && failure.clock_was_off) {
			/* Refused before anybody looked at the code, which is as good as new. */
			failure = AWS_FAILURE_INIT;
			ok = call(work, i, parent, name, code, out, &failure, err);
		}
		if (ok)
			break;
		if ((failure.status == 0 && !failure.maybe_sent) || failure.clock_was_off)
			mfa_give_back(work->agent, &before);
		if (err->code != ERROR_MFA_REFUSED)
			break;
		mfa_explain(&work->result->key, serial, sent_at,
			    work->skew ? work->skew->measured_s : 0, err);
		if (!asked)
			break;
	}
	secret_wipe(code, sizeof(code));
	return ok;
}

static bool make(struct work *work, size_t i, struct session_record *out, struct error *err);

/*
 * AWS does not take the session that signed, whatever its expiry says: it was revoked, or clocks
 * differ.
 */
static bool parent_is_dead(const struct error *err, const struct aws_failure *failure)
{
	return err->code == ERROR_DEAD_KEY || strcmp(failure->aws_code, "ExpiredToken") == 0 ||
	       strcmp(failure->aws_code, "InvalidClientTokenId") == 0;
}

static bool ask_aws(struct work *work, size_t i, const char *name, struct session_record *out,
		    struct error *err)
{
	const struct session_step *step = &work->steps.at[i];
	struct session_record parent;
	bool ok = false;

	session_record_init(&parent);
	for (int tries = 0; tries < 2 && !ok; tries++) {
		struct aws_failure failure = AWS_FAILURE_INIT;

		if (i > 0 && !make(work, i - 1, &parent, err))
			break;
		if (!single_flight_asking(&work->tickets[i], false)) {
			work->overtaken = true;
			break;
		}
		ok = step->needs_code
			 ? call_with_code(work, i, i ? &parent : NULL, name, out, err)
			 : call(work, i, i ? &parent : NULL, name, NULL, out, &failure, err);
		if (ok || i == 0 || !parent_is_dead(err, &failure))
			break;
		cache_forget(work->agent->cache, work->steps.at[i - 1].digest);
	}
	session_record_clear(&parent);
	return ok;
}

static bool lead(struct work *work, size_t i, struct session_record *out, struct error *err)
{
	const struct plan_role *role = work->steps.at[i].role;
	struct session_record parent;
	char name[SESSION_NAME_MAX] = "";
	bool ok;

	session_record_init(&parent);
	work->landing = SINGLE_FLIGHT_BROKEN;
	/*
	 * First what it stands on, so that its own line is in the log only when AWS is really
	 * asked.
	 */
	ok = i == 0 || make(work, i - 1, &parent, err);
	session_record_clear(&parent);
	if (ok && !single_flight_asking(&work->tickets[i], false)) {
		work->overtaken = true;
		return false;
	}
	ok = ok && (!role || announce(work, &work->steps.at[i], name, err)) &&
	     ask_aws(work, i, name, out, err);
	if (!ok)
		return false;
	work->landing = SINGLE_FLIGHT_BROKEN;
	return keep(work, i, role && role->session_name[0] ? role->session_name : name, out, err);
}

/* This request leads the step's flight. *again: it does not any more, and is to join once more. */
static bool lead_and_land(struct work *work, size_t i, int64_t left_s, struct session_record *out,
			  bool *again, struct error *err)
{
	bool found = false, ok;

	work->held[i] = true;
	/* Somebody may have landed it between the look into the cache and the lead. */
	ok = cache_find(work->agent->cache, work->steps.at[i].digest,
			skew_now(work->skew, work->agent->clock), left_s, out, &found, err);
	if (ok && !found)
		ok = lead(work, i, out, err);
	work->held[i] = false;
	*again = !ok && work->overtaken;
	if (*again) {
		work->overtaken = false;
		single_flight_leave(&work->tickets[i]);
	} else {
		single_flight_land(&work->tickets[i], ok ? SINGLE_FLIGHT_DONE : work->landing,
				   ok ? NULL : err);
	}
	return ok;
}

/* Step i's session, from the cache, from another request's flight, or made here. */
static bool make(struct work *work, size_t i, struct session_record *out, struct error *err)
{
	struct agent *agent = work->agent;
	int64_t left_s = i + 1 == work->steps.count ? session_fresh_s(work->mint->plan)
						    : SESSION_FEED_S;

	for (int tries = 0; tries < LANDED_TRIES; tries++) {
		const struct single_flight_party party = {
		    .can_ask = work->mint->can_ask && !work->mint->code &&
			       !work->mint->request->gone,
		    .has_code = work->mint->code && !work->code_spent,
		};
		bool found, again, ok;

		if (!cache_find(agent->cache, work->steps.at[i].digest,
				skew_now(work->skew, agent->clock), left_s, out, &found, err))
			return false;
		if (found)
			return true;
		agent_leave(agent);
		switch (single_flight_join(agent->flights, work->steps.at[i].digest, &party,
					   &work->tickets[i], err)) {
		case SINGLE_FLIGHT_LEAD:
			agent_reenter(agent);
			ok = lead_and_land(work, i, left_s, out, &again, err);
			if (!again)
				return ok;
			break;
		case SINGLE_FLIGHT_LANDED:
			agent_reenter(agent);
			/* What was just made is as fresh as it gets, however short it lives. */
			left_s = 0;
			break;
		case SINGLE_FLIGHT_FAILED:
			agent_reenter(agent);
			work->landing = SINGLE_FLIGHT_BROKEN;
			return false;
		case SINGLE_FLIGHT_NO_CODE:
			agent_reenter(agent);
			work->landing = SINGLE_FLIGHT_HANDED;
			return mfa_needed(work->mint->request->profile, err);
		}
	}
	return error_set(err, ERROR_FAILED, "the session was made and is gone again");
}

/*
 * What is left of the last session is better than nothing, where what went wrong is not the vault.
 */
static bool fall_back(struct work *work, struct error *err)
{
	const struct session_step *last = &work->steps.at[work->steps.count - 1];
	struct error unused = ERROR_INIT;
	bool found = false;

	if (work->mint->code || err->code == ERROR_TAMPERED || err->code == ERROR_NEWER ||
	    err->code == ERROR_IO || err->code == ERROR_LOCKED)
		return false;
	return cache_find(work->agent->cache, last->digest,
			  skew_now(work->skew, work->agent->clock), 0, &work->result->session,
			  &found, &unused) &&
	       found;
}

/* With the key as it is now. */
static bool attempt(struct work *work, struct error *err)
{
	const struct mint *mint = work->mint;
	struct mint_result *result = work->result;

	work->worked_out = false;
	if (!source_key(work->agent->store, mint->plan->key, &result->key, &result->row, err))
		return false;
	secret_clear(&result->key.secret);
	if (!session_steps(mint->plan, &result->key, &result->row, &work->steps, err))
		return false;
	work->skew = skews_of(work->agent->skews, work->steps.endpoint.url);
	result->skew = work->skew;
	work->worked_out = true;
	return make(work, work->steps.count - 1, &result->session, err);
}

/* A rotation that promotes its key meanwhile lets nobody wait in vain: the new one is as good. */
static bool another_came(const struct work *work)
{
	const struct record_id *before = &work->result->row;
	struct error unused = ERROR_INIT;
	struct access_key now;
	struct record_id row;
	bool is;

	if (work->code_spent || work->mint->request->gone)
		return false;
	access_key_init(&now);
	is = source_key(work->agent->store, work->mint->plan->key, &now, &row, &unused) &&
	     (row.version != before->version || memcmp(row.id, before->id, sizeof(row.id)) != 0) &&
	     strcmp(now.access_key_id, work->result->key.access_key_id) != 0;
	access_key_clear(&now);
	return is;
}

bool mint_run(const struct mint *mint, struct mint_result *result, struct error *err)
{
	struct work work = {.mint = mint, .agent = mint->request->agent, .result = result};
	bool ok;

	courier_http_open(&work.courier, work.agent->broker);
	ok = attempt(&work, err);
	if (!ok && another_came(&work)) {
		*err = ERROR_INIT;
		work.overtaken = false;
		mint_result_clear(result);
		mint_result_init(result);
		ok = attempt(&work, err);
	}
	courier_http_close(&work.courier);
	if (!ok && work.worked_out && fall_back(&work, err)) {
		*err = ERROR_INIT;
		ok = true;
	}
	if (ok && result->key.mfa_required && !result->session.mfa)
		ok = error_set(err, ERROR_MFA_NEEDED,
			       "this key hands out nothing without an MFA session");
	return ok;
}
