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

/* A run under way. */
struct batch_run {
	struct cli *cli;
	const struct rotation_batch *batch;
	struct rotation_pool_order order; /* the batch's, completed */
	struct aws_config config;
	json_t *keys, *rotations; /* the vault's, as the agent lists them */
	json_t *by_name;	  /* name -> key */
	json_t *taken;		  /* names and access key ids that have a job */
	struct rotation_pool_job *jobs;
	size_t count;
	bool many; /* prints a line for each job, not the screen of a single one */
	struct rotation_sum sum;
	size_t width; /* of the longest name */
};

static bool batch_read_vault(struct batch_run *run, struct error *err)
{
	struct agent_watch keys = {.row = agent_call_gather},
			   rotations = {.row = agent_call_gather};
	json_t *ok = NULL, *key;
	bool done;
	size_t i;

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
	run->by_name = json_object();
	run->taken = json_object();
	json_array_foreach(run->keys, i, key)
	{
		if (json_object_set(run->by_name, json_text_of(key, "name"), key) != 0)
			return error_set(err, ERROR_MEMORY, "out of memory");
	}
	return done;
}

/*
 * The access key id of a name, behind a blank that no name has; "" where it is unknown. Names that
 * share an access key have one rotation.
 */
static void batch_id_of(const struct batch_run *run, const char *name, char out[static ID_BYTES])
{
	const json_t *key = json_object_get(run->by_name, name);

	out[0] = '\0';
	if (key)
		(void)snprintf(out, ID_BYTES, " %s", json_text_of(key, "access_key_id"));
}

static bool batch_is_taken(const struct batch_run *run, const char *name)
{
	char id[ID_BYTES];

	batch_id_of(run, name, id);
	return json_object_get(run->taken, name) || json_object_get(run->taken, id);
}

