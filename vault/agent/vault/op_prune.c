/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/audit/prune.h"
#include "vault/store/store.h"
#include "vault/wire/tables/msg_log.h"
#include "vault/wire/tables/msg_vault.h"

#include <pthread.h>

/* Removes the parts of the log that are older than the settings keep them. */
bool op_prune(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	struct audit_entry entry = request_entry(request, AUDIT_OP_PRUNE);
	const int64_t keep_s = agent_settings(agent).log_keep_s;
	struct store_state state;
	struct audit_pruned pruned;
	struct msg_prune answer;
	bool ok;

	if (!fields_read(&msg_nothing, request->args, NULL, err))
		return false;
	/* Two at once would read the same parts. */
	(void)pthread_mutex_lock(&agent->config_turn);
	ok = audit_prune(agent->store, clock_real_s(agent->clock) - keep_s, &entry, &pruned, err) &&
	     store_state(agent->store, &state, err);
	(void)pthread_mutex_unlock(&agent->config_turn);
	if (!ok)
		return false;
	answer = (struct msg_prune){.parts = (int64_t)pruned.parts,
				    .from = (int64_t)pruned.first,
				    .to = (int64_t)pruned.last,
				    .until = pruned.until,
				    .bytes = pruned.bytes,
				    .first = (int64_t)state.log_first,
				    .keep_s = keep_s};
	return request_answer(request, MESSAGE(msg_prune, &answer), err);
}
