/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/key_list.h"
#include "vault/agent/core/ops.h"
#include "vault/wire/frame.h"
#include "vault/wire/tables/msg_key.h"
#include "vault/wire/tables/msg_vault.h"

bool op_list(struct request *request, struct error *err)
{
	struct msg_count answer = {.count = 0};
	struct key_list keys = {.at = NULL};
	struct buf frames = FRAMES_INIT;
	bool done = fields_read(&msg_nothing, request->args, &answer, err) &&
		    key_list_read(request->agent, &keys, err);

	for (size_t i = 0; done && i < keys.count; i++)
		done = request_row_text(request, keys.at[i].text, &frames, err);
	done = done && request_rows_send(request, &frames, err);
	answer.count = (int64_t)keys.count;
	done = done && request_answer(request, MESSAGE(msg_count, &answer), err);
	buf_clear(&frames);
	key_list_clear(&keys);
	return done;
}
