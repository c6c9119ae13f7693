/* SPDX-License-Identifier: MIT */
#include "vault/agent/mint/mint.h"
#include "vault/agent/core/ops.h"
#include "vault/audit/append.h"
#include "vault/creds/session.h"
#include "vault/format/credjson.h"
#include "vault/format/json.h"
#include "vault/format/totp.h"
#include "vault/store/change/commit.h"
#include "vault/store/store.h"

#include <stdio.h>
#include <string.h>

struct wanted {
	const char *purpose;
	bool silent; /**< the session is to be there; nothing is handed out */
	const char *code;
	bool can_ask;
	struct plan plan;
};

static bool read_args(struct request *request, struct wanted *wanted, struct error *err)
{
	static const char *const keys[] = {"profile", "purpose", "plan", "code", "can_ask", NULL};
	static const char *const purposes[] = {"process", "exec", "emit", "unlock", NULL};
	const json_t *args = request->args;
	const char *profile;
	size_t i = 0;

	if (!json_only(args, keys, err) ||
	    !json_need_text(args, "profile", TEXT_NAME_MAX, &profile, err) ||
	    !text_check_name("profile", profile, err))
		return false;
	(void)snprintf(request->profile, sizeof(request->profile), "%s", profile);
	if (!json_need_text(args, "purpose", 16, &wanted->purpose, err) ||
	    !json_text(args, "code", 64, &wanted->code, err) ||
	    !json_flag(args, "can_ask", &wanted->can_ask, err))
		return false;
	while (purposes[i] && strcmp(purposes[i], wanted->purpose) != 0)
		i++;
	if (!purposes[i])
		return error_set(err, ERROR_PROTOCOL, "the agent knows no such purpose");
	if (wanted->code && !totp_is_code(wanted->code))
		return error_set(err, ERROR_USAGE, "an MFA code has six digits");
	wanted->silent = strcmp(wanted->purpose, "unlock") == 0;
	return plan_from_json(json_object_get(args, "plan"), &wanted->plan, err) &&
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
		     struct cache_route *route, json_t **ok, struct error *err)
{
	struct agent *agent = request->agent;
	struct emission emission = {.route = route};
	const char *slash = strrchr(route->role_arn, '/');

	if (wanted->silent) {
		*ok = json_object();
		return json_put_text(*ok, "profile", request->profile, err) &&
		       json_put_time(*ok, "expires_at", route->expires_at, err) &&
		       json_put(*ok, "mfa", json_boolean(route->mfa), err);
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
	if (strcmp(wanted->purpose, "process") == 0)
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
				  .code = wanted->code,
				  .can_ask = wanted->can_ask};
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

bool op_credentials(struct request *request, json_t **ok, struct error *err)
{
	struct wanted wanted = {.purpose = NULL};
	struct cache_route route = CACHE_ROUTE_INIT;
	bool done = read_args(request, &wanted, err) && obtain(request, &wanted, &route, err) &&
		    hand_out(request, &wanted, &route, ok, err);

	buf_clear(&route.answer);
	return done;
}
