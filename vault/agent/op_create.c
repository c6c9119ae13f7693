/* SPDX-License-Identifier: MIT */
#include "vault/agent/launch.h"
#include "vault/agent/ops.h"
#include "vault/format/json.h"
#include "vault/seal/header.h"
#include "vault/store/witnessed.h"

bool op_create(struct request *request, json_t **ok, struct error *err)
{
	static const char *const keys[] = {"header",  "keys",	  "how", "idle_s",
					   "limit_s", "resident", NULL};
	struct agent *agent = request->agent;
	struct launch launch = {.idle_s = 0};
	struct buf header = BUF_INIT(HEADER_BYTES_MAX);
	bool done = json_only(request->args, keys, err) &&
		    launch_read(request->args, &launch, err) &&
		    launch_read_header(request->args, &header, err);

	if (done && agent->store)
		done = error_set(err, ERROR_EXISTS, "the vault exists");
	done = done &&
	       store_create_witnessed(agent->vault, agent->witness[0] ? agent->witness : NULL,
				      &header, &launch.keys, clock_real_s(agent->clock),
				      &agent->store, err) &&
	       launch_serve(request, &launch, AUDIT_OP_CREATE, ok, err);
	keys_clear(&launch.keys);
	buf_clear(&header);
	return done;
}
