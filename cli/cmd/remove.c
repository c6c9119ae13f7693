/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/ask.h"
#include "cli/ui/context.h"
#include "cli/show/key_row.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"
#include "vault/wire/msg_key.h"

#include <stdio.h>

enum { QUESTION_MAX = 256 };

/* Asks "Remove prod (AKIA…9XK2)?", which --yes answers. DECLINED also where nobody can be asked. */
static bool remove_confirm(struct cli *cli, const char *name, const char *access_key_id,
			   struct error *err)
{
	char id[KEY_ROW_BYTES], question[QUESTION_MAX];
	bool yes = false;

	key_row_id(access_key_id, id);
	(void)snprintf(question, sizeof(question), "Remove %s (%s)?", name, id);
	if (!ask_confirm(cli, question, false, &yes, err))
		return false;
	if (yes)
		return true;
	error_set(err, ERROR_DECLINED, "the key was not removed");
	error_detail(err, "Nothing was changed.");
	/* A person who has just said no needs no hint how to say yes. */
	return ask_has_terminal(cli)
		   ? false
		   : error_hint(err, "credvault remove %s --yes", TEXT_WORD(name));
}

static void remove_print(struct cli *cli, const char *name, const struct msg_removed *removed)
{
	long long sessions = removed->sessions;

	out_printf(&cli->out, "Removed %s (", name);
	out_text(&cli->out, removed->access_key_id);
	out_printf(&cli->out, ")");
	if (sessions)
		out_printf(&cli->out, " and %lld session%s", sessions, sessions == 1 ? "" : "s");
	out_printf(&cli->out, ".\n");
	say_note(cli,
		 "AWS still knows the key. When nothing else uses it:\n"
		 "  aws iam delete-access-key --access-key-id %s",
		 removed->access_key_id);
	if (removed->old_access_key_id)
		say_note(cli,
			 "and the one before it, which is off:\n"
			 "  aws iam delete-access-key --access-key-id %s",
			 removed->old_access_key_id);
}

static bool run(struct cli *cli, struct error *err)
{
	const char *name = cli_arg(cli, 0);
	struct msg_key shown = {.name = NULL};
	struct msg_removed removed = {.name = NULL};
	json_t *key = NULL, *ok = NULL;
	bool done;

	if (!text_check_name("name", name, err))
		return false;
	cli->profile = name;
	done = agent_call(cli, "show", MESSAGE(msg_name, &(struct msg_name){name}), NULL, &key,
			  err) &&
	       fields_read_answer(&msg_key_whole, key, &shown, err) &&
	       remove_confirm(cli, name, shown.access_key_id, err) &&
	       agent_call(cli, "remove", MESSAGE(msg_name, &(struct msg_name){name}), NULL, &ok,
			  err) &&
	       fields_read_answer(&msg_removed, ok, &removed, err);
	if (done && cli->json)
		out_json(&cli->out, ok);
	else if (done)
		remove_print(cli, name, &removed);
	json_decref(key);
	json_decref(ok);
	return done || key_row_failed(name, err);
}

static const struct example examples[] = {
    {"a key that is not needed here any more", "credvault remove old-sandbox"},
    {"in a script", "credvault remove old-sandbox --yes --passphrase-fd 3 3<passphrase"},
    {NULL, NULL},
};

const struct command command_remove = {
    .name = "remove",
    .aliases = "rm",
    .summary = "take a key out of the vault and erase it",
    .usage = "NAME [--yes]",
    .about = "Its sessions go with it. It wants the passphrase, also while the vault is unlocked. "
	     "The key\n"
	     "itself lives on at AWS, and so do credentials that programs hold already.",
    .examples = examples,
    .args = "names",
    .least = 1,
    .most = 1,
    .needs = NEEDS_VAULT,
    .run = run,
};
