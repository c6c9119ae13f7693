/* SPDX-License-Identifier: MIT */
#include "vault/agent/launch.h"
#include "vault/agent/ops.h"
#include "vault/audit/append.h"
#include "vault/format/json.h"
#include "vault/store/witnessed.h"

#include <stdio.h>

/* The entry whose commit is the acceptance: before it nothing outside of the vault has changed. */
static bool put_on_record(struct request *request, struct error *err)
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
				  put_on_record(request, err)
			    : store_unlock(agent->store, &launch.keys, err)) &&
		    launch_serve(request, &launch, AUDIT_OP_UNLOCK, ok, err);

	keys_clear(&launch.keys);
	return done;
}
