/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_credentials.h"

#include <stdint.h>

static bool run(struct cli *cli, struct error *err)
{
	const struct msg_clear args = {
	    .profiles = {(void *)(uintptr_t)cli->options.args, cli->options.argc, 0}};
	struct msg_cleared said = {0};
	json_t *ok = NULL;
	bool done;

	for (size_t i = 0; i < cli->options.argc; i++) {
		if (!text_check_name("profile", cli_arg(cli, i), err))
			return false;
	}
	done = agent_call(cli, "clear", MESSAGE(msg_clear, &args), NULL, &ok, err) &&
	       fields_read_answer(&msg_cleared, ok, &said, err);
	if (done && cli->json)
		out_json(&cli->out, ok);
	else if (done)
		out_printf(&cli->out,
			   "Dropped %lld session%s. What was handed out lives until it "
			   "expires.\n",
			   (long long)said.cleared, said.cleared == 1 ? "" : "s");
	json_decref(ok);
	return done;
}

static const struct option own_options[] = {
    OPTION_PROFILE,
    {.name = NULL},
};

static const struct example examples[] = {
    {"the next use of prod makes a new session, with a new MFA code", "credvault clear prod"},
    {"all of them", "credvault clear"},
    {NULL, NULL},
};

const struct command command_clear = {
    .name = "clear",
    .summary = "drop cached sessions, all or of some profiles",
    .usage = "[PROFILE…]",
    .about =
	"Keys stay. A lock alone drops no session: they are usable after the next unlock, and\n"
	"lock --clear drops all. Credentials that programs hold already cannot be called back\n"
	"this way.",
    .options = own_options,
    .examples = examples,
    .args = "profiles",
    .most = SIZE_MAX,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
