/* SPDX-License-Identifier: MIT */
#include "vault/agent/mint/mint.h"
#include "vault/agent/core/ops.h"
#include "vault/audit/append.h"
#include "vault/creds/session.h"
#include "vault/format/credjson.h"
#include "vault/wire/tables/msg_credentials.h"
#include "vault/store/change/commit.h"
#include "vault/store/store.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct emission {
	struct audit_entry entry;
	const struct cache_route *route;
	bool usage;
};

static bool record(struct txn *txn, void *arg, struct error *err)
{
	struct emission *emission = arg;

	if (emission->usage &&
	    !key_use_put(txn, emission->route->key_row, emission->entry.time, err))
		return false;
	return audit_append(txn, &emission->entry, err);
}

/* All clients are one user's: none of them may fill the log without end. */
static bool within_bucket(struct agent *agent, struct error *err)
{
	bool within;

	(void)pthread_mutex_lock(&agent->lock);
	within = emissions_take(&agent->emissions, agent->clock);
	(void)pthread_mutex_unlock(&agent->lock);
	if (within)
		return true;
	error_set(err, ERROR_FAILED,
		  "programs ask for credentials without end: %d a second are handed out",
		  EMISSIONS_PER_S);
	return error_hint(err, "credvault log");
}

/* Writes the log entry, then answers with the credentials. */
static bool hand_out(struct request *request, enum msg_purpose purpose, struct cache_route *route,
		     struct error *err)
{
	struct agent *agent = request->agent;
	struct emission emission = {.route = route};
	const char *slash = strrchr(route->role_arn, '/');

	/* For `unlock` the session is made, and no credentials are returned. */
	if (purpose == MSG_FOR_UNLOCK) {
		const struct msg_ready ready = {.profile = request->profile,
						.expires_at = route->expires_at,
						.mfa = route->mfa};

		return request_answer(request, MESSAGE(msg_ready, &ready), err);
	}
	if (!within_bucket(agent, err))
		return false;
	emission.entry = request_entry(request, AUDIT_OP_EMIT);
	audit_text(emission.entry.profile, sizeof(emission.entry.profile), request->profile);
	audit_text(emission.entry.access_key_id, sizeof(emission.entry.access_key_id),
		   route->access_key_id);
	if (slash)
		(void)snprintf(emission.entry.what, sizeof(emission.entry.what), "role %.200s",
			       slash + 1);
	else
		audit_text(emission.entry.what, sizeof(emission.entry.what), "session");
	emission.entry.expires_at = route->expires_at;
	emission.entry.mfa = route->mfa;
	emission.usage = route->of_key &&
			 key_use_note(agent->usages, route->key_row, emission.entry.time);
	buf_clear(&request->text);
	request->text = route->answer;
	route->answer = BUF_INIT(CACHE_ANSWER_MAX);
	/* The object for SDKs has no such member, and the client copies the bytes unchanged. */
	if (purpose == MSG_FOR_PROCESS)
		credjson_drop_region(&request->text);
	return request_commit_and_answer(request, record, &emission, err);
}

/* Fills in the route: how the session is shown to the client, and the key it was made from. */
static bool make_route(const struct plan *plan, const struct mint_result *result,
		       struct cache_route *route, struct error *err)
{
	const struct session_record *session = &result->session;
	struct credentials credentials = CREDENTIALS_INIT;
	bool ok;

	memcpy(route->step, session->step, sizeof(route->step));
	route->of_key = result->origin.row.table == TABLE_KEY;
	memcpy(route->key_name, result->origin.name, sizeof(route->key_name));
	memcpy(route->key_row, result->origin.row.id, sizeof(route->key_row));
	(void)snprintf(route->access_key_id, sizeof(route->access_key_id), "%s",
		       session->access_key_id);
	(void)snprintf(route->role_arn, sizeof(route->role_arn), "%s", session->role_arn);
	route->expires_at = session->expires_at;
	route->skew = result->skew;
	route->mfa = session->mfa;
	(void)snprintf(credentials.access_key_id, sizeof(credentials.access_key_id), "%s",
		       session->access_key_id);
	(void)snprintf(credentials.region, sizeof(credentials.region), "%s",
		       session_region(plan, &result->origin));
	(void)snprintf(credentials.account_id, sizeof(credentials.account_id), "%s",
		       session->account_id);
	credentials.expires_at = session->expires_at;
	ok = secret_set(&credentials.secret_access_key, session->secret.data, session->secret.len,
			err) &&
	     buf_append(&credentials.session_token, session->token.data, session->token.len, err) &&
	     credjson_json(&credentials, &route->answer, err);
	credentials_clear(&credentials);
	return ok;
}

