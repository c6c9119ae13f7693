/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/wire/tables/msg_vault.h"

/* A client of another version is obeyed, whatever reason it gives in its own words. */
static bool read_args(const struct request *request, struct msg_lock *args, struct error *err)
{
	struct error ignored = ERROR_INIT;

	if (!request->foreign)
		return fields_read(&msg_lock, request->args, args, err);
	if (!fields_read_answer(&msg_lock, request->args, args, &ignored))
		*args = (struct msg_lock){.why = MSG_LOCK_ASKED};
	return true;
}

bool op_lock(struct request *request, struct error *err)
{
	const struct msg_locked answer = {.locked = true};
	struct msg_lock args = {.why = MSG_LOCK_ASKED};

	if (!read_args(request, &args, err) ||
	    !request_answer(request, MESSAGE(msg_locked, &answer), err))
		return false;
	agent_end(request->agent, msg_lock_words[args.why]);
	return true;
}
