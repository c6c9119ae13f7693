/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/unlock/launch.h"
#include "vault/agent/unlock/restoring.h"
#include "vault/store/store.h"
#include "vault/wire/tables/msg_backup.h"

#include <stdio.h>
#include <string.h>

/* The public header of a backup that lies beside the vault. */
bool op_staged(struct request *request, struct error *err)
{
	struct msg_staged args = {.copy = NULL};
	struct msg_header answer = {.pid = 0};
	struct store *store = NULL;
	char path[PATH_MAX + 64];
	struct error ignored;
	bool ok;

	if (!fields_read(&msg_staged, request->args, &args, err))
		return false;
	if (strlen(args.copy) != MSG_COPY_ID_HEX ||
	    strspn(args.copy, "0123456789abcdef") != MSG_COPY_ID_HEX)
		return error_set(err, ERROR_PROTOCOL, "no such copy");
	(void)snprintf(path, sizeof(path), "%s" MSG_COPY_INFIX "%s", request->agent->vault,
		       args.copy);
	ok = store_open_waiting(path, 0, &store, err);
	if (ok) {
		answer.header = *store_header(store);
		ok = request_answer(request, MESSAGE(msg_header, &answer), err);
	}
	return store_close(store, ok ? err : &ignored) && ok;
}

/* Compares, shows, and changes nothing. */
bool op_restore_plan(struct request *request, struct error *err)
{
	struct restoring restoring;
	bool ok = restoring_open(request, &msg_restore_plan_args, &restoring, err) &&
		  restoring_answer_plan(request, &restoring, err);

	restoring_forget_vault(request->agent);
	restoring_clear(&restoring);
	return ok;
}

/* Does what was shown, if it is still that, and serves. */
bool op_restore(struct request *request, struct error *err)
{
	struct restoring restoring;
	struct launch launch = {.how = ""};
	bool ok = restoring_open(request, &msg_restore, &restoring, err);

	if (ok && strcmp(restoring.digest, restoring.said.digest) != 0) {
		error_set(err, ERROR_FAILED, "the vault or the backup has changed meanwhile");
		error_detail(err, "Nothing was changed: this is not what was agreed to.");
		ok = false;
	}
	ok = ok && (restoring.has_vault ? restoring_merge(request, &restoring, err)
					: restoring_install(request, &restoring, err));
	if (ok) {
		launch.said.resident = restoring.said.resident;
		text_escape_into(restoring.said.how, launch.how, sizeof(launch.how));
		keys_move(&launch.keys, &restoring.keys);
		ok = launch_serve(request, &launch, AUDIT_OP_UNLOCK, err);
	}
	if (!ok)
		restoring_forget_vault(request->agent);
	launch_clear(&launch);
	restoring_clear(&restoring);
	return ok;
}
