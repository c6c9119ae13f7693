/* SPDX-License-Identifier: MIT */
#include "cli/rotate/rotation_batch.h"

#include "cli/vault/agent_call.h"
#include "cli/ui/ask.h"
#include "cli/profile/credentials_request.h"
#include "cli/show/rotation_show.h"
#include "cli/ui/say.h"
#include "cli/rotate/rotation_sum.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTION_MAX = 128, ID_BYTES = 160 };

/* A batch under way. */
struct run {
	struct cli *cli;
	const struct rotation_batch *batch;
	struct rotation_pool_order order; /* the batch's, and what is asked and told */
	struct aws_config config;
	json_t *keys, *rotations; /* what the vault holds, as the agent tells */
	json_t *by_name;	  /* the keys once more */
	json_t *taken;		  /* names and ids that have a job */
	struct rotation_pool_job *jobs;
	size_t count;
	bool many; /* a line for each in place of the screen of one */
	struct rotation_sum tally;
	size_t width; /* of the longest name */
};

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
	struct agent_watch keys = {.row = agent_call_gather},
			   rotations = {.row = agent_call_gather};
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
static bool route(struct run *run, struct rotation_pool_job *job, struct error *err)
{
	const char *region, *endpoint;
	struct profile profile;
	struct error why = ERROR_INIT;

	if (credentials_request_profile(run->cli, &run->config, job->name, &profile, &why) &&
	    strcmp(plan_value(&profile.plan.origin, "name"), job->name) == 0 &&
	    plan_count(&profile.plan, PLAN_ROLE) == 0) {
		job->mfa_process = profile.mfa_process;
		memcpy(job->region, profile.plan.region, sizeof(job->region));
		memcpy(job->endpoint, profile.plan.endpoint, sizeof(job->endpoint));
		job->proxy = profile.plan.proxy;
		return true;
	}
	if (!credentials_request_region(run->cli, &region, err) ||
	    !credentials_request_endpoint(run->cli, &endpoint, err) ||
	    !credentials_request_proxy(&job->proxy, err))
		return false;
	(void)snprintf(job->region, sizeof(job->region), "%s", region ? region : "");
	(void)snprintf(job->endpoint, sizeof(job->endpoint), "%s", endpoint ? endpoint : "");
	return true;
}

static bool add_job(struct run *run, const char *name, const char *act, struct error *err)
{
	struct rotation_pool_job *job = &run->jobs[run->count];

	if (is_taken(run, name))
		return true;
	(void)snprintf(job->name, sizeof(job->name), "%s", name);
	job->act = run->batch->plan    ? "plan"
		   : run->batch->undo  ? "undo"
		   : run->batch->abort ? "abort"
				       : act;
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

	return first && !rotation_show_is_of(row, json_text_of(row, "name"))
		   ? first
		   : json_text_of(row, "name");
}

static bool choose(struct run *run, struct error *err)
{
	const struct rotation_batch *batch = run->batch;
	const json_t *row;
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < batch->names_count; i++)
		ok = add_job(run, batch->names[i], run->batch->resume ? "resume" : "rotate", err);
	json_array_foreach(run->keys, i, row)
	{
		if (run->batch->all ||
		    (run->batch->due && (json_is_true(json_object_get(row, "due")) ||
					 json_is_true(json_object_get(row, "overdue")))))
			ok = ok && add_job(run, json_text_of(row, "name"), "rotate", err);
	}
	json_array_foreach(run->rotations, i, row)
	{
		/* What waits for its time is left alone until that has come. */
		if ((run->batch->due || run->batch->all || run->batch->resume) &&
		    batch->names_count == 0 && !run->batch->plan &&
		    !rotation_show_waits(row, clock_real_s(run->cli->clock)))
			ok = ok && add_job(run, holder(row), "resume", err);
	}
	return ok;
}

static bool select_jobs(struct run *run, struct error *err)
{
	run->jobs = calloc(run->batch->names_count + json_array_size(run->keys) +
			       json_array_size(run->rotations) + 1,
			   sizeof(*run->jobs));
	if (!run->jobs)
		return error_set(err, ERROR_MEMORY, "out of memory");
	return choose(run, err);
}