static bool batch_note_taken(struct batch_run *run, const char *name, struct error *err)
{
	char id[ID_BYTES];

	batch_id_of(run, name, id);
	return (json_object_set_new(run->taken, name, json_true()) == 0 &&
		(!id[0] || json_object_set_new(run->taken, id, json_true()) == 0)) ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

/*
 * Region, endpoint and proxy of a job, as every command finds them. A profile of the config file
 * counts only where it means this key itself.
 */
static bool batch_route(struct batch_run *run, struct rotation_pool_job *job, struct error *err)
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

static bool batch_add_job(struct batch_run *run, const char *name, enum msg_rotate_act act,
			  struct error *err)
{
	struct rotation_pool_job *job = &run->jobs[run->count];

	if (batch_is_taken(run, name))
		return true;
	(void)snprintf(job->name, sizeof(job->name), "%s", name);
	job->act = run->batch->plan    ? MSG_ROTATE_PLAN
		   : run->batch->undo  ? MSG_ROTATE_UNDO
		   : run->batch->abort ? MSG_ROTATE_ABORT
				       : act;
	job->err = ERROR_INIT;
	if (!batch_route(run, job, err))
		return error_profile(err, name);
	if (strlen(name) > run->width)
		run->width = strlen(name);
	run->count++;
	return batch_note_taken(run, name, err);
}

/* A name that holds the rotation's key now: the one that began it may have been removed. */
static const char *batch_holder(const json_t *row)
{
	const char *first = json_string_value(json_array_get(json_object_get(row, "names"), 0));

	return first && !rotation_show_is_of(row, json_text_of(row, "name"))
		   ? first
		   : json_text_of(row, "name");
}

static bool batch_select(struct batch_run *run, struct error *err)
{
	const struct rotation_batch *batch = run->batch;
	const json_t *row;
	bool ok = true;
	size_t i;

	run->jobs = calloc(batch->names_count + json_array_size(run->keys) +
			       json_array_size(run->rotations) + 1,
			   sizeof(*run->jobs));
	if (!run->jobs)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (i = 0; ok && i < batch->names_count; i++)
		ok = batch_add_job(run, batch->names[i],
				   run->batch->resume ? MSG_ROTATE_RESUME : MSG_ROTATE, err);
	json_array_foreach(run->keys, i, row)
	{
		if (run->batch->all ||
		    (run->batch->due && (json_is_true(json_object_get(row, "due")) ||
					 json_is_true(json_object_get(row, "overdue")))))
			ok = ok && batch_add_job(run, json_text_of(row, "name"), MSG_ROTATE, err);
	}
	json_array_foreach(run->rotations, i, row)
	{
		/* A rotation that waits for its time is not resumed before. */
		if ((run->batch->due || run->batch->all || run->batch->resume) &&
		    batch->names_count == 0 && !run->batch->plan &&
		    !rotation_show_waits(row, clock_real_s(run->cli->clock)))
			ok = ok && batch_add_job(run, batch_holder(row), MSG_ROTATE_RESUME, err);
	}
	return ok;
}

/* The element of --json's rotations for a job that has ended. */
static json_t *batch_element(const struct rotation_pool_job *job)
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

static void batch_tell(struct batch_run *run, const struct rotation_pool_job *job)
{
	json_t *object;

	/* The last line counts the jobs that were not begun. */
	if (!job->begun && job->err.code == ERROR_INTERRUPTED)
		return;
	object = batch_element(job);
	if (!run->cli->json && !run->batch->plan)
		rotation_show_line(run->cli, object, job->took_ms, job->hooked, run->width);
	else if (job->err.code != ERROR_NONE && !run->cli->json)
		say_error(run->cli, &job->err);
	if (run->cli->out.terminal && !run->cli->json)
		out_flush(&run->cli->out);
	json_decref(object);
}

/* A printed result is freed: there may be very many. */
static void batch_job_ended(void *ctx, struct rotation_pool_job *job)
{
	struct batch_run *run = ctx;

	rotation_sum_count(&run->sum, job);
	if (!run->many)
		return;
	batch_tell(run, job);
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
static void batch_say_how_many(const struct batch_run *run, char out[static QUESTION_MAX])
{
	size_t begun = 0, keys = json_array_size(run->keys), asked;
	size_t jobs = run->order.jobs < run->count ? run->order.jobs : run->count;
	char rest[QUESTION_MAX] = "";

	for (size_t i = 0; i < run->count; i++)
		begun += run->jobs[i].act == MSG_ROTATE_RESUME;
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

static bool batch_confirm(struct batch_run *run, struct error *err)
{
	char line[QUESTION_MAX];
	bool go = true;

	if (!run->many || run->batch->plan || run->cli->json)
		return true;
	batch_say_how_many(run, line);
	out_printf(&run->cli->out, "%s\n", line);
	out_flush(&run->cli->out);
	if (!ask_confirm(run->cli, "Go?", true, &go, err))
		return false;
	if (go)
		return true;
	error_set(err, ERROR_DECLINED, "not rotated");
	return error_detail(err, "Nothing was changed.");
}

static void batch_print_json(struct batch_run *run)
{
	json_t *array = json_array();
	json_t *object = json_object();

	for (size_t i = 0; i < run->count; i++) {
		if (!run->batch->plan || run->jobs[i].result)
			(void)json_array_append_new(array, batch_element(&run->jobs[i]));
	}
	(void)json_object_set_new(object, run->batch->plan ? "plans" : "rotations", array);
	out_json(&run->cli->out, object);
	json_decref(object);
}

/* Prints the outcome of a run that had rotations. */
static void batch_print(struct batch_run *run)
{
	struct cli *cli = run->cli;

	if (cli->json) {
		batch_print_json(run);
	} else if (run->batch->plan) {
		for (size_t i = 0; i < run->count; i++) {
			if (run->jobs[i].result)
				rotation_show_plan(cli, run->jobs[i].result);
		}
		say_note(cli, "Nothing was changed.");
	} else if (run->many) {
		rotation_sum_print(&run->sum,
				   run->batch->due   ? "credvault rotate --due"
				   : run->batch->all ? "credvault rotate --all"
						     : "credvault rotate --resume",
				   clock_real_s(cli->clock), &cli->out);
	} else if (run->jobs[0].result) {
		rotation_show_done(cli, run->jobs[0].result, run->jobs[0].plan,
				   run->jobs[0].took_ms);
	}
}

static bool batch_rotate(struct batch_run *run, struct error *err)
{
	struct cli *cli = run->cli;

	if (!batch_read_vault(run, err) || !batch_select(run, err))
		return false;
	if (run->count == 0) {
		if (cli->json)
			batch_print_json(run);
		else
			say_note(cli, "%s",
				 run->batch->resume ? "No rotation is begun."
				 : run->batch->due  ? "No key is due."
						    : "The vault holds no key yet.");
		return true;
	}
	run->many = run->count > 1 || run->batch->names_count == 0;
	run->order.confirm = !run->many && !cli->json && !cli->yes && ask_has_terminal(cli);
	run->order.tell = !run->many && !run->batch->plan;
	if (!batch_confirm(run, err))
		return false;
	if (!run->many)
		cli->profile = run->jobs[0].name;
	rotation_pool_run(cli, &run->order, run->jobs, run->count, batch_job_ended, run);
	batch_print(run);
	cli->status = run->sum.status;
	if (run->many || run->jobs[0].err.code == ERROR_NONE)
		return true;
	*err = run->jobs[0].err;
	return false;
}

bool rotation_batch_run(struct cli *cli, const struct rotation_batch *batch, struct error *err)
{
	struct batch_run run = {
	    .cli = cli, .batch = batch, .order = batch->order, .config = AWS_CONFIG_EMPTY};
	bool ok = aws_config_read(&run.config, err) && batch_rotate(&run, err);

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
