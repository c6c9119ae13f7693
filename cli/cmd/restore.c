/* SPDX-License-Identifier: MIT */
#include "cli/show/restore_plan.h"
#include "cli/ui/ask.h"
#include "cli/ui/context.h"
#include "cli/ui/say.h"
#include "cli/vault/agent_call.h"
#include "cli/vault/agent_start.h"
#include "cli/vault/new_passphrase.h"
#include "cli/vault/open_header.h"
#include "cli/vault/paths.h"
#include "cli/vault/restoration.h"
#include "cli/vault/vault_folder.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_vault.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A fresh agent, the header that it read, the keys that open it, and what it says of the file. */
struct restore {
	struct client fresh;
	struct buf header;
	struct keys keys;
	const char *how;
	json_t *finding;	  /**< the agent's `compare` … */
	struct msg_compared said; /**< … and what it says */
	bool was_open;		  /**< an agent held the vault before */
};

/* An agent that has the vault open leaves first: the file as it lies there is what counts. */
static bool restore_look(struct cli *cli, struct restore *restore, struct error *err)
{
	json_t *ok = NULL;
	bool absent = false;
	int lock = -1;
	bool done = agent_call_if_there(cli, "lock",
					MESSAGE(msg_lock, &(struct msg_lock){MSG_LOCK_REPLACED}),
					NULL, &absent, &ok, err);

	json_decref(ok);
	client_close(&cli->agent.client);
	restore->was_open = done && !absent;
	done = done && agent_start_lock(cli, &lock, err) &&
	       agent_start_spawn(cli, &restore->fresh, err) &&
	       agent_start_header(&restore->fresh, "open", &restore->header, err) == CLIENT_OK &&
	       agent_start_release(&restore->fresh, err);
	if (lock >= 0)
		(void)close(lock);
	return done &&
	       open_header_derive(cli, &restore->header, &restore->keys, &restore->how, err) &&
	       agent_start_compare(&restore->fresh, &restore->keys, &restore->finding, err) ==
		   CLIENT_OK &&
	       fields_read_answer(&msg_compared, restore->finding, &restore->said, err) &&
	       agent_start_release(&restore->fresh, err);
}

/* "  this file   generation 812, 2026-11-03 09:12 UTC" and the fingerprint below it. */
static void restore_print_side(struct cli *cli, const char *label, const struct msg_side *side)
{
	char at[TEXT_TIME_BYTES];

	text_format_time(side->updated_at, at);
	out_printf(&cli->out, "  %-11s generation %lld, %.10s %.5s UTC%s\n", label,
		   (long long)side->generation, side->updated_at ? at : "?",
		   side->updated_at ? at + 11 : "?", side->verified ? "" : " (not verified)");
	if (side->fingerprint)
		out_printf(&cli->out, "  %-11s %s\n", "", side->fingerprint);
}

static void restore_print(struct cli *cli, const struct restore *restore)
{
	static const struct {
		const char *verdict, *sentence;
	} known[] = {
	    {"older", "is older than the one this machine used last"},
	    {"diverged", "is not the one this machine used last"},
	    {"absent", "has no mark on this machine"},
	    {"unverifiable", "has a mark on this machine that cannot be verified"},
	    {"substituted",
	     "is another vault than the one used here last, or from before a passwd"},
	};
	/* Every verdict that is not named is trusted. */
	const char *sentence = "is the one this machine used last, or newer";
	char shown[256];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(restore->said.verdict, known[i].verdict) == 0)
			sentence = known[i].sentence;
	}
	out_path(cli->vault, shown, sizeof(shown));
	out_printf(&cli->out, "%s %s.\n", shown, sentence);
	restore_print_side(cli, "this file", &restore->said.this_file);
	if (restore->said.was_used)
		restore_print_side(cli, "last used", &restore->said.last_used);
	else
		out_printf(&cli->out, "  %-11s nothing is noted on this machine\n", "last used");
	out_flush(&cli->out);
}

static bool restore_confirm(struct cli *cli, const struct restore *restore, struct error *err)
{
	bool yes = false;

	if (!ask_confirm(cli,
			 strcmp(restore->said.verdict, "older") == 0 ? "Go on with the older one?"
								     : "Go on with it?",
			 false, &yes, err))
		return false;
	if (yes)
		return true;
	error_set(err, ERROR_DECLINED, "the vault was not accepted");
	error_detail(err, "Nothing was changed.");
	/* A person who has just said no needs no hint how to say yes. */
	return ask_has_terminal(cli) ? false
				     : error_hint(err, "credvault restore --accept-rollback --yes");
}

