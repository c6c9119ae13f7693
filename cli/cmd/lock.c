/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "cli/ui/say.h"
#include "vault/wire/tables/msg_vault.h"

/* A vault that is locked already is a success too. */
static bool run(struct cli *cli, struct error *err)
{
	bool absent = false;
	json_t *ok = NULL;

	if (!agent_call_if_there(cli, "lock", MESSAGE(msg_lock, &(struct msg_lock){MSG_LOCK_ASKED}),
				 NULL, &absent, &ok, err))
		return false;
	json_decref(ok);
	if (cli->json)
		out_printf(&cli->out, "{\"locked\":true}\n");
	else if (absent)
		say_note(cli, "It was locked already.");
	else
		out_printf(&cli->out, "Locked. Credentials that were handed out live until they "
				      "expire.\n");
	return true;
}

static const struct example examples[] = {
    {"wipe the keys now, and end all sessions the vault holds", "credvault lock"},
    {NULL, NULL},
};

const struct command command_lock = {
    .name = "lock",
    .summary = "wipe the keys from memory; the agent leaves",
    .usage = "",
    .about = "Returns when the vault file is closed. Credentials that were handed out before live\n"
	     "until they expire.",
    .examples = examples,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
