/* SPDX-License-Identifier: MIT */
#include "cli/profile/key_mentions.h"
#include "cli/show/key_row.h"
#include "cli/ui/context.h"
#include "cli/ui/say.h"
#include "cli/vault/agent_call.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_key.h"

static bool rename_print(struct cli *cli, json_t *ok, const struct msg_renamed *renamed,
			 struct error *err)
{
	json_t *mentions = json_array();
	struct error why = ERROR_INIT;
	/* The key is renamed whatever the files say. */
	bool read = key_mentions_find(renamed->old_name, mentions, &why), done = true;

	if (cli->json) {
		done = json_put(ok, "mentions", json_incref(mentions), err);
		if (done)
			out_json(&cli->out, ok);
	} else {
		out_printf(&cli->out, "Renamed %s to %s (", renamed->old_name, renamed->name);
		out_text(&cli->out, renamed->access_key_id);
		out_printf(&cli->out, ")");
		if (renamed->sessions)
			out_printf(&cli->out, " and %lld session%s", (long long)renamed->sessions,
				   renamed->sessions == 1 ? "" : "s");
		out_printf(&cli->out, ".\n");
		key_mentions_tell(cli, renamed->old_name, "", mentions);
	}
	if (!read)
		say_note(cli, "Whether AWS's files name %s could not be looked at: %s",
			 renamed->old_name, why.message);
	json_decref(mentions);
	return done;
}

static bool run(struct cli *cli, struct error *err)
{
	const struct msg_rename args = {.name = cli_arg(cli, 0), .new_name = cli_arg(cli, 1)};
	struct msg_renamed renamed = {.name = NULL};
	json_t *key = NULL, *ok = NULL;
	bool done;

	if (!text_check_name("name", args.name, err) ||
	    !text_check_name("new name", args.new_name, err))
		return false;
	cli->profile = args.name;
	/* `show` fails for a name that the vault does not have before a passphrase is asked for. */
	done = agent_call(cli, "show", MESSAGE(msg_name, &(struct msg_name){args.name}), NULL, &key,
			  err) &&
	       agent_call(cli, "rename", MESSAGE(msg_rename, &args), NULL, &ok, err) &&
	       fields_read_answer(&msg_renamed, ok, &renamed, err) &&
	       rename_print(cli, ok, &renamed, err);
	json_decref(key);
	json_decref(ok);
	if (!done && err->code == ERROR_NOT_FOUND)
		return key_row_failed(args.name, err);
	return done || (err->profile[0] ? false : error_profile(err, args.name));
}

static const char *rename_operand(size_t count, const char *const given[])
{
	(void)given;
	return count == 0 ? "names" : NULL;
}

static const struct example examples[] = {
    {"its sessions, hooks and rotations follow", "credvault rename prod-old prod"},
    {NULL, NULL},
};

const struct command command_rename = {
    .name = "rename",
    .summary = "give a key another name",
    .usage = "OLD NEW",
    .about = "It wants the passphrase, also while the vault is unlocked. A key in the middle of a\n"
	     "rotation keeps its name. Lines of ~/.aws/config and credentials that name OLD are "
	     "named,\n"
	     "not changed.",
    .examples = examples,
    .operand = rename_operand,
    .least = 2,
    .most = 2,
    .needs = NEEDS_VAULT,
    .run = run,
};
