/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/profile/key_import.h"
#include "cli/profile/key_source.h"
#include "cli/setup/scrub.h"

static bool run(struct cli *cli, struct error *err)
{
	const struct key_import import = {
	    .from = option_text(&cli->options, "from"),
	    .path = cli_arg(cli, 0),
	    .prefix = option_text(&cli->options, "prefix"),
	    .only = option_text(&cli->options, "name"),
	    .replace = option_flag(&cli->options, "replace"),
	    .scrub = option_flag(&cli->options, "scrub") ? &scrub_of_import : NULL,
	    .dry_run = option_flag(&cli->options, "dry-run")};

	return key_import_keys(cli, &import, err);
}

static const struct option own_options[] = {
    {.name = "from",
     .argument = "PLACE",
     .values = KEY_SOURCE_WORDS,
     .help = "where the keys are: credentials (as ~/.aws/credentials), csv, json, env, aws-vault"},
    {.name = "prefix", .argument = "P", .help = "put P in front of every name"},
    {.name = "name", .argument = "N", .help = "only profile N; a file with one key: store it as N"},
    {.name = "scrub",
     .help = "put credential_process lines in the place of the key lines in FILE, once the vault "
	     "was opened again and has them"},
    {.name = "replace", .help = "replace keys of the same name"},
    {.name = "dry-run", .help = "show what would be imported and change nothing"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"all keys of ~/.aws/credentials", "credvault import"},
    {"and out of the file, once the vault has them", "credvault import --scrub"},
    {"what it would do", "credvault import --dry-run"},
    {"one profile of another file", "credvault import backup/credentials --name prod"},
    {"a key as the console gives it", "credvault import ~/Downloads/dev_accessKeys.csv"},
    {"all that aws-vault has", "credvault import --from aws-vault"},
    {"the key of the environment", "credvault import --from env --name ci"},
    {"without questions", "credvault import --yes --json </dev/null"},
    {NULL, NULL},
};

const struct command command_import = {
    .name = "import",
    .summary = "take keys in from a file, the environment or aws-vault",
    .usage = "[FILE|-] [--from PLACE] [--scrub] [--prefix P] [--name N] [--replace] [--dry-run]",
    .about = "FILE is ~/.aws/credentials unless named; `-` is standard input. A FILE.csv\n"
	     "is what IAM's console gives, a FILE.json what CreateAccessKey answers, or\n"
	     "several of these. AWS is asked about each key. Dead and temporary keys, and\n"
	     "names that stand for two keys, are skipped with the reason. mfa_serial and\n"
	     "region come from the config file, MFA devices also from IAM. aws-vault is\n"
	     "run once for each of its keys, and may ask for its own passphrase. The\n"
	     "command needs the vault's passphrase or a key file, also while the vault is\n"
	     "unlocked.\n"
	     "\n"
	     "FILE stays as it is without --scrub. With it the vault is closed, a fresh\n"
	     "agent reads its file again, and only keys that this agent is seen to hold\n"
	     "are taken out of FILE. `credvault setup --undo` puts them back. A key that\n"
	     "was taken out is not erased from the disk: rotate it.",
    .options = own_options,
    .examples = examples,
    .args = "files",
    .most = 1,
    .needs = NEEDS_VAULT,
    .run = run,
};
