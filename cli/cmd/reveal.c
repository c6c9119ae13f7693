/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "cli/show/key_row.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"
#include "vault/format/arn.h"
#include "vault/format/json.h"

#include <string.h>

/* Secrets on a screen stay in scrollbacks and recordings. */
static bool check_terminal(const struct cli *cli, const char *name, struct error *err)
{
	if (!cli->out.terminal || option_flag(&cli->options, "force"))
		return true;
	error_set(err, ERROR_USAGE, "this would print a long-term secret to the terminal");
	error_detail(err, "Programs do without it:   credvault exec %s -- COMMAND", name);
	return error_detail(err, "To see it all the same:   credvault reveal %s --force", name);
}

/* What is not there is told before anybody types a passphrase for it. */
static bool check_there(struct cli *cli, const char *name, struct error *err)
{
	json_t *key = NULL;
	bool ok = agent_call(cli, "show", json_pack("{s:s}", "name", name), NULL, &key, err);

	json_decref(key);
	return ok;
}

static bool print(struct cli *cli, const char *name, const json_t *key, struct error *err)
{
	const char *secret;

	if (!json_need_text(key, "secret_access_key", ARN_SECRET_MAX, &secret, err))
		return false;
	if (cli->json) {
		out_json(&cli->out, key);
		return true;
	}
	out_bytes(&cli->out, secret, strlen(secret));
	out_bytes(&cli->out, "\n", 1);
	say_note(cli,
		 "That is on record: credvault log -n 1. Programs do without the secret: "
		 "credvault exec %s -- COMMAND",
		 name);
	return true;
}

static bool run(struct cli *cli, struct error *err)
{
	const char *name = cli_arg(cli, 0);
	json_t *key = NULL;
	bool ok;

	if (!text_check_name("name", name, err) || !check_terminal(cli, name, err))
		return false;
	cli->profile = name;
	ok = check_there(cli, name, err) &&
	     agent_call(cli, "reveal", json_pack("{s:s}", "name", name), NULL, &key, err) &&
	     print(cli, name, key, err);
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