/* The element of --json's rotations for a job that has ended. */
static json_t *element(const struct rotation_pool_job *job)
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

static void tell_many(struct run *run, const struct rotation_pool_job *job)
{
	json_t *object;

	/* The sum says how many. */
	if (!job->begun && job->err.code == ERROR_INTERRUPTED)
		return;
	object = element(job);
	if (!run->cli->json && !run->batch->plan)
		rotation_show_line(run->cli, object, job->took_ms, job->hooked, run->width);
	else if (job->err.code != ERROR_NONE && !run->cli->json)
		say_error(run->cli, &job->err);
	if (run->cli->out.terminal && !run->cli->json)
		out_flush(&run->cli->out);
	json_decref(object);
}

/* What is told already is not kept: there may be very many. */
static void ended(void *ctx, struct rotation_pool_job *job)
{
	struct run *run = ctx;

	rotation_sum_count(&run->tally, job);
	if (!run->many)
		return;
	tell_many(run, job);
	if (job->result && !run->batch->plan) {
		json_decref(job->plan);
		job->plan = NULL;
	}
	if (!run->cli->json && !run->batch->plan) {
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
			       !run->batch->due ? ""
			       : asked == 1	? " is due"
						: " are due",
			       rest, jobs);
}

static bool confirm_many(struct run *run, struct error *err)
{
	char line[QUESTION_MAX];
	bool go = true;

	if (!run->many || run->batch->plan || run->cli->json)
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
		if (!run->batch->plan || run->jobs[i].result)
			(void)json_array_append_new(array, element(&run->jobs[i]));
	}
	(void)json_object_set_new(object, run->batch->plan ? "plans" : "rotations", array);
	out_json(&run->cli->out, object);
	json_decref(object);
}

static void print_plans(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		if (run->jobs[i].result)
			rotation_show_plan(run->cli, run->jobs[i].result);
	}
	say_note(run->cli, "Nothing was changed.");
}

/* What to type so that the rest is done too. */
static const char *again(const struct run *run)
{
	return run->batch->due	 ? "credvault rotate --due"
	       : run->batch->all ? "credvault rotate --all"
				 : "credvault rotate --resume";
}

static void print_end(struct run *run)
{
	if (run->cli->json)
		print_json(run);
	else if (run->batch->plan)
		print_plans(run);
	else if (run->many)
		rotation_sum_print(&run->tally, again(run), clock_real_s(run->cli->clock),
				   &run->cli->out);
	else if (run->jobs[0].result)
		rotation_show_done(run->cli, run->jobs[0].result, run->jobs[0].plan,
				   run->jobs[0].took_ms);
}

static void say_nothing_to_do(struct run *run)
{
	if (run->cli->json)
		print_json(run);
	else
		say_note(run->cli, "%s",
			 run->batch->resume ? "No rotation is begun."
			 : run->batch->due  ? "No key is due."
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
	run->many = run->count > 1 || run->batch->names_count == 0;
	run->order.confirm = !run->many && !cli->json && !cli->yes && ask_has_terminal(cli);
	run->order.tell = !run->many && !run->batch->plan;
	if (!confirm_many(run, err))
		return false;
	if (!run->many)
		cli->profile = run->jobs[0].name;
	rotation_pool_run(cli, &run->order, run->jobs, run->count, ended, run);
	print_end(run);
	cli->status = run->tally.status;
	if (run->many || run->jobs[0].err.code == ERROR_NONE)
		return true;
	*err = run->jobs[0].err;
	return false;
}

bool rotation_batch_run(struct cli *cli, const struct rotation_batch *batch, struct error *err)
{
	struct run run = {
	    .cli = cli, .batch = batch, .order = batch->order, .config = CONFIG_EMPTY};
	bool ok = aws_config_read(&run.config, err) && rotate(&run, err);

	for (size_t i = 0; i < run.count; i++) {
		json_decref(run.jobs[i].plan);
		json_decref(run.jobs[i].unfinished);
		json_decref(run.jobs[i].result);
	}
	free(run.jobs);
	json_decref(run.keys);
	json_decref(run.rotations);
	json_decref(run.by_name);
	json_decref(run.taken);
	aws_config_clear(&run.config);
	return ok;
}
