/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/wire/tables/msg_launch.h"
#include "vault/wire/tables/msg_vault.h"

#include <unistd.h>

bool op_public(struct request *request, struct error *err)
{
	const struct msg_header answer = {
	    .header = *store_header(request->agent->store),
	    .pid = getpid(),
	    .records_locked = !store_has_record_keys(request->agent->store)};

	return (request->foreign || fields_read(&msg_nothing, request->args, NULL, err)) &&
	       request_answer(request, MESSAGE(msg_header, &answer), err);
}