/* `accept` is the owner's word; without it only a vault that the witness trusts is unlocked. */
static bool restore_serve(struct cli *cli, struct restore *restore, bool accept, struct error *err)
{
	const struct agent_start_terms terms = {
	    .keys = &restore->keys,
	    .how = restore->how,
	    .resident = !cli->once && (restore->was_open || cli->passphrase_came == ASK_TERMINAL ||
				       cli->passphrase_came == ASK_PROGRAM),
	    .accept = accept};
	json_t *ok = NULL;
	int lock = -1;
	bool done = agent_start_lock(cli, &lock, err) &&
		    agent_start_unlock(&restore->fresh, &terms, &ok, err) == CLIENT_OK;

	if (done)
		agent_start_adopt(cli, &restore->fresh, &terms, ok);
	if (lock >= 0)
		(void)close(lock);
	json_decref(ok);
	return done;
}

static bool restore_vault(struct cli *cli, struct restore *restore, struct error *err)
{
	bool dry = option_flag(&cli->options, "dry-run"), accept;

	if (!restore_look(cli, restore, err))
		return false;
	accept = !dry && !restore->said.trusted;
	if (!cli->json)
		restore_print(cli, restore);
	if (accept && !restore_confirm(cli, restore, err))
		return false;
	if ((accept || (restore->said.trusted && restore->was_open)) &&
	    !restore_serve(cli, restore, accept, err))
		return false;
	if (cli->json)
		return json_put(restore->finding, "accepted", json_boolean(accept), err) &&
		       (out_json(&cli->out, restore->finding), true);
	if (accept)
		out_printf(&cli->out, "Accepted, and on record. Newer copies of this vault are "
				      "refused from now on.\n");
	else if (restore->said.trusted)
		out_printf(&cli->out, "There is nothing to accept.\n");
	else
		out_printf(&cli->out, "Nothing was changed.\n");
	return true;
}

/* Unlocking the vault before would not help: restore opens it anew, with what its owner brings. */
static bool restore_nobody(struct error *err)
{
	error_set(err, ERROR_LOCKED,
		  "restore wants the passphrase, and there is no terminal to ask on");
	error_detail(err, "Nothing was changed. It wants it also while the vault is unlocked: by "
			  "--passphrase-fd or --key-file.");
	return error_hint(err, "credvault help unattended");
}

static bool restore_accept(struct cli *cli, struct error *err)
{
	struct restore restore = {.fresh = CLIENT_EMPTY, .header = BUF_INIT(HEADER_BYTES_MAX)};
	bool ok;

	if (!option_flag(&cli->options, "accept-rollback") &&
	    !option_flag(&cli->options, "dry-run")) {
		error_set(err, ERROR_USAGE, "restore wants FILE, --accept-rollback or --dry-run");
		return error_hint(err, "credvault help restore");
	}
	if (!paths_find(cli, err) || !paths_check_vault(cli, err))
		return false;
	if (!open_header_can(cli))
		return restore_nobody(err);
	ok = restore_vault(cli, &restore, err);
	client_close(&restore.fresh);
	keys_clear(&restore.keys);
	buf_clear(&restore.header);
	json_decref(restore.finding);
	return ok;
}

/* --- a backup --------------------------------------------------------------------------------- */

static struct restore_plan restore_plan_of(const struct restoration *of)
{
	return (struct restore_plan){.file = of->file,
				     .said = &of->plan,
				     .vault = of->has_vault ? &of->opened.header : NULL,
				     .backup = &of->backup_opened.header,
				     .rows = of->rows};
}

static bool restore_file_confirm(struct cli *cli, const struct restoration *of, struct error *err)
{
	const struct restore_plan plan = restore_plan_of(of);
	size_t lost = restore_plan_count(&plan, MSG_RESTORE_DROPPED);
	size_t taken = restore_plan_taken(&plan);
	char question[128];
	bool yes = false;

	if (lost)
		(void)snprintf(question, sizeof(question), "Lose the newer record of %zu key%s?",
			       lost, lost == 1 ? "" : "s");
	else if (of->has_vault)
		(void)snprintf(question, sizeof(question), "Take %zu key%s from the backup?", taken,
			       taken == 1 ? "" : "s");
	else
		(void)snprintf(question, sizeof(question), "Make this backup the vault?");
	if (!ask_confirm(cli, question, false, &yes, err))
		return false;
	if (yes)
		return true;
	error_set(err, ERROR_DECLINED, "nothing was restored");
	error_detail(err, "Nothing was changed.");
	/* A person who has just said no needs no hint how to say yes. */
	return ask_has_terminal(cli) ? false : error_hint(err, "credvault restore FILE --yes");
}

