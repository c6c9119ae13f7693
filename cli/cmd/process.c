/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/profile/process_refusal.h"
#include "cli/profile/credentials_request.h"
#include "vault/format/credjson.h"

/*
 * SDKs run this for every program that starts, so it does nothing that the answer does not need.
 * It says nothing beside the answer either: some SDKs read stderr as part of it.
 */
static bool run(struct cli *cli, struct error *err)
{
	const char *name = cli_arg(cli, 0);
	struct buf text = BUF_INIT(CREDJSON_LIMIT);
	bool done;

	cli->quiet = true;
	done = credentials_request_process(cli, name, &text, err) &&
	       buf_append(&text, "\n", 1, err);
	if (done)
		out_bytes(&cli->out, text.data, text.len);
	else
		process_refusal_tell(cli, name, err);
	buf_clear(&text);
	return done;
}

static const struct option own_options[] = {
    OPTION_PROFILE,
    {.name = NULL},
};

static const struct example examples[] = {
    {"in ~/.aws/config, for every SDK",
     "[profile prod]\n  credential_process = /usr/bin/credvault process prod"},
    {"what an SDK gets", "credvault process prod | jq .Expiration"},
    {NULL, NULL},
};

const struct command command_process = {
    .name = "process",
    .aliases = "credential-process",
    .summary = "hand a profile's credentials to an SDK (credential_process)",
    .usage = "PROFILE",
    .about = "One JSON object on stdout and nothing on stderr; or nothing on stdout, one line on "
	     "stderr,\n"
	     "and the same line on the terminal, because most SDKs hide what a process says.",
    .options = own_options,
    .examples = examples,
    .args = "profiles",
    .least = 1,
    .most = 1,
    .needs = NEEDS_VAULT | NEEDS_ONE_LINE_ERRORS | NEEDS_LATE_MEMORY,
    .run = run,
};
