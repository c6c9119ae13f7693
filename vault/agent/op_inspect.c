/* SPDX-License-Identifier: MIT */
#include "vault/agent/launch.h"
#include "vault/agent/ops.h"
#include "vault/agent/views.h"
#include "vault/format/json.h"

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
