/* SPDX-License-Identifier: MIT */
#include "vault/aws/sts.h"
#include "vault/creds/source.h"

#include <stdio.h>

/* A step that is a session of the long-term key (GetSessionToken). */

static void session_label(const struct source_call *call, char out[static SOURCE_LABEL_BYTES])
{
	(void)snprintf(out, SOURCE_LABEL_BYTES, "key %.128s", call->origin->access_key_id);
}

static bool session_make(const struct source_call *call, struct session_record *out,
			 struct error *err)
{
	struct credentials got = CREDENTIALS_INIT;
	const struct sts_mfa mfa = {.serial = call->mfa_serial, .code = call->code};
	bool ok = sts_get_session_token(call->aws, call->step->duration_s, &mfa, &got,
					call->failure, err) &&
		  source_fill(call, &got, out, err);

	credentials_clear(&got);
	return ok;
}

const struct source source_session = {
    .kind = PLAN_SESSION,
    .number = 0,
    .needs = SOURCE_CODE,
    .action = "GetSessionToken",
    .duration_s = 3600,
    .mfa_duration_s = 28800, /* as feed or as target */
    .label = session_label,
    .make = session_make,
};
