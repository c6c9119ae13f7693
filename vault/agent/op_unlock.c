/* SPDX-License-Identifier: MIT */
#include "vault/agent/launch.h"
#include "vault/agent/ops.h"
#include "vault/format/json.h"

bool op_unlock(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"keys", "how", "idle_s", "limit_s", "resident", NULL};
	struct agent *agent = request->agent;
	struct launch launch = {.idle_s = 0};
	bool done = json_only(request->args, keys, err) &&
		    launch_read(request->args, &launch, err) &&
		    (agent->store || store_open(agent->vault, &agent->store, err)) &&
		    store_unlock(agent->store, &launch.keys, err) &&
		    launch_serve(request, &launch, AUDIT_OP_UNLOCK, ok, err);

	keys_clear(&launch.keys);
	return done;
}
