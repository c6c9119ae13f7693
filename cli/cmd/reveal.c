/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "cli/show/key_row.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"
#include "vault/format/arn.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_key.h"

#include <string.h>

static bool run(struct cli *cli, struct error *err)
{
	const char *name = cli_arg(cli, 0), *secret;
	json_t *shown = NULL, *key = NULL;
	bool ok;

	if (!text_check_name("name", name, err))
		return false;
	/* Secrets on a screen stay in scrollbacks and recordings. */
	if (cli->out.terminal && !option_flag(&cli->options, "force")) {
		error_set(err, ERROR_USAGE, "this would print a long-term secret to the terminal");
		error_detail(err, "Programs do without it:   credvault exec %s -- COMMAND",
			     TEXT_WORD(name));
		return error_detail(err, "To see it all the same:   credvault reveal %s --force",
				    TEXT_WORD(name));
	}
	cli->profile = name;
	/* `show` fails for a name that the vault does not have before a passphrase is asked for. */
	ok = agent_call(cli, "show", MESSAGE(msg_name, &(struct msg_name){name}), NULL, &shown,
			err) &&
	     agent_call(cli, "reveal", MESSAGE(msg_name, &(struct msg_name){name}), NULL, &key,
			err) &&
	     json_need_text(key, "secret_access_key", ARN_SECRET_MAX, &secret, err);
	if (ok && cli->json) {
		out_json(&cli->out, key);
	} else if (ok) {
		out_bytes(&cli->out, secret, strlen(secret));
		out_bytes(&cli->out, "\n", 1);
		say_note(cli,
			 "That is on record: credvault log -n 1. Programs do without the secret:\n"
			 "  credvault exec %s -- COMMAND",
			 TEXT_WORD(name));
	}
	json_decref(shown);
	json_decref(key);
	return ok || key_row_failed(name, err);
}

static const struct option own_options[] = {
    {.name = "force", .help = "print the secret even to a terminal"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"for a tool that can do nothing but a pair of long-term keys",
     "credvault reveal ci | gh secret set AWS_SECRET_ACCESS_KEY"},
    {"what nearly always does instead", "credvault exec ci -- COMMAND"},
    {NULL, NULL},
};

const struct command command_reveal = {
    .name = "reveal",
    .summary = "print a key's long-term secret",
    .usage = "NAME [--force]",
    .about =
	"Besides the hooks of a rotation, the one way a long-term secret leaves the vault. It "
	"wants\n"
	"the passphrase each time, also while the vault is unlocked, and is on record before the\n"
	"secret is printed. Whoever has the secret has all the key may do, until it is rotated.",
    .options = own_options,
    .examples = examples,
    .args = "names",
    .least = 1,
    .most = 1,
    .needs = NEEDS_VAULT,
    .run = run,
};
