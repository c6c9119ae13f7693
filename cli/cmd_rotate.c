/* SPDX-License-Identifier: MIT */
#include "cli/ageing.h"
#include "cli/agent.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/crew.h"
#include "cli/hook.h"
#include "cli/place.h"
#include "cli/request.h"
#include "cli/rotation.h"
#include "cli/say.h"
#include "cli/tally.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTION_MAX = 128, ID_BYTES = 160 };

/* What was asked for, and all that one run needs. */
struct run {
	struct cli *cli;
	struct crew_order order;
	struct config config;
	json_t *keys, *rotations; /* what the vault holds, as the agent tells */
	json_t *by_name;	  /* the keys once more */
	json_t *taken;		  /* names and ids that have a job */
	struct crew_job *jobs;
	size_t count;
	bool due, all, resume, abort, undo, plan;
	bool many; /* a line for each in place of the screen of one */
	struct tally tally;
	size_t width; /* of the longest name */
};

/* --- options ---------------------------------------------------------------------------------- */

static bool read_retire(struct run *run, struct error *err)
{
	const char *text = option_text(&run->cli->options, "retire");

	return !text || ageing_parse_retire(text, &run->order.retire, &run->order.idle_s, err);
}

static bool read_hooks(struct run *run, struct error *err)
{
	const struct options *o = &run->cli->options;

	return option_times(o, "hook") == 0 || hook_options(o, &run->order.hooks, err);
}

static bool check_together(const struct run *run, struct error *err)
{
	bool names = run->cli->options.argc > 0;
	bool named = run->order.delete_key || run->order.keep_orphan;

	if (run->due + run->all + run->resume + (names && !run->resume) > 1 ||
	    run->undo + run->abort + run->plan > 1 || (run->resume && (run->undo || run->abort)))
		error_set(err, ERROR_USAGE, "these options exclude each other");
	else if (!names && !run->due && !run->all && !run->resume)
		error_set(err, ERROR_USAGE, "which key: NAME, --due, --all or --resume");
	else if ((run->undo || run->abort) && !names)
		error_set(err, ERROR_USAGE, "--undo and --abort want NAMEs");
	else if (named && run->cli->options.argc != 1)
		error_set(err, ERROR_USAGE, "--delete-key and --keep-orphan want one NAME");
	else
		return true;
	return error_hint(err, "credvault help rotate");
}

static bool read_options(struct run *run, struct error *err)
{
	const struct options *o = &run->cli->options;
	int64_t jobs = CREW_JOBS;

	run->due = option_flag(o, "due");
	run->all = option_flag(o, "all");
	run->resume = option_flag(o, "resume");
	run->abort = option_flag(o, "abort");
	run->undo = option_flag(o, "undo");
	run->plan = option_flag(o, "dry-run");
	run->order.delete_key = option_text(o, "delete-key");
	run->order.keep_orphan = option_flag(o, "keep-orphan");
	if (!check_together(run, err) || !read_retire(run, err) || !read_hooks(run, err) ||
	    !option_duration(o, "grace", -1, &run->order.grace_s, err) ||
	    !option_number(o, "jobs", 1, CREW_JOBS_MAX, CREW_JOBS, &jobs, err))
		return false;
	run->order.jobs = (size_t)jobs;
	for (size_t i = 0; i < o->argc; i++) {
		if (!text_check_name("name", o->args[i], err))
			return false;
	}
	return true;
}

/* --- which ones ------------------------------------------------------------------------------- */

