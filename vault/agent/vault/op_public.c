/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/format/json.h"

#include <unistd.h>

bool op_public(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {NULL};

	return (request->foreign || json_only(request->args, keys, err)) &&
	       agent_header(request->agent, ok, err) &&
	       json_put(*ok, "pid", json_integer(getpid()), err);
}
