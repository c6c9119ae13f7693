/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/view/key_view.h"
#include "vault/audit/append.h"

/* Records the finding. A failure is ignored, because a changed manifest stops every write. */
static void verify_record(struct request *request, const struct inspection *inspection)
{
	struct audit_entry entry = request_entry(request, AUDIT_OP_VERIFY);
	struct error ignored;

	audit_about(&entry, NULL, NULL, inspection->problems[0]);
	audit_failed(&entry, ERROR_TAMPERED);
	(void)!audit_record(request->agent->store, &entry, &ignored);
}

bool op_verify(struct request *request, struct error *err)
{
	struct inspection inspection;

	if (!fields_read(&msg_nothing, request->args, NULL, err) ||
	    !store_inspect(request->agent->store, NULL, &inspection, err))
		return false;
	if (inspection.count)
		verify_record(request, &inspection);
	return view_inspection(request, &inspection, err);
}
