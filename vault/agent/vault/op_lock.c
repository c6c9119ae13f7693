/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/format/json.h"

#include <string.h>

static bool is_reason(const char *why)
{
	return strcmp(why, "asked") == 0 || strcmp(why, "replaced") == 0;
}

static bool take_reason(const struct request *request, const char **why, struct error *err)
{
	static const char *const keys[] = {"why", NULL};

	if (request->foreign) {
		*why = json_string_value(json_object_get(request->args, "why"));
		if (*why && !is_reason(*why))
			*why = NULL;
		return true;
	}
	if (!json_only(request->args, keys, err) || !json_text(request->args, "why", 16, why, err))
		return false;
	return !*why || is_reason(*why) ||
	       error_set(err, ERROR_PROTOCOL, "\"why\" is neither asked nor replaced");
}

bool op_lock(struct request *request, json_t **ok, struct error *err)
{
	const char *why;

	if (!take_reason(request, &why, err))
		return false;
	*ok = json_object();
	if (!json_put(*ok, "locked", json_true(), err)) {
		json_decref(*ok);
		*ok = NULL;
		return false;
	}
	agent_end(request->agent, why ? why : "asked");
	return true;
}
