/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/profile/process_refusal.h"
#include "cli/profile/credentials_request.h"
#include "vault/base/text.h"
#include "vault/format/arn.h"
#include "vault/format/json.h"

/*
 * SDKs run this for every program that starts, so it does nothing that the answer does not need.
 * It says nothing beside the answer either: some SDKs read stderr as part of it.
 */
static bool run(struct cli *cli, struct error *err)
{
	const char *name = cli_arg(cli, 0), *text;
	json_t *ok = NULL;
	bool done;

	cli->quiet = true;
	done = credentials_request_answer(cli, name, "process", &ok, err) &&
	       json_need_text(ok, "AccessKeyId", ARN_ACCESS_KEY_ID_MAX, &text, err) &&
	       json_need_text(ok, "SecretAccessKey", ARN_SECRET_MAX, &text, err) &&
	       json_need_text(ok, "SessionToken", ARN_SESSION_TOKEN_MAX, &text, err) &&
	       json_need_text(ok, "Expiration", TEXT_TIME_BYTES, &text, err);
	if (done) {
		/* The contract of credential_process does not know it. */
		(void)json_object_del(ok, "Region");
		out_json(&cli->out, ok);
	} else {
		process_refusal_tell(cli, name, err);
	}
	json_decref(ok);
	return done;
}

static const struct example examples[] = {
    {"in ~/.aws/config, for every SDK",
     "[profile prod]\n  credential_process = /usr/bin/credvault process prod"},
    {"what an SDK gets", "credvault process prod | jq .Expiration"},
    {NULL, NULL},
};

const struct command command_process = {
    .name = "process",
    .summary = "hand a profile's credentials to an SDK (credential_process)",
    .usage = "PROFILE",
    .about = "One JSON object on stdout and nothing on stderr; or nothing on stdout, one line on "
	     "stderr,\n"
	     "and the same line on the terminal, because most SDKs hide what a process says.",
    .examples = examples,
    .args = "profiles",
    .least = 1,
    .most = 1,
    .needs = NEEDS_VAULT | NEEDS_ONE_LINE_ERRORS | NEEDS_LATE_MEMORY,
    .run = run,
};
