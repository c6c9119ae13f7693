/* SPDX-License-Identifier: MIT */
#include "vault/agent/ops.h"
#include "vault/agent/views.h"
#include "vault/format/json.h"

bool op_list(struct request *request, json_t **ok, struct error *err)
{
	static const char *const none[] = {NULL};
	struct view_keys keys = {.at = NULL};
	struct view_rotations rotations = {.at = NULL};
	bool done = json_only(request->args, none, err) &&
		    view_keys_read(request->agent, &keys, err) &&
		    view_rotations_read(request->agent, &rotations, err);

	for (size_t i = 0; done && i < keys.count; i++) {
		json_t *row;

		done = view_key_among(request->agent, &keys.at[i].key, &keys.at[i].row, &rotations,
				      &row, err) &&
		       request_row(request, row, err);
	}
	if (done) {
		*ok = json_object();
		done = json_put(*ok, "count", json_integer((json_int_t)keys.count), err);
	}
	view_rotations_clear(&rotations);
	view_keys_clear(&keys);
	return done;
}
