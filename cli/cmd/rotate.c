/* SPDX-License-Identifier: MIT */
#include "cli/ui/ageing.h"
#include "cli/ui/context.h"
#include "cli/rotate/hook.h"
#include "cli/vault/paths.h"
#include "cli/rotate/rotation_batch.h"
#include "vault/base/text.h"

#include <stdlib.h>

/* Options of which no two can be given together; the names of keys count as one. */
struct together {
	const char *what;
	bool given;
};

static bool rotate_check_exclusive(const struct together *options, size_t count, struct error *err)
{
	const struct together *first = NULL;

	for (size_t i = 0; i < count; i++) {
		if (options[i].given && first)
			return error_set(err, ERROR_USAGE, "%s and %s exclude each other",
					 first->what, options[i].what);
		if (options[i].given)
			first = &options[i];
	}
	return true;
}

static bool rotate_check_together(const struct rotation_batch *batch, struct error *err)
{
	const struct rotation_pool_order *order = &batch->order;
	bool names = batch->names_count > 0;
	const struct together keys[] = {{"NAME", names && !batch->resume},
					{"--due", batch->due},
					{"--all", batch->all},
					{"--resume", batch->resume}};
	const struct together acts[] = {
	    {"--undo", batch->undo}, {"--abort", batch->abort}, {"--resume", batch->resume}};
	const struct together orphans[] = {{"--delete-key", order->delete_key},
					   {"--keep-orphan", order->keep_orphan},
					   {"--undo", batch->undo}};
	bool ok = rotate_check_exclusive(keys, sizeof(keys) / sizeof(keys[0]), err) &&
		  rotate_check_exclusive(acts, sizeof(acts) / sizeof(acts[0]), err) &&
		  rotate_check_exclusive(orphans, sizeof(orphans) / sizeof(orphans[0]), err);

	if (!ok)
		return error_hint(err, "credvault help rotate");
	if (!names && !batch->due && !batch->all && !batch->resume)
		error_set(err, ERROR_USAGE, "which key: NAME, --due, --all or --resume");
	else if ((batch->undo || batch->abort) && !names)
		error_set(err, ERROR_USAGE, "--undo and --abort want NAMEs");
	else if ((order->delete_key || order->keep_orphan) && batch->names_count != 1)
		error_set(err, ERROR_USAGE, "--delete-key and --keep-orphan want one NAME");
	else
		return true;
	return error_hint(err, "credvault help rotate");
}

static bool rotate_read_options(const struct options *o, struct rotation_batch *batch,
				struct error *err)
{
	const char *retire = option_text(o, "retire");
	const struct option_range range = {1, ROTATION_POOL_JOBS_MAX, ROTATION_POOL_JOBS};
	int64_t jobs = ROTATION_POOL_JOBS;

	batch->names = o->args;
	batch->names_count = o->argc;
	batch->due = option_flag(o, "due");
	batch->all = option_flag(o, "all");
	batch->resume = option_flag(o, "resume");
	batch->abort = option_flag(o, "abort");
	batch->undo = option_flag(o, "undo");
	batch->plan = option_flag(o, "dry-run");
	batch->order.delete_key = option_text(o, "delete-key");
	batch->order.keep_orphan = option_flag(o, "keep-orphan");
	if (!rotate_check_together(batch, err) ||
	    (retire &&
	     !ageing_parse_retire(retire, &batch->order.retire, &batch->order.idle_s, err)) ||
	    (option_times(o, "hook") > 0 && !hook_options(o, &batch->order.hooks, err)) ||
	    !option_duration(o, "grace", -1, &batch->order.grace_s, err) ||
	    !option_number(o, "jobs", range, &jobs, err))
		return false;
	batch->order.jobs = (size_t)jobs;
	for (size_t i = 0; i < o->argc; i++) {
		if (!text_check_name("name", o->args[i], err))
			return false;
	}
	return true;
}

