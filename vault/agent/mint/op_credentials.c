/* SPDX-License-Identifier: MIT */
#include "vault/agent/mint/mint.h"
#include "vault/agent/core/ops.h"
#include "vault/audit/append.h"
#include "vault/creds/session.h"
#include "vault/format/credjson.h"
#include "vault/wire/msg_credentials.h"
#include "vault/store/change/commit.h"
#include "vault/store/store.h"

#include <stdio.h>
#include <string.h>

struct wanted {
	struct msg_credentials said;
	struct plan plan;
};

static bool read_args(struct request *request, struct wanted *wanted, struct error *err)
{
	struct msg_credentials *said = &wanted->said;

	if (!fields_read(&msg_credentials, request->args, said, err))
		return false;
	(void)snprintf(request->profile, sizeof(request->profile), "%s", said->profile);
	return plan_from_json(said->plan.value, &wanted->plan, err) &&
	       sources_check_plan(request->agent->sources, &wanted->plan, err);
}

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

/* On record first, then the credentials. */
static bool hand_out(struct request *request, const struct wanted *wanted,
		     struct cache_route *route, struct error *err)
{
	struct agent *agent = request->agent;
	struct emission emission = {.route = route};
	const char *slash = strrchr(route->role_arn, '/');

	/* The session is there; nothing is handed out. */
	if (wanted->said.purpose == MSG_FOR_UNLOCK) {
		const struct msg_ready ready = {.profile = request->profile,
						.expires_at = route->expires_at,
						.mfa = route->mfa};

		return request_answer(request, MESSAGE(msg_ready, &ready), err);
	}
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
	if (!store_commit(agent->store, record, &emission, err))
		return false;
	buf_clear(&request->text);
	request->text = route->answer;
	route->answer = BUF_INIT(CACHE_ANSWER_MAX);
	/* What an SDK reads has no such member, and the client copies the bytes. */
	if (wanted->said.purpose == MSG_FOR_PROCESS)
		credjson_drop_region(&request->text);
	return true;
}

/* What a session looks like to the one who asked, and where it came from. */
static bool make_route(const struct plan *plan, const struct mint_result *result,
		       struct cache_route *route, struct error *err)
{
	const struct session_record *session = &result->session;
	struct credentials credentials = CREDENTIALS_INIT;
	bool ok;

	memcpy(route->step, session->step, sizeof(route->step));
	route->of_key = result->origin.row.table == TABLE_KEY;
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

/* While the records are locked only what was asked before is there. */
static bool obtain(struct request *request, const struct wanted *wanted, struct cache_route *route,
		   struct error *err)
{
	struct agent *agent = request->agent;
	const struct mint mint = {.request = request,
				  .sources = agent->sources,
				  .plan = &wanted->plan,
				  .code = wanted->said.code,
				  .can_ask = wanted->said.can_ask};
	struct mint_result result;
	unsigned char digest[DIGEST_BYTES];
	bool keys = store_has_record_keys(agent->store), found = false, ok;

	if (!session_request_digest(&wanted->plan, request->profile, digest, err) ||
	    !cache_route_find(agent->cache, digest, agent->clock,
			      keys ? session_fresh_s(&wanted->plan) : 0, route, &found, err))
		return false;
	if (found)
		return true;
	if (!keys) {
		error_set(err, ERROR_LOCKED, "the keys were locked again after a while unused");
		return error_hint(err, "credvault unlock");
	}
	mint_result_init(&result);
	ok = mint_run(&mint, &result, err) && make_route(&wanted->plan, &result, route, err) &&
	     cache_route_put(agent->cache, digest, route, err);
	mint_result_clear(&result);
	return ok;
}

bool op_credentials(struct request *request, struct error *err)
{
	struct wanted wanted = {.said = {.profile = NULL}};
	struct cache_route route = CACHE_ROUTE_INIT;
	bool done = read_args(request, &wanted, err) && obtain(request, &wanted, &route, err) &&
		    hand_out(request, &wanted, &route, err);

	buf_clear(&route.answer);
	return done;
}
