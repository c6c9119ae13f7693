/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/ask.h"
#include "cli/ui/context.h"
#include "cli/vault/agent_start.h"
#include "cli/vault/open_header.h"
#include "cli/vault/paths.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_vault.h"

#include <stdio.h>
#include <string.h>
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

static bool run(struct cli *cli, struct error *err)
{
	struct restore restore = {.fresh = CLIENT_EMPTY, .header = BUF_INIT(HEADER_BYTES_MAX)};
	bool ok;

	if (!option_flag(&cli->options, "accept-rollback") &&
	    !option_flag(&cli->options, "dry-run")) {
		error_set(err, ERROR_USAGE, "restore wants --accept-rollback or --dry-run");
		return error_hint(err, "credvault help restore");
	}
	if (!paths_check_vault(cli, err))
		return false;
	if (!open_header_can(cli))
		return ask_nobody(cli, err);
	ok = restore_vault(cli, &restore, err);
	client_close(&restore.fresh);
	keys_clear(&restore.keys);
	buf_clear(&restore.header);
	json_decref(restore.finding);
	return ok;
}

static const struct option options[] = {
    {.name = "accept-rollback", .help = "go on with the vault as it lies there; asks first"},
    {.name = "dry-run", .help = "show what lies there and what was used last, and change nothing"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"what lies there, and what this machine used last", "credvault restore --dry-run"},
    {"a backup was put back on purpose, or the machine is a new one",
     "credvault restore --accept-rollback"},
    {NULL, NULL},
};

const struct command command_restore = {
    .name = "restore",
    .summary = "accept an older copy of the vault, or one on a new machine",
    .usage = "--accept-rollback [--dry-run]",
    .about = "A vault that is not the one this machine used last is refused with exit 6. This\n"
	     "shows both, asks for the passphrase, and goes on with what lies there; the log says\n"
	     "so. Compare the fingerprint with that of another machine that has the vault.",
    .options = options,
    .examples = examples,
    .needs = NEEDS_VAULT,
    .run = run,
};
