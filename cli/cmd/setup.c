/* SPDX-License-Identifier: MIT */
#include "cli/setup/setup_run.h"
#include "cli/setup/setup_undo.h"
#include "cli/ui/context.h"
#include "cli/vault/paths.h"
#include "vault/base/text.h"

static bool run(struct cli *cli, struct error *err)
{
	const struct options *o = &cli->options;
	const struct setup_terms terms = {.names = o->args,
					  .count = o->argc,
					  .diff = option_flag(o, "diff"),
					  .apply = option_flag(o, "apply"),
					  .low_memory = option_flag(o, "low-memory"),
					  .no_recovery = option_flag(o, "no-recovery")};

	for (size_t i = 0; i < terms.count; i++) {
		if (!text_check_name("profile", terms.names[i], err))
			return false;
	}
	if (terms.apply && (terms.diff || option_flag(o, "undo"))) {
		error_set(err, ERROR_USAGE, "--apply goes with neither --diff nor --undo");
		return command_usage(cli->command, err);
	}
	if (!option_flag(o, "undo"))
		return setup_run(cli, &terms, err);
	if (terms.count) {
		error_set(err, ERROR_USAGE, "--undo puts whole files back: it takes no PROFILE");
		return command_usage(cli->command, err);
	}
	return paths_find(cli, err) && setup_undo_run(cli, terms.diff, err);
}

static const struct option own_options[] = {
    {.name = "diff", .help = "show the changes and make none"},
    {.name = "apply", .help = "make them; asks first unless --yes"},
    {.name = "undo", .help = "put the files back, byte for byte; keys return in clear"},
    {.name = "no-recovery", .help = "of a vault that is made: no recovery code"},
    {.name = "low-memory", .help = "of a vault that is made: 64 MiB a guess, more passes"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"the first day: a vault, the keys of ~/.aws in it, the files without them", "credvault setup"},
    {"what it would change", "credvault setup --diff"},
    {"one profile, without questions", "credvault setup prod --apply --yes"},
    {"the files as they were before", "credvault setup --undo"},
    {NULL, NULL},
};

const struct command command_setup = {
    .name = "setup",
    .summary = "make a vault and move the keys of ~/.aws into it",
    .usage = "[PROFILE…] [--diff] [--apply] [--low-memory] [--no-recovery]\n"
	     "--undo [--diff]",
    .about =
	"Makes a vault where there is none, takes in the keys of the credentials and the config\n"
	"file, and puts a credential_process line in the place of the key lines, so that SDKs, "
	"the\n"
	"AWS CLI and terraform go on working. Role lines move to [credvault NAME] of the config\n"
	"file, which SDKs do not read. Every other byte of the files stays.\n"
	"\n"
	"What cannot be moved stays as it is and is named with the reason. --undo puts the files\n"
	"back while they are as setup left them; keys come back as they are now, with the\n"
	"passphrase, and on record.",
    .options = own_options,
    .examples = examples,
    .args = "profiles",
    .most = SIZE_MAX,
    .needs = NEEDS_MEMORY,
    .run = run,
};