/* The rights that a user needs to rotate its own key, and nothing more. */
static const char policy[] = "{\n"
			     "  \"Version\": \"2012-10-17\",\n"
			     "  \"Statement\": [\n"
			     "    {\n"
			     "      \"Sid\": \"RotateOwnAccessKeys\",\n"
			     "      \"Effect\": \"Allow\",\n"
			     "      \"Action\": [\n"
			     "        \"iam:CreateAccessKey\",\n"
			     "        \"iam:DeleteAccessKey\",\n"
			     "        \"iam:GetAccessKeyLastUsed\",\n"
			     "        \"iam:ListAccessKeys\",\n"
			     "        \"iam:SimulatePrincipalPolicy\",\n"
			     "        \"iam:UpdateAccessKey\"\n"
			     "      ],\n"
			     "      \"Resource\": \"arn:aws:iam::*:user/${aws:username}\"\n"
			     "    }\n"
			     "  ]\n"
			     "}\n";

static bool run(struct cli *cli, struct error *err)
{
	struct rotation_batch batch = ROTATION_BATCH_INIT;
	bool ok;

	if (option_flag(&cli->options, "print-policy")) {
		out_printf(&cli->out, "%s", policy);
		return true;
	}
	ok = paths_find(cli, err) && rotate_read_options(&cli->options, &batch, err) &&
	     rotation_batch_run(cli, &batch, err);
	free(batch.order.hooks.at);
	return ok;
}

static const struct option own_options[] = {
    {.name = "due", .help = "all keys that are due, and what was begun"},
    {.name = "all", .help = "all keys"},
    {.name = "resume", .help = "only what was begun; with NAMEs only theirs"},
    {.name = "dry-run", .help = "show the plan and change nothing"},
    {.name = "undo", .help = "make the old key active and current again, while it is only off"},
    {.name = "abort", .help = "take back what has not replaced the old key yet"},
    {.name = "retire",
     .argument = "WHAT",
     .help = "deactivate, delete, or when-idle=DURATION; else as edit and config say"},
    {.name = "grace", .argument = "24h", .help = "how long the old key stays, switched off"},
    {.name = "hook",
     .argument = "CMD",
     .help = "give the new key to this program first; asks for the passphrase"},
    {.name = "jobs", .argument = "N", .help = "how many at a time (8)"},
    {.name = "delete-key",
     .argument = "ID",
     .help = "delete this key at IAM, which stands in the way"},
    {.name = "keep-orphan", .help = "the key that is in the way is somebody's: leave it"},
    {.name = "print-policy", .help = "print the IAM policy that rotating needs"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"one key, shown and asked for first", "credvault rotate prod"},
    {"the old one again, within a day", "credvault rotate prod --undo"},
    {"every night, nobody awake",
     "credvault rotate --due --no-input --json --key-file ~/.config/credvault/key"},
    {"give the new key to CI as well", "credvault rotate ci --hook ./put-ci-secret"},
    {"a key that a lost answer left behind",
     "credvault rotate ci --delete-key AKIAEXAMPLEEXAMPTT4B"},
    {NULL, NULL},
};

const struct command command_rotate = {
    .name = "rotate",
    .summary = "replace access keys, so that no failure can lose one",
    .usage = "NAME… [--dry-run] [--undo|--abort] [--retire WHAT] [--grace 24h] [--hook CMD]\n"
	     "--due|--all|--resume [--jobs N] [--dry-run] [--retire WHAT] [--grace 24h]\n"
	     "NAME [--delete-key ID|--keep-orphan]\n"
	     "--print-policy",
    .about = "A new key is made and stored, proved twice, and only then takes the old one's\n"
	     "place, which is switched off and deleted after a day by any later run. Each step\n"
	     "is durable before the next: whatever happens in between, run it again and it\n"
	     "goes on. More than the ordinary rotation of a due key wants the passphrase.",
    .options = own_options,
    .examples = examples,
    .args = "names",
    .most = SIZE_MAX,
    /* --print-policy is for people who have no vault yet. */
    .needs = NEEDS_MEMORY,
    .run = run,
};
