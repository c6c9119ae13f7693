/* SPDX-License-Identifier: MIT */
#include "cli/profile/exec_folder.h"
#include "cli/profile/written_file.h"
#include "cli/ui/context.h"
#include "cli/ui/say.h"
#include "cli/vault/agent_call.h"
#include "cli/vault/holder.h"
#include "cli/vault/paths.h"
#include "vault/wire/tables/msg_credentials.h"
#include "vault/wire/tables/msg_vault.h"

enum { GONE_MS = 2500, ROUNDS = 3, SHOWN = 256 };

/* Drops the sessions that the vault would otherwise keep for the next unlock. */
static bool lock_clear(struct cli *cli, struct msg_cleared *cleared, struct error *err)
{
	const struct msg_clear all = {.profiles = {.at = NULL}};
	bool absent = false, done;
	json_t *ok = NULL;

	done = agent_call_if_there(cli, "clear", MESSAGE(msg_clear, &all), NULL, &absent, &ok, err);
	if (done && absent) {
		error_set(err, ERROR_LOCKED, "the vault is locked, and its sessions with it");
		error_detail(err, "Only an unlocked vault can drop them.");
		done = error_hint(err, "credvault clear && credvault lock");
	}
	done = done && fields_read_answer(&msg_cleared, ok, cleared, err);
	json_decref(ok);
	return done;
}

/*
 * Ends the vault's agent. An answer alone proves nothing: the vault is locked when no process holds
 * its file any more.
 */
static bool lock_agent(struct cli *cli, bool *was_locked, struct error *err)
{
	const struct msg_lock args = {MSG_LOCK_ASKED};
	struct holder holder;

	*was_locked = true;
	for (int round = 0; round < ROUNDS; round++) {
		bool absent = false;
		json_t *ok = NULL;

		if (!agent_call_if_there(cli, "lock", MESSAGE(msg_lock, &args), NULL, &absent, &ok,
					 err))
			return false;
		json_decref(ok);
		client_close(&cli->agent.client);
		*was_locked = *was_locked && absent;
		if (holder_wait_gone(cli, GONE_MS))
			return true;
		/* Another than the holder has answered. */
		cli->agent.broke = true;
	}
	holder_find(cli, &holder);
	return holder_is_silent(&holder, err);
}

/* Says what became of a file of `export --write`; ctx is the command's cli. */
static void lock_told(void *ctx, const char *path, const struct error *why)
{
	struct cli *cli = ctx;
	char shown[SHOWN];

	out_path(path, shown, sizeof(shown));
	if (why)
		say_note(cli, "%s.", why->message);
	else if (!cli->json)
		out_printf(&cli->out, "Removed %s.\n", shown);
}

/* The agent ends, in order or, with --kill, by force: one that answers leaves in order. */
static bool lock_go(struct cli *cli, bool *was_locked, struct error *err)
{
	if (lock_agent(cli, was_locked, err))
		return true;
	*was_locked = false;
	return option_flag(&cli->options, "kill") && err->code == ERROR_FAILED &&
	       holder_kill(cli, err);
}

/* A vault that is locked already is a success too. */
static bool run(struct cli *cli, struct error *err)
{
	struct msg_cleared cleared = {.cleared = 0};
	bool clear = option_flag(&cli->options, "clear"), was_locked = false, done;
	char records[PATH_MAX], runtime[PATH_MAX];
	struct error why;

	if (clear && !lock_clear(cli, &cleared, err))
		return false;
	done = lock_go(cli, &was_locked, err);
	/* What was written goes in any case, behind the agent: who refreshes ends with it. */
	if (paths_written(cli, records, &why))
		written_files_remove(records, cli->vault, lock_told, cli);
	if (paths_runtime(runtime, &why))
		exec_folders_sweep(runtime);
	if (!done)
		return false;
	if (cli->json && clear)
		out_printf(&cli->out, "{\"locked\":true,\"cleared\":%lld}\n",
			   (long long)cleared.cleared);
	else if (cli->json)
		out_printf(&cli->out, "{\"locked\":true}\n");
	else if (was_locked)
		say_note(cli, "It was locked already.");
	else if (clear)
		out_printf(&cli->out,
			   "Locked, and dropped %lld session%s. Credentials that were handed out "
			   "live until they\nexpire.\n",
			   (long long)cleared.cleared, cleared.cleared == 1 ? "" : "s");
	else
		out_printf(&cli->out, "Locked. Credentials that were handed out live until they "
				      "expire.\n");
	return true;
}

static const struct option options[] = {
    {.name = "clear", .help = "drop the vault's sessions too, as clear does"},
    {.name = "kill", .help = "end an agent that is stopped or hung"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"wipe the keys now; sessions wait, sealed, for the next unlock", "credvault lock"},
    {"and drop the sessions, so that the next use wants a new MFA code", "credvault lock --clear"},
    {NULL, NULL},
};

const struct command command_lock = {
    .name = "lock",
    .summary = "lock the vault: its keys are wiped from memory",
    .usage = "[--clear] [--kill]",
    .about =
	"Returns when the vault file is closed. The vault's sessions stay, sealed in it, and are\n"
	"usable after the next unlock; clear drops them, and --clear does both. Credentials\n"
	"that were handed out before live until they expire; the files of export --write that\n"
	"hold such are removed.",
    .options = options,
    .examples = examples,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
