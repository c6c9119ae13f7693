/* SPDX-License-Identifier: MIT */
#include "vault/agent/launch.h"
#include "vault/agent/ops.h"
#include "vault/format/json.h"

bool op_set_header(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"header", "keys",	"act",	    "what", "how",
					   "idle_s", "limit_s", "resident", NULL};

	return json_only(request->args, keys, err) && launch_change(request, NULL, ok, err);
}