/* Reports a wrong clock to the client where it matters: after AWS was asked just now. */
static void tell_clock(struct request *request, const struct mint_result *result)
{
	const struct msg_clock event = {.what = "clock",
					.ahead_s = result->skew ? -result->skew->measured_s : 0};

	if (result->made &&
	    (event.ahead_s >= CALL_SKEW_THRESHOLD_S || event.ahead_s <= -CALL_SKEW_THRESHOLD_S))
		request_send_event(request, MESSAGE(msg_clock, &event));
}

/* IAM takes no session of a key that was made without MFA; a role's it takes. */
static void tell_no_iam(struct request *request, const struct known_request *known,
			const struct cache_route *route)
{
	const struct msg_no_iam event = {.what = "no-iam"};

	if (known->purpose == MSG_FOR_EXEC && !route->mfa && !route->role_arn[0] &&
	    cache_route_tell(request->agent->cache, known->digest))
		request_send_event(request, MESSAGE(msg_no_iam, &event));
}

/* Finds the route of an earlier identical request, where it is still valid. */
static bool find_route(struct request *request, const struct known_request *known,
		       struct cache_route *route, bool *found, struct error *err)
{
	struct agent *agent = request->agent;
	bool keys = store_has_record_keys(agent->store);

	return cache_route_find(agent->cache, known->digest, agent->clock,
				keys ? known->fresh_s : 0, route, found, err);
}

/* Reads the request, and remembers its contents. */
static bool read_request(struct request *request, struct msg_credentials *said, struct plan *plan,
			 struct known_request *known, struct error *err)
{
	/* A known request has passed all of these checks before. */
	if (!request->message && (!request_parse(request, err) || !request_unwrap(request, err)))
		return false;
	if (!fields_read(&msg_credentials, request->args, said, err))
		return false;
	(void)snprintf(request->profile, sizeof(request->profile), "%s", said->profile);
	if (!plan_from_json(said->plan.value, plan, err) ||
	    !sources_check_plan(request->agent->sources, plan, err))
		return false;
	*known = (struct known_request){
	    .op = request->op, .purpose = said->purpose, .fresh_s = session_fresh_s(plan)};
	memcpy(known->profile, request->profile, sizeof(known->profile));
	if (!session_request_digest(plan, request->profile, known->digest, err))
		return false;
	if (!said->code)
		known_requests_put(request->agent->known, request->frame, known);
	return true;
}

static bool make_session(struct request *request, const struct msg_credentials *said,
			 const struct plan *plan, struct cache_route *route, struct error *err)
{
	const struct mint mint = {
	    .request = request,
	    .sources = request->agent->sources,
	    .plan = plan,
	    .code = said->code,
	    .can_ask = request_can_ask(request, said->can_ask, said->askpass)};
	struct mint_result result;
	bool ok;

	mint_result_init(&result);
	ok = mint_run(&mint, &result, err) && make_route(plan, &result, route, err);
	if (ok && said->purpose != MSG_FOR_PROCESS)
		tell_clock(request, &result);
	mint_result_clear(&result);
	return ok;
}

/* Serves a request whose bytes are new, or whose route is not valid any more. */
static bool serve_anew(struct request *request, struct error *err)
{
	struct msg_credentials said = {.profile = NULL};
	struct cache_route route = CACHE_ROUTE_INIT;
	struct known_request known;
	struct plan plan;
	bool found = false, done;

	done = read_request(request, &said, &plan, &known, err) &&
	       find_route(request, &known, &route, &found, err) &&
	       (found || (make_session(request, &said, &plan, &route, err) &&
			  cache_route_put(request->agent->cache, known.digest, &route, err)));
	if (done) {
		tell_no_iam(request, &known, &route);
		done = hand_out(request, known.purpose, &route, err);
	}
	buf_clear(&route.answer);
	return done;
}

bool op_credentials(struct request *request, struct error *err)
{
	const struct known_request *known = request->known;
	struct cache_route route = CACHE_ROUTE_INIT;
	bool found = false, done;

	if (!known)
		return serve_anew(request, err);
	memcpy(request->profile, known->profile, sizeof(request->profile));
	done = find_route(request, known, &route, &found, err);
	if (done && found)
		tell_no_iam(request, known, &route);
	if (done)
		done = found ? hand_out(request, known->purpose, &route, err)
			     : serve_anew(request, err);
	buf_clear(&route.answer);
	return done;
}