static bool gather(void *ctx, const json_t *row, struct error *err)
{
	return json_array_append_new(ctx, json_deep_copy(row)) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

static bool index_keys(struct run *run, struct error *err)
{
	json_t *key;
	size_t i;

	run->by_name = json_object();
	run->taken = json_object();
	json_array_foreach(run->keys, i, key)
	{
		if (json_object_set(run->by_name, json_text_of(key, "name"), key) != 0)
			return error_set(err, ERROR_MEMORY, "out of memory");
	}
	return true;
}

static bool read_vault(struct run *run, struct error *err)
{
	struct agent_watch keys = {.row = gather}, rotations = {.row = gather};
	json_t *ok = NULL;
	bool done;

	run->keys = json_array();
	run->rotations = json_array();
	keys.ctx = run->keys;
	rotations.ctx = run->rotations;
	done = agent_call(run->cli, "list", NULL, &keys, &ok, err);
	json_decref(ok);
	if (!done)
		return false;
	done = agent_call(run->cli, "rotations", NULL, &rotations, &ok, err);
	json_decref(ok);
	return done && index_keys(run, err);
}

/*
 * Names that share an IAM key are one rotation. Its id, with a blank that no name has; "" where it
 * is unknown.
 */
static void id_of(const struct run *run, const char *name, char out[static ID_BYTES])
{
	const json_t *key = json_object_get(run->by_name, name);

	out[0] = '\0';
	if (key)
		(void)snprintf(out, ID_BYTES, " %s", json_text_of(key, "access_key_id"));
}

static bool is_taken(const struct run *run, const char *name)
{
	char id[ID_BYTES];

	id_of(run, name, id);
	return json_object_get(run->taken, name) || json_object_get(run->taken, id);
}

static bool note_taken(struct run *run, const char *name, struct error *err)
{
	char id[ID_BYTES];

	id_of(run, name, id);
	return (json_object_set_new(run->taken, name, json_true()) == 0 &&
		(!id[0] || json_object_set_new(run->taken, id, json_true()) == 0)) ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

/*
 * Where to ask, as every command finds it; the config file counts where it speaks of this very key.
 */
static bool route(struct run *run, struct crew_job *job, struct error *err)
{
	const char *region, *endpoint;
	struct profile profile;
	struct error why = ERROR_INIT;

	if (request_profile(run->cli, &run->config, job->name, &profile, &why) &&
	    strcmp(profile.plan.key, job->name) == 0 && profile.plan.roles_count == 0) {
		job->mfa_process = profile.mfa_process;
		memcpy(job->region, profile.plan.region, sizeof(job->region));
		memcpy(job->endpoint, profile.plan.endpoint, sizeof(job->endpoint));
		memcpy(job->proxy, profile.plan.proxy, sizeof(job->proxy));
		return true;
	}
	if (!request_region(run->cli, &region, err) ||
	    !request_endpoint(run->cli, &endpoint, err) ||
	    !request_proxy(endpoint ? endpoint : "", region ? region : "", job->proxy, err))
		return false;
	(void)snprintf(job->region, sizeof(job->region), "%s", region ? region : "");
	(void)snprintf(job->endpoint, sizeof(job->endpoint), "%s", endpoint ? endpoint : "");
	return true;
}

static bool add_job(struct run *run, const char *name, const char *act, struct error *err)
{
	struct crew_job *job = &run->jobs[run->count];

	if (is_taken(run, name))
		return true;
	(void)snprintf(job->name, sizeof(job->name), "%s", name);
	job->act = run->plan ? "plan" : run->undo ? "undo" : run->abort ? "abort" : act;
	job->err = ERROR_INIT;
	if (!route(run, job, err))
		return error_profile(err, name);
	if (strlen(name) > run->width)
		run->width = strlen(name);
	run->count++;
	return note_taken(run, name, err);
}

/* A name that holds the key now; the one it was begun by may be gone. */
static const char *holder(const json_t *row)
{
	const char *first = json_string_value(json_array_get(json_object_get(row, "names"), 0));

	return first && !rotation_is_of(row, json_text_of(row, "name")) ? first
									: json_text_of(row, "name");
}

static bool choose(struct run *run, struct error *err)
{
	const struct options *o = &run->cli->options;
	const json_t *row;
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < o->argc; i++)
		ok = add_job(run, o->args[i], run->resume ? "resume" : "rotate", err);
	json_array_foreach(run->keys, i, row)
	{
		if (run->all || (run->due && (json_is_true(json_object_get(row, "due")) ||
					      json_is_true(json_object_get(row, "overdue")))))
			ok = ok && add_job(run, json_text_of(row, "name"), "rotate", err);
	}
	json_array_foreach(run->rotations, i, row)
	{
		/* What waits for its time is left alone until that has come. */
		if ((run->due || run->all || run->resume) && o->argc == 0 && !run->plan &&
		    !rotation_waits(row, clock_real_s(run->cli->clock)))
			ok = ok && add_job(run, holder(row), "resume", err);
	}
	return ok;
}

static bool select_jobs(struct run *run, struct error *err)
{
	run->jobs = calloc(run->cli->options.argc + json_array_size(run->keys) +
			       json_array_size(run->rotations) + 1,
			   sizeof(*run->jobs));
	if (!run->jobs)
		return error_set(err, ERROR_MEMORY, "out of memory");
	return choose(run, err);
}

/* --- doing it --------------------------------------------------------------------------------- */

/* The element of --json's rotations for a job that has ended. */
static json_t *element(const struct crew_job *job)
{
	struct error unused;
	json_t *object, *error = NULL;

	if (job->result)
		return json_incref(job->result);
	object = job->unfinished
		     ? json_deep_copy(job->unfinished)
		     : json_pack("{s:s,s:s,s:n,s:n,s:n,s:b,s:n,s:n,s:O?,s:n}", "name", job->name,
				 "state", "failed", "step", "old_access_key_id",
				 "new_access_key_id", "resumed", 0, "delete_after", "waits_for",
				 "unexplained_use", json_object_get(job->plan, "unexplained_use"),
				 "error");
	if (object && message_error(&job->err, &error, &unused)) {
		(void)json_object_set_new(object, "state", json_string("failed"));
		(void)json_object_set(object, "error", json_object_get(error, "error"));
	}
	json_decref(error);
	return object;
}

static void tell_many(struct run *run, const struct crew_job *job)
{
	json_t *object;

	/* The sum says how many. */
	if (!job->begun && job->err.code == ERROR_INTERRUPTED)
		return;
	object = element(job);
	if (!run->cli->json && !run->plan)
		rotation_print_line(run->cli, object, job->took_ms, job->hooked, run->width);
	else if (job->err.code != ERROR_NONE && !run->cli->json)
		say_error(run->cli, &job->err);
	if (run->cli->out.terminal && !run->cli->json)
		out_flush(&run->cli->out);
	json_decref(object);
}

/* What is told already is not kept: there may be very many. */
static void ended(void *ctx, struct crew_job *job)
{
	struct run *run = ctx;

	tally_count(&run->tally, job);
	if (!run->many)
		return;
	tell_many(run, job);
	if (job->result && !run->plan) {
		json_decref(job->plan);
		job->plan = NULL;
	}
	if (!run->cli->json && !run->plan) {
		json_decref(job->result);
		job->result = NULL;
	}
}

/* "12 of 40 keys are due and 3 rotations unfinished.  8 at a time." */
static void say_how_many(const struct run *run, char out[static QUESTION_MAX])
{
	size_t begun = 0, keys = json_array_size(run->keys), asked;
	size_t jobs = run->order.jobs < run->count ? run->order.jobs : run->count;
	char rest[QUESTION_MAX] = "";

	for (size_t i = 0; i < run->count; i++)
		begun += strcmp(run->jobs[i].act, "resume") == 0;
	asked = run->count - begun;
	if (begun > 0)
		(void)snprintf(rest, sizeof(rest), "%s%zu rotation%s unfinished",
			       asked ? " and " : "", begun, begun == 1 ? "" : "s");
	if (asked == 0)
		(void)snprintf(out, QUESTION_MAX, "%.60s.  %zu at a time.", rest, jobs);
	else
		(void)snprintf(out, QUESTION_MAX, "%zu of %zu keys%s%.60s.  %zu at a time.", asked,
			       keys,
			       !run->due    ? ""
			       : asked == 1 ? " is due"
					    : " are due",
			       rest, jobs);
}

static bool confirm_many(struct run *run, struct error *err)
{
	char line[QUESTION_MAX];
	bool go = true;

	if (!run->many || run->plan || run->cli->json)
		return true;
	say_how_many(run, line);
	out_printf(&run->cli->out, "%s\n", line);
	out_flush(&run->cli->out);
	if (!ask_confirm(run->cli, "Go?", true, &go, err))
		return false;
	if (go)
		return true;
	error_set(err, ERROR_DECLINED, "not rotated");
	return error_detail(err, "Nothing was changed.");
}

static void print_json(struct run *run)
{
	json_t *array = json_array();
	json_t *object = json_object();

	for (size_t i = 0; i < run->count; i++) {
		if (!run->plan || run->jobs[i].result)
			(void)json_array_append_new(array, element(&run->jobs[i]));
	}
	(void)json_object_set_new(object, run->plan ? "plans" : "rotations", array);
	out_json(&run->cli->out, object);
	json_decref(object);
}

static void print_plans(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		if (run->jobs[i].result)
			rotation_print_plan(run->cli, run->jobs[i].result);
	}
	say_note(run->cli, "Nothing was changed.");
}

