/* SPDX-License-Identifier: MIT */
#include "cli/profile/credentials_request.h"
#include "cli/profile/key_mentions.h"
#include "cli/profile/sts_settings.h"
#include "cli/vault/agent_call.h"
#include "cli/vault/backup_folder.h"
#include "cli/ui/ask.h"
#include "cli/ui/context.h"
#include "cli/show/key_row.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_key.h"
#include "vault/wire/tables/msg_remove.h"

#include <stdio.h>
#include <string.h>

enum { QUESTION_MAX = 256 };

/* Asks "Remove prod (AKIA…9XK2)?", which --yes answers. DECLINED also where nobody can be asked. */
static bool remove_confirm(struct cli *cli, const char *name, const char *access_key_id,
			   struct error *err)
{
	bool at_aws = option_flag(&cli->options, "at-aws");
	char id[KEY_ROW_BYTES], question[QUESTION_MAX];
	bool yes = false;

	key_row_id(access_key_id, id);
	(void)snprintf(question, sizeof(question), "Remove %s (%s)%s?", name, id,
		       at_aws ? " and delete it at AWS for good" : "");
	if (!ask_confirm(cli, question, false, &yes, err))
		return false;
	if (yes)
		return true;
	error_set(err, ERROR_DECLINED, "the key was not removed");
	error_detail(err, "Nothing was changed.");
	/* A person who has just said no needs no hint how to say yes. */
	return ask_has_terminal(cli) ? false
				     : error_hint(err, "credvault remove %s%s --yes",
						  TEXT_WORD(name), at_aws ? " --at-aws" : "");
}

/* Another name of the vault that holds the same IAM key; NULL where none does. Of the rows. */
static const char *remove_other_name(const json_t *rows, const char *name, const char *id)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *other = json_string_value(json_object_get(row, "name"));
		const char *held = json_string_value(json_object_get(row, "access_key_id"));

		if (other && held && strcmp(held, id) == 0 && strcmp(other, name) != 0)
			return other;
	}
	return NULL;
}

/* What is to become of the key at AWS: one that the vault still needs is not to be deleted. */
static void remove_advise(struct cli *cli, const char *name, const char *id)
{
	json_t *rows = json_array(), *ok = NULL;
	const struct agent_watch watch = {.row = agent_call_gather, .ctx = rows};
	struct error unused = ERROR_INIT;
	bool known = agent_call(cli, "list", NULL, &watch, &ok, &unused);
	const char *other = known ? remove_other_name(rows, name, id) : NULL;

	if (other)
		say_note(cli,
			 "The vault has the same key under the name %s: do not delete it at AWS.",
			 other);
	else
		say_note(cli,
			 "AWS still knows the key. When nothing else uses it:\n"
			 "  aws iam delete-access-key --access-key-id %s",
			 id);
	json_decref(rows);
	json_decref(ok);
}

/* What IAM has said yes to is told at once: the next call may fail. */
struct remove_watch {
	struct cli *cli;
	const char *name;
	json_t *done;
};

static bool remove_event(void *ctx, const json_t *event, struct error *err)
{
	struct remove_watch *watch = ctx;
	struct msg_removing removing = {.what = NULL};
	json_t *row;
	bool own;

	if (strcmp(json_text_of(event, "what"), "removing") != 0)
		return true;
	if (!fields_read_answer(&msg_removing, event, &removing, err))
		return false;
	row = json_deep_copy(event);
	if (json_object_del(row, "what") != 0 || json_array_append_new(watch->done, row) != 0)
		return error_set(err, ERROR_MEMORY, "out of memory");
	if (watch->cli->json)
		return true;
	own = strcmp(removing.signer, watch->name) == 0;
	out_printf(&watch->cli->out, "At AWS ");
	out_text(&watch->cli->out, removing.access_key_id);
	out_printf(&watch->cli->out, " is ");
	out_text(&watch->cli->out, json_text_of(event, "state"));
	if (!own)
		out_printf(&watch->cli->out, ", signed with %s", removing.signer);
	out_printf(&watch->cli->out, ".\n");
	out_flush(&watch->cli->out);
	return true;
}

/* Deletes it at AWS first, where that is asked for. */
static bool remove_send(struct cli *cli, struct remove_watch *removing, json_t **ok,
			struct error *err)
{
	const struct agent_watch watch = {.event = remove_event, .ctx = removing};
	struct msg_remove args = {.name = removing->name,
				  .at_aws = option_flag(&cli->options, "at-aws"),
				  .signer = option_text(&cli->options, "with")};
	struct http_proxy proxy = {.url = NULL};

