/* SPDX-License-Identifier: MIT */
#include "vault/agent/launch.h"
#include "vault/agent/ops.h"
#include "vault/format/json.h"

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
