/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/ui/out.h"
#include "cli/vault/backup_file.h"

static void backup_print(struct cli *cli, const struct backup_file *backup)
{
	const struct msg_backup *said = &backup->said;
	size_t mark = out_mark(&cli->out);
	char word[PATH_MAX], shown[256];

	out_path(backup->path, shown, sizeof(shown));
	out_path_word(backup->path, word, sizeof(word));
	out_printf(&cli->out,
		   "Backed up to %s: %lld key%s, generation %lld, opened and verified.\n", shown,
		   (long long)said->keys, said->keys == 1 ? "" : "s", (long long)said->generation);
	if (said->spares)
		out_printf(
		    &cli->out,
		    "%lld rotation%s not over; the backup has its second key as a key of its "
		    "own, and goes on with nothing.\n",
		    (long long)said->spares, said->spares == 1 ? " is" : "s are");
	out_printf(&cli->out,
		   "It opens with what opens the vault today; a later passwd does not reach it.\n");
	out_wrap(&cli->out, mark, 2);
	if (!cli->quiet)
		out_printf(&cli->out, "\n  test it   credvault restore --dry-run %s\n", word);
}

static bool run(struct cli *cli, struct error *err)
{
	struct backup_file backup;

	if (!backup_file_make(cli, cli_arg(cli, 0), option_flag(&cli->options, "replace"), &backup,
			      err))
		return false;
	if (cli->json)
		out_json(&cli->out, backup.ok);
	else
		backup_print(cli, &backup);
	backup_file_clear(&backup);
	return true;
}

static const struct option options[] = {
    {.name = "replace", .help = "FILE may be there: it gets the new bytes whole, or stays"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"onto a stick", "credvault backup /media/stick/vault.cvb"},
    {"every night, each with a name of its own", "credvault backup ~/backups"},
    {"whether a backup can be restored", "credvault restore --dry-run /media/stick/vault.cvb"},
    {NULL, NULL},
};

const struct command command_backup = {
    .name = "backup",
    .summary = "write a verified copy of the vault to a file",
    .usage = "FILE [--replace]",
    .about =
	"The copy is of one moment, sealed as the vault is, and was opened and verified when the\n"
	"command says so. It has the keys, the settings and the newest part of the log; not the\n"
	"sessions nor the last MFA codes. A rotation that is not over does not go on from it.\n"
	"A directory as FILE gives the copy a name with the date.\n"
	"\n"
	"It opens with what opens the vault today: after passwd or slot remove, old copies still\n"
	"open with what was taken away. Never copy vault.db itself while the vault is unlocked.",
    .options = options,
    .examples = examples,
    .args = "files",
    .least = 1,
    .most = 1,
    .needs = NEEDS_VAULT,
    .run = run,
};