/* What to type so that the rest is done too. */
static const char *again(const struct run *run)
{
	return run->due	  ? "credvault rotate --due"
	       : run->all ? "credvault rotate --all"
			  : "credvault rotate --resume";
}

static void print_end(struct run *run)
{
	if (run->cli->json)
		print_json(run);
	else if (run->plan)
		print_plans(run);
	else if (run->many)
		tally_print(&run->tally, again(run), clock_real_s(run->cli->clock), &run->cli->out);
	else if (run->jobs[0].result)
		rotation_print_done(run->cli, run->jobs[0].result, run->jobs[0].plan,
				    run->jobs[0].took_ms);
}

static void say_nothing_to_do(struct run *run)
{
	if (run->cli->json)
		print_json(run);
	else
		say_note(run->cli, "%s",
			 run->resume ? "No rotation is begun."
			 : run->due  ? "No key is due."
				     : "The vault holds no key yet.");
}

static bool rotate(struct run *run, struct error *err)
{
	struct cli *cli = run->cli;

	if (!read_vault(run, err) || !select_jobs(run, err))
		return false;
	if (run->count == 0) {
		say_nothing_to_do(run);
		return true;
	}
	run->many = run->count > 1 || cli->options.argc == 0;
	run->order.confirm = !run->many && !cli->json && !cli->yes && ask_has_terminal(cli);
	run->order.tell = !run->many && !run->plan;
	if (!confirm_many(run, err))
		return false;
	if (!run->many)
		cli->profile = run->jobs[0].name;
	crew_run(cli, &run->order, run->jobs, run->count, ended, run);
	print_end(run);
	cli->status = run->tally.status;
	if (run->many || run->jobs[0].err.code == ERROR_NONE)
		return true;
	*err = run->jobs[0].err;
	return false;
}

