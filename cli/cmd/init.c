/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/ui/hint.h"
#include "cli/profile/authorities_file.h"
#include "cli/profile/key_import.h"
#include "cli/profile/next_steps.h"
#include "cli/vault/new_vault.h"
#include "cli/vault/paths.h"
#include "cli/ui/say.h"
#include "cli/vault/vault_folder.h"

enum { SHOWN = 256 };

/* What a person does with a vault that is empty. */
static void init_tell_next(struct cli *cli)
{
	char vault[HINT_OPTION_BYTES];

	hint_option(cli, vault);
	out_printf(&cli->out,
		   "  first  credvault add%s NAME   or all of a file: credvault import%s FILE\n",
		   vault, vault);
	next_steps_print(cli, "NAME", false);
}

static bool init_seal_authorities(struct cli *cli, const struct authorities_file *file,
				  struct error *err)
{
	if (!file->path[0])
		return true;
	if (file->count == 0) {
		authorities_file_tell(cli, file);
		return true;
	}
	if (!authorities_file_seal(cli, file, err))
		return error_detail(err, "The vault is made all the same.");
	authorities_file_tell(cli, file);
	return true;
}

static bool run(struct cli *cli, struct error *err)
{
	struct authorities_file authorities = AUTHORITIES_FILE_EMPTY;
	const char *bundle = option_text(&cli->options, "ca-bundle");
	const struct options *o = &cli->options;
	const struct new_vault_terms terms = {
	    .no_recovery = option_flag(o, "no-recovery"),
	    .kdf_memory = option_text(o, "kdf-memory"),
	    .low_memory = option_flag(o, "low-memory"),
	    /* The environment's key file is to open a vault, not to be made. */
	    .key_file = option_times(o, "key-file") > 0 ? option_text(o, "key-file") : NULL};
	json_t *answer = NULL;
	char shown[SHOWN];
	bool ok, imported;

	/* A file that cannot be sealed is told before a vault is made. */
	if (bundle && !authorities_file_read(bundle, &authorities, err)) {
		authorities_file_clear(&authorities);
		return false;
	}
	if (!paths_make(cli, err) || !new_vault_check_free(cli, err) ||
	    !vault_folder_check(cli, err))
		return false;
	out_path(cli->vault, shown, sizeof(shown));
	if (!cli->json)
		say_note(cli, "This makes a vault at %s.\nNothing leaves this machine.\n", shown);
	ok = new_vault_make(cli, &terms, &answer, err) &&
	     init_seal_authorities(cli, &authorities, err);
	authorities_file_clear(&authorities);
	if (answer)
		out_json(&cli->out, answer);
	json_decref(answer);
	if (!ok || !key_import_offer(cli, &imported, err))
		return false;
	if (!imported && cli->out.terminal && !cli->json)
		init_tell_next(cli);
	return true;
}

static const struct option options[] = {
    {.name = "no-recovery", .help = "no recovery code: without the passphrase all is lost"},
    {.name = "kdf-memory",
     .argument = "SIZE",
     .help = "what a guess costs (256MiB; else measured)"},
    {.name = "ca-bundle",
     .argument = "FILE",
     .help = "trust the authorities of FILE besides the system's (config)"},
    {.name = "low-memory", .help = "a small machine: 64 MiB a guess, more passes"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"make the vault; it asks for a passphrase, or makes one", "credvault init"},
    {"a second vault", "credvault --vault ~/team/vault.db init"},
    {"with a key file for cron and services", "credvault init --key-file /mnt/other/vault.key"},
    {"without a terminal", "credvault init --json --passphrase-fd 3 3</run/secrets/passphrase"},
    {NULL, NULL},
};

const struct command command_init = {
    .name = "init",
    .summary = "make a vault and leave it unlocked",
    .usage =
	"[--no-recovery] [--key-file FILE] [--kdf-memory SIZE] [--low-memory] [--ca-bundle FILE]",
    .about =
	"The passphrase has at least 12 characters; Enter has one made. The recovery code is\n"
	"shown once and opens the vault when the passphrase is gone. --key-file makes FILE, which\n"
	"opens the vault without a person. A vault that is there is never overwritten, and a new\n"
	"one gets a folder of its own.",
    .options = options,
    .examples = examples,
    .needs = NEEDS_MEMORY,
    .run = run,
};