/* The slot that gets the new passphrase: the one that opened the backup, else any passphrase's. */
static size_t restore_slot_to_replace(const struct open_header *opened)
{
	const struct header *header = &opened->header;

	if (header->slots[opened->slot].type == SLOT_PASSPHRASE)
		return opened->slot;
	for (size_t i = 0; i < header->slots_count; i++) {
		if (header->slots[i].type == SLOT_PASSPHRASE)
			return i;
	}
	return header->slots_count;
}

/*
 * A header under a new vault key that one new passphrase opens. Which of the backup's other slots
 * were taken away since, nobody knows here: all go.
 */
static bool restore_new_header(struct cli *cli, const struct open_header *opened,
			       struct changed *out, struct error *err)
{
	struct secret passphrase = SECRET_EMPTY;
	struct rekeyed_header plan = {.passphrases_count = 1};
	struct rekeyed_header_passphrase *fresh = &plan.passphrases[0];
	size_t at = restore_slot_to_replace(opened);
	int fd = -1;
	bool ok;

	if (at == opened->header.slots_count)
		return error_set(err, ERROR_FAILED, "the backup has no passphrase to replace");
	for (size_t i = 0; i < opened->header.slots_count; i++) {
		if (i != at)
			rekeyed_header_drop(&plan, opened->header.slots[i].id);
	}
	memcpy(fresh->replaces, opened->header.slots[at].id, SEAL_ID_BYTES);
	fresh->passphrase = &passphrase;
	fresh->created = (uint64_t)clock_real_s(cli->clock);
	fresh->cost = header_change_cost(&opened->header.slots[at]);
	ok = option_fd(&cli->options, "new-passphrase-fd", &fd, err) &&
	     new_passphrase_ask(cli, fd, "New passphrase for the vault", &passphrase, err);
	if (ok && passphrase.len == opened->typed.len &&
	    secret_equal(passphrase.data, opened->typed.data, passphrase.len))
		ok = error_set(err, ERROR_USAGE, "this is the passphrase that was replaced");
	ok = ok && header_change_rekey(cli, opened, &plan, out, err);
	if (!ok && err->code == ERROR_LOCKED)
		error_hint(err, "credvault restore FILE --passphrase-fd N --new-passphrase-fd M");
	secret_clear(&passphrase);
	return ok;
}

static bool restore_file_go(struct cli *cli, struct restoration *of, struct error *err)
{
	struct changed changed = CHANGED_EMPTY;
	bool ok = restore_file_confirm(cli, of, err) &&
		  (!of->plan.new_key ||
		   restore_new_header(cli, &of->backup_opened, &changed, err)) &&
		  restoration_run(cli, of, of->plan.new_key ? &changed : NULL, err);

	changed_clear(&changed);
	return ok;
}

static void restore_file_tell(struct cli *cli, const struct restoration *of)
{
	const struct restore_plan plan = restore_plan_of(of);
	size_t taken = restore_plan_taken(&plan), mark = out_mark(&cli->out);
	char shown[PATH_MAX + 64];

	out_path(cli->vault, shown, sizeof(shown));
	if (of->has_vault) {
		out_printf(&cli->out,
			   "Restored %zu key%s, on record. The vault as it was: %s.replaced-%s\n",
			   taken, taken == 1 ? "" : "s", shown, of->replaced);
	} else {
		out_printf(&cli->out, "Restored to %s: %zu key%s, on record.\n", shown, taken,
			   taken == 1 ? "" : "s");
	}
	out_wrap(&cli->out, mark, 2);
	say_note(cli, "A key that was rotated or deleted at AWS since the backup does not work any "
		      "more.");
}

static bool restore_file_json(struct cli *cli, struct restoration *of, bool restored,
			      struct error *err)
{
	char path[PATH_MAX + 64];
	bool kept = restored && of->has_vault;

	(void)snprintf(path, sizeof(path), "%s.replaced-%s", cli->vault, of->replaced);
	if (!json_put(of->ok, "keys", json_incref(of->rows), err) ||
	    !json_put(of->ok, "restored", json_boolean(restored), err) ||
	    !json_put(of->ok, "replaced", kept ? json_string(path) : json_null(), err))
		return false;
	out_json(&cli->out, of->ok);
	return true;
}

