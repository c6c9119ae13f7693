/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/profile/key_import.h"

static bool run(struct cli *cli, struct error *err)
{
	const struct key_import import = {.path = cli_arg(cli, 0),
					  .prefix = option_text(&cli->options, "prefix"),
					  .only = option_text(&cli->options, "name"),
					  .replace = option_flag(&cli->options, "replace"),
					  .dry_run = option_flag(&cli->options, "dry-run")};

	return key_import_keys(cli, &import, err);
}

static const struct option own_options[] = {
    {.name = "from",
     .argument = "FORMAT",
     .values = "credentials",
     .help = "what FILE is: credentials (default), as ~/.aws/credentials"},
    {.name = "prefix", .argument = "P", .help = "put P in front of every name"},
    {.name = "name", .argument = "N", .help = "only profile N; a file with one key: store it as N"},
    {.name = "replace", .help = "replace keys of the same name"},
    {.name = "dry-run", .help = "show what would be imported and change nothing"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"all keys of ~/.aws/credentials", "credvault import"},
    {"what it would do", "credvault import --dry-run"},
    {"one profile of another file", "credvault import backup/credentials --name prod"},
    {"without questions", "credvault import --yes --json </dev/null"},
    {NULL, NULL},
};

const struct command command_import = {
    .name = "import",
    .summary = "seal the keys of a credentials file",
    .usage = "[FILE|-] [--from credentials] [--prefix P] [--name N] [--replace] [--dry-run]",
    .about =
	"FILE is ~/.aws/credentials unless named, `-` is standard input. AWS is asked about every\n"
	"key; dead and temporary ones are named and skipped. mfa_serial and region come from the\n"
	"config file. FILE stays as it is: remove its key lines once everything works. It wants\n"
	"the passphrase or a key file, also while unlocked.",
    .options = own_options,
    .examples = examples,
    .args = "files",
    .most = 1,
    .needs = NEEDS_VAULT,
    .run = run,
};