	if (args.at_aws && (!credentials_request_region(cli, &args.region, err) ||
			    !sts_settings_endpoint(cli, &args.endpoint, err) ||
			    !credentials_request_proxy(&proxy, err)))
		return false;
	args.proxy = proxy.url;
	args.no_proxy = proxy.except;
	args.can_ask = args.at_aws && ask_can_code(cli);
	args.askpass = args.at_aws && !cli->no_input;
	return agent_call(cli, "remove", MESSAGE(msg_remove, &args), &watch, ok, err);
}

/* Programs that come by these lines get nothing from now on. */
static void remove_print_mentions(struct cli *cli, const char *name)
{
	json_t *mentions = json_array();
	struct error ignored;

	/* The key is removed whatever the files say. */
	(void)!key_mentions_find(name, mentions, &ignored);
	key_mentions_tell(cli, name, ", and lead to nothing", mentions);
	json_decref(mentions);
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
	if (!cli->quiet && !option_flag(&cli->options, "at-aws"))
		remove_advise(cli, removed->name, removed->access_key_id);
	if (removed->old_access_key_id)
		say_note(cli,
			 "and the one before it, which is off:\n"
			 "  aws iam delete-access-key --access-key-id %s",
			 removed->old_access_key_id);
	remove_print_mentions(cli, name);
}

static bool run(struct cli *cli, struct error *err)
{
	const char *name = cli_arg(cli, 0);
	const char *with = option_text(&cli->options, "with");
	bool at_aws = option_flag(&cli->options, "at-aws");
	struct remove_watch watch = {.cli = cli, .name = name, .done = json_array()};
	struct msg_key shown = {.name = NULL};
	struct msg_removed removed = {.name = NULL};
	json_t *key = NULL, *ok = NULL;
	bool done = text_check_name("name", name, err) &&
		    (!with || text_check_name("--with", with, err));

	if (done && with && !at_aws)
		done = error_set(err, ERROR_USAGE, "--with says who signs for --at-aws");
	if (!done) {
		json_decref(watch.done);
		return false;
	}
	cli->profile = name;
	done = agent_call(cli, "show", MESSAGE(msg_name, &(struct msg_name){name}), NULL, &key,
			  err) &&
	       fields_read_answer(&msg_key_whole, key, &shown, err) &&
	       remove_confirm(cli, name, shown.access_key_id, err) &&
	       remove_send(cli, &watch, &ok, err) &&
	       fields_read_answer(&msg_removed, ok, &removed, err);
	if (done && at_aws)
		done = json_put(ok, "at_aws", json_incref(watch.done), err);
	if (done && cli->json)
		out_json(&cli->out, ok);
	else if (done)
		remove_print(cli, name, &removed);
	if (done)
		backup_folder_offer(cli, "hold the key");
	json_decref(key);
	json_decref(ok);
	json_decref(watch.done);
	return done || key_row_failed(name, err);
}

static const struct option own_options[] = {
    {.name = "at-aws", .help = "make the key inactive at AWS and delete it there first"},
    {.name = "with",
     .argument = "NAME",
     .help = "the key of the vault that signs for that; else one of the same user, else itself"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"a key that is not needed here any more", "credvault remove old-sandbox"},
    {"and nowhere else: AWS deletes it, an administrator's key signs",
     "credvault remove old-sandbox --at-aws --with admin"},
    {"in a script", "credvault remove old-sandbox --yes --passphrase-fd 3 3<passphrase"},
    {NULL, NULL},
};

const struct command command_remove = {
    .name = "remove",
    .aliases = "rm",
    .summary = "take a key out of the vault and erase it",
    .usage = "NAME [--at-aws [--with NAME]] [--yes]",
    .about = "Its sessions go with it. It wants the passphrase, also while the vault is unlocked. "
	     "The key\n"
	     "itself lives on at AWS, and so do credentials that programs hold already.\n"
	     "\n"
	     "--at-aws makes the key inactive and deletes it at AWS; the vault lets go of it when "
	     "AWS\n"
	     "has said yes. A key that signs for itself is deleted in one step, since an inactive "
	     "one\n"
	     "signs nothing.",
    .options = own_options,
    .examples = examples,
    .args = "names",
    .least = 1,
    .most = 1,
    .needs = NEEDS_VAULT,
    .run = run,
};
