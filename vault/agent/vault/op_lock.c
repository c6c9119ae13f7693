/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/format/json.h"

#include <string.h>

bool op_lock(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"why", NULL};
	const char *why;

	if (!json_only(request->args, keys, err) || !json_text(request->args, "why", 16, &why, err))
		return false;
	if (why && strcmp(why, "asked") != 0 && strcmp(why, "replaced") != 0)
		return error_set(err, ERROR_PROTOCOL, "\"why\" is neither asked nor replaced");
	*ok = json_object();
	if (!json_put(*ok, "locked", json_true(), err)) {
		json_decref(*ok);
		*ok = NULL;
		return false;
	}
	agent_end(request->agent, why ? why : "asked");
	return true;
}