/* Behind the plan: nothing is to do, nothing is wanted, or it is done. */
static bool restore_file_end(struct cli *cli, struct restoration *of, struct error *err)
{
	const struct restore_plan plan = restore_plan_of(of);
	bool nothing = of->has_vault && restore_plan_taken(&plan) == 0;
	bool dry = option_flag(&cli->options, "dry-run"), ok;

	if (dry || nothing) {
		ok = restoration_leave(cli, of, err);
		if (ok && cli->json)
			return restore_file_json(cli, of, false, err);
		if (ok)
			out_printf(&cli->out, "\n%s\n",
				   nothing ? "There is nothing to restore."
					   : "The backup is whole. Nothing was changed.");
		return ok;
	}
	if (!restore_file_go(cli, of, err))
		return false;
	if (cli->json)
		return restore_file_json(cli, of, true, err);
	restore_file_tell(cli, of);
	return true;
}

static bool restore_file(struct cli *cli, const char *file, struct error *err)
{
	const char *drop[MSG_RESTORE_DROPS_MAX];
	struct restoration of = {.file = file, .drop = drop};
	struct error ignored;
	struct stat st;
	bool ok;

	of.drop_count = option_times(&cli->options, "drop-newer");
	if (of.drop_count > MSG_RESTORE_DROPS_MAX)
		return error_set(err, ERROR_USAGE, "that are too many keys to drop at once");
	for (size_t i = 0; i < of.drop_count; i++) {
		drop[i] = option_nth(&cli->options, "drop-newer", i);
		if (!text_check_name("name", drop[i], err))
			return false;
	}
	if (!paths_make(cli, err) || (lstat(cli->vault, &st) != 0 && !vault_folder_check(cli, err)))
		return false;
	if (!open_header_can(cli))
		return restore_nobody(err);
	ok = restoration_plan(cli, &of, err);
	if (ok && !cli->json) {
		const struct restore_plan plan = restore_plan_of(&of);

		ok = restore_plan_print(cli, &plan, err);
	}
	ok = ok && restore_file_end(cli, &of, err);
	/* Whoever had the vault open before has it open again. */
	if (!ok)
		(void)!restoration_leave(cli, &of, &ignored);
	restoration_clear(&of);
	return ok;
}

static bool run(struct cli *cli, struct error *err)
{
	const char *file = cli_arg(cli, 0);

	if (file && option_flag(&cli->options, "accept-rollback"))
		return error_set(
		    err, ERROR_USAGE,
		    "--accept-rollback is for the vault that lies there, not for FILE");
	if (!file && option_times(&cli->options, "drop-newer"))
		return error_set(err, ERROR_USAGE, "--drop-newer wants the FILE of a backup");
	return file ? restore_file(cli, file, err) : restore_accept(cli, err);
}

static const struct option options[] = {
    {.name = "dry-run", .help = "show what would be done, and change nothing"},
    {.name = "drop-newer",
     .argument = "NAME",
     .help = "the backup's record of this key, though the vault's is newer"},
    {.name = "accept-rollback", .help = "go on with the vault as it lies there; asks first"},
    {.name = "backup-passphrase-fd",
     .argument = "N",
     .help = "read the backup's passphrase, where it is another, from N"},
    {.name = "new-passphrase-fd",
     .argument = "N",
     .help = "read a new passphrase, where one is wanted, from N"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"whether a backup is whole, and what it would change",
     "credvault restore ~/backups/vault.cvb --dry-run"},
    {"on a new machine, or after the vault was lost", "credvault restore /media/stick/vault.cvb"},
    {"a key back as it was, though it was rotated since",
     "credvault restore ~/backups/vault.cvb --drop-newer prod"},
    {"vault.db itself was put back on purpose", "credvault restore --accept-rollback"},
    {NULL, NULL},
};

const struct command command_restore = {
    .name = "restore",
    .summary = "bring a backup back, or accept an older copy of the vault",
    .usage = "FILE [--dry-run] [--drop-newer NAME]…\n--accept-rollback\n--dry-run",
    .about = "Before it asks, the command shows the backup, the vault, and what would\n"
	     "happen to each key. Where a vault is, its newer records stay, and so does\n"
	     "what opens it; keys that only the backup has come back; a copy of the vault\n"
	     "as it was is kept. Where no vault is, the backup becomes the vault, and gets\n"
	     "a new passphrase at once if the old one was replaced since.\n"
	     "\n"
	     "Without FILE: a vault that is not the one this machine used last is refused\n"
	     "with exit 6. --accept-rollback shows both and goes on with the vault that\n"
	     "lies there; the log says so.",
    .options = options,
    .examples = examples,
    .args = "files",
    .most = 1,
    .needs = NEEDS_MEMORY,
    .run = run,
};
