/* SPDX-License-Identifier: MIT */
#include "vault/agent/unlock/launch.h"
#include "vault/agent/core/ops.h"
#include "vault/agent/view/key_view.h"
#include "vault/audit/append.h"
#include "vault/format/json.h"
#include "vault/seal/header/header.h"
#include "vault/store/store.h"
#include "vault/store/change/witnessed.h"

#include <stdio.h>

/*
 * What the socketpair takes until the vault is unlocked: to look at the file, and the four ways to
 * serve it.
 */

/* --- looking, before anything is unlocked ----------------------------------------------------- */

bool op_open(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {NULL};
	struct agent *agent = request->agent;

	if (!json_only(request->args, keys, err) || !launch_open(agent, err))
		return false;
	return agent_header(agent, ok, err);
}

/*
 * For a vault that would not be unlocked: what can be said of it with the keys, which open nothing
 * here.
 */
bool op_inspect(struct request *request, json_t **ok, struct error *err)
{
	static const char *const members[] = {"keys", NULL};
	struct agent *agent = request->agent;
	struct inspection inspection;
	struct keys keys = {0};
	bool done = json_only(request->args, members, err) &&
		    keys_from_json(json_object_get(request->args, "keys"), &keys, err) &&
		    launch_open(agent, err) &&
		    store_inspect(agent->store, &keys, &inspection, err) &&
		    view_inspection(&inspection, ok, err);

	keys_clear(&keys);
	return done;
}

static bool side_put(json_t *object, const char *name, const struct mark *mark, bool verified,
		     struct error *err)
{
	char fingerprint[MARK_FINGERPRINT_BYTES];
	json_t *side = json_object();

	mark_fingerprint(mark, fingerprint);
	if (json_put(side, "generation", json_integer((json_int_t)mark->generation), err) &&
	    json_put_time(side, "updated_at", mark->updated_at, err) &&
	    json_put(side, "verified", json_boolean(verified), err) &&
	    json_put_text(side, "fingerprint", verified ? fingerprint : NULL, err))
		return json_put(object, name, side, err);
	json_decref(side);
	return false;
}

/* What the witness has to say, whatever it is; the vault itself must be whole. */
static bool finding_read(struct agent *agent, const struct keys *keys,
			 struct witness_finding *finding, struct error *err)
{
	struct error why = ERROR_INIT;

	if (store_unlock(agent->store, keys, &why) || why.code == ERROR_TAMPERED) {
		if (store_finding(agent->store, finding))
			return true;
		if (why.code == ERROR_NONE)
			return error_set(err, ERROR_FAILED, "the vault has no witness");
	}
	*err = why;
	return false;
}

bool op_compare(struct request *request, json_t **ok, struct error *err)
{
	static const char *const names[] = {"keys", NULL};
	struct agent *agent = request->agent;
	struct witness_finding finding;
	struct keys keys = {0};
	bool done = json_only(request->args, names, err) &&
		    keys_from_json(json_object_get(request->args, "keys"), &keys, err) &&
		    launch_open(agent, err) && finding_read(agent, &keys, &finding, err);

	keys_clear(&keys);
	if (!done)
		return false;
	*ok = json_object();
	if (json_put_text(*ok, "verdict", witness_name(finding.verdict), err) &&
	    json_put(*ok, "trusted", json_boolean(witness_trusts(finding.verdict)), err) &&
	    side_put(*ok, "this_file", &finding.vault, true, err) &&
	    (finding.mark.sequence > 0
		 ? side_put(*ok, "last_used", &finding.mark, finding.mark_verified, err)
		 : json_put(*ok, "last_used", json_null(), err)))
		return true;
	json_decref(*ok);
	*ok = NULL;
	return false;
}

/* --- coming to serve -------------------------------------------------------------------------- */

bool op_create(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"header",  "keys",	  "how", "idle_s",
					   "limit_s", "resident", NULL};
	struct agent *agent = request->agent;
	struct launch launch = {.idle_s = 0};
	struct buf header = BUF_INIT(HEADER_BYTES_MAX);
	bool done = json_only(request->args, keys, err) &&
		    launch_read(request->args, &launch, err) &&
		    launch_read_header(request->args, &header, err);

	if (done && agent->store)
		done = error_set(err, ERROR_EXISTS, "the vault exists");
	done = done &&
	       store_create_witnessed(agent->vault, agent->witness[0] ? agent->witness : NULL,
				      &header, &launch.keys, clock_real_s(agent->clock),
				      &agent->store, err) &&
	       launch_serve(request, &launch, AUDIT_OP_CREATE, ok, err);
	keys_clear(&launch.keys);
	buf_clear(&header);
	return done;
}

/* The entry whose commit is the acceptance: before it nothing outside of the vault has changed. */
static bool acceptance_record(struct request *request, struct error *err)
{
	struct store *store = request->agent->store;
	struct audit_entry entry = request_entry(request, AUDIT_OP_RESTORE);
	struct witness_finding finding;
	char mark[64] = "no mark that is verified";

	/* Without a refusal there is nothing to accept. */
	if (!store_finding(store, &finding) || witness_trusts(finding.verdict))
		return true;
	if (finding.mark_verified)
		(void)snprintf(mark, sizeof(mark), "generation %llu",
			       (unsigned long long)finding.mark.generation);
	(void)snprintf(entry.what, sizeof(entry.what), "%s: generation %llu accepted over %s",
		       witness_name(finding.verdict), (unsigned long long)finding.vault.generation,
		       mark);
	return audit_record(store, &entry, err) && store_mark(store, err);
}

bool op_unlock(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {
	    "keys", "how", "idle_s", "limit_s", "resident", "accept_rollback", NULL};
	struct agent *agent = request->agent;
	struct launch launch = {.idle_s = 0};
	bool accept = false;
	bool done = json_only(request->args, keys, err) &&
		    json_flag(request->args, "accept_rollback", &accept, err) &&
		    launch_read(request->args, &launch, err) && launch_open(agent, err) &&
		    (accept ? store_unlock_accepting(agent->store, &launch.keys, err) &&
				  acceptance_record(request, err)
			    : store_unlock(agent->store, &launch.keys, err)) &&
		    launch_serve(request, &launch, AUDIT_OP_UNLOCK, ok, err);

	keys_clear(&launch.keys);
	return done;
}

/* --- another header --------------------------------------------------------------------------- */

bool op_set_header(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"header", "keys",	"act",	    "what", "how",
					   "idle_s", "limit_s", "resident", NULL};

	return json_only(request->args, keys, err) && launch_change(request, NULL, ok, err);
}

bool op_rekey(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"header", "keys",   "new_keys", "act",      "what",
					   "how",    "idle_s", "limit_s",  "resident", NULL};
	struct keys fresh = {0};
	bool done = json_only(request->args, keys, err) &&
		    keys_from_json(json_object_get(request->args, "new_keys"), &fresh, err) &&
		    launch_change(request, &fresh, ok, err);

	keys_clear(&fresh);
	return done;
}
