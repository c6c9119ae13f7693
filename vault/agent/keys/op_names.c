/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/key_list.h"
#include "vault/agent/core/ops.h"
#include "vault/wire/tables/msg_key.h"
#include "vault/wire/tables/msg_vault.h"

/* For a shell's completion: whoever presses Tab does not use the vault. */
bool op_names(struct request *request, struct error *err)
{
	struct msg_count answer = {.count = 0};
	struct key_list keys = {.at = NULL};
	bool done = fields_read(&msg_nothing, request->args, &answer, err) &&
		    key_list_read(request->agent, &keys, err);

	for (size_t i = 0; done && i < keys.count; i++)
		done = request_send_row(
		    request, MESSAGE(msg_name, (&(struct msg_name){keys.at[i].name})), err);
	answer.count = (int64_t)keys.count;
	done = done && request_answer(request, MESSAGE(msg_count, &answer), err);
	key_list_clear(&keys);
	return done;
}
