/* SPDX-License-Identifier: MIT */
#include "vault/agent/launch.h"
#include "vault/agent/ops.h"
#include "vault/format/json.h"

bool op_open(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {NULL};
	struct agent *agent = request->agent;

	if (!json_only(request->args, keys, err) || !launch_open(agent, err))
		return false;
	return agent_header(agent, ok, err);
}
