/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/key_list.h"
#include "vault/agent/core/ops.h"
#include "vault/format/json.h"
#include "vault/wire/frame.h"

bool op_list(struct request *request, json_t **ok, struct error *err)
{
	static const char *const none[] = {NULL};
	struct key_list keys = {.at = NULL};
	struct buf frames = FRAMES_INIT;
	bool done = json_only(request->args, none, err) &&
		    key_list_read(request->agent, &keys, err);

	for (size_t i = 0; done && i < keys.count; i++)
		done = request_row_text(request, keys.at[i].text, &frames, err);
	done = done && request_rows_send(request, &frames, err);
	if (done) {
		*ok = json_object();
		done = json_put(*ok, "count", json_integer((json_int_t)keys.count), err);
	}
	buf_clear(&frames);
	key_list_clear(&keys);
	return done;
}