/* What the key of a user needs so that it can be rotated, and nothing more. */
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
	struct run all = {.cli = cli, .order = {.grace_s = -1}, .config = CONFIG_EMPTY};
	bool ok;

	if (option_flag(&cli->options, "print-policy")) {
		out_printf(&cli->out, "%s", policy);
		return true;
	}
	ok = place_find(cli, err) && read_options(&all, err) && config_read(&all.config, err) &&
	     rotate(&all, err);
	for (size_t i = 0; i < all.count; i++) {
		json_decref(all.jobs[i].plan);
		json_decref(all.jobs[i].unfinished);
		json_decref(all.jobs[i].result);
	}
	free(all.jobs);
	json_decref(all.order.hooks);
	json_decref(all.keys);
	json_decref(all.rotations);
	json_decref(all.by_name);
	json_decref(all.taken);
	config_clear(&all.config);
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
    .usage = "NAME… [--dry-run|--undo|--abort] [--retire WHAT] [--grace 24h] [--hook CMD]\n"
	     "--due|--all|--resume [--jobs N] [--dry-run] [--retire WHAT] [--grace 24h]\n"
	     "NAME [--delete-key ID|--keep-orphan]\n"
	     "--print-policy",
    .about = "A new key is made and stored, proved twice, and only then takes the old one's\n"
	     "place, which is switched off and deleted after a day by any later run. Each step\n"
	     "is durable before the next: whatever happens in between, run it again and it\n"
	     "goes on.",
    .options = own_options,
    .examples = examples,
    .args = "names",
    .most = SIZE_MAX,
    /* The policy is for whoever has no vault yet. */
    .needs = NEEDS_MEMORY,
    .run = run,
};
