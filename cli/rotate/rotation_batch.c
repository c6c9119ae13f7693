/* SPDX-License-Identifier: MIT */
#include "cli/rotate/rotation_batch.h"

#include "cli/vault/agent_call.h"
#include "cli/vault/backup_folder.h"
#include "cli/ui/ageing.h"
#include "cli/ui/ask.h"
#include "cli/profile/credentials_request.h"
#include "cli/profile/sts_settings.h"
#include "cli/show/answer_rows.h"
#include "cli/show/rotation_preview.h"
#include "cli/show/rotation_show.h"
#include "cli/ui/say.h"
#include "cli/rotate/rotation_sum.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/message.h"
#include "vault/wire/tables/msg_config.h"
#include "vault/wire/tables/msg_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTION_MAX = 128, ID_BYTES = 160 };

/* A run in progress. */
struct batch_run {
	struct cli *cli;
	const struct rotation_batch *batch;
	struct rotation_pool_order order; /* the order of the batch, completed */
	struct aws_config config;
	struct answer_rows keys, rotations; /* the vault's, as the agent lists them */
	json_t *ids;			    /* name -> access key id */
	json_t *taken;			    /* names and access key ids that have a job */
	struct rotation_pool_job *jobs;
	size_t count;
	json_t *
	    previews; /* of --dry-run and --json: the rotations that would go on or be taken back */
	bool many;    /* prints a line for each job, not the screen of a single one */
	struct rotation_sum sum;
	size_t width; /* the width of the longest name */
};

static bool batch_read_vault(struct batch_run *run, struct error *err)
{
	const struct agent_watch keys = {.row = answer_rows_take, .ctx = &run->keys};
	const struct agent_watch rotations = {.row = answer_rows_take, .ctx = &run->rotations};
	const struct msg_key *key;
	json_t *ok = NULL;
	bool done = agent_call(run->cli, "list", NULL, &keys, &ok, err);

	json_decref(ok);
	if (!done)
		return false;
	done = agent_call(run->cli, "rotations", NULL, &rotations, &ok, err);
	json_decref(ok);
	run->ids = json_object();
	run->taken = json_object();
	key = run->keys.at;
	for (size_t i = 0; done && i < run->keys.count; i++)
		done = json_put_text(run->ids, key[i].name, key[i].access_key_id, err);
	return done;
}

/*
 * The access key id of a name, after a blank, which no name contains; "" where it is unknown. Names
 * that share an access key have one rotation.
 */
static void batch_id_of(const struct batch_run *run, const char *name, char out[static ID_BYTES])
{
	const char *id = json_text_of(run->ids, name);

	(void)snprintf(out, ID_BYTES, "%s%s", *id ? " " : "", id);
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
	const struct profile_files files = aws_config_files(&run->config);
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
	    !sts_settings_endpoint(run->cli, &endpoint, err) ||
	    !credentials_request_proxy(&job->proxy, err))
		return false;
	why = ERROR_INIT;
	if (!profile_check_readable(&files, job->name, &why))
		say_note(run->cli, "warning: %s: %s. Nothing of that profile counts for its key.",
			 job->name, why.message);
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
	job->act = run->batch->undo			   ? MSG_ROTATE_UNDO
		   : run->batch->abort			   ? MSG_ROTATE_ABORT
		   : run->batch->plan && act == MSG_ROTATE ? MSG_ROTATE_PLAN
							   : act;
	job->err = ERROR_INIT;
	if (!batch_route(run, job, err))
		return error_profile(err, name);
	if (strlen(name) > run->width)
		run->width = strlen(name);
	run->count++;
	return batch_note_taken(run, name, err);
}

/* A name that holds the rotation's key now: the name that began it may have been removed. */
static const char *batch_holder(const struct msg_begun *begun)
{
	const char *const *names = begun->names.at;

	return begun->names.count && !rotation_show_is_of(begun, begun->name) ? names[0]
									      : begun->name;
}

static bool batch_select(struct batch_run *run, struct error *err)
{
	const struct rotation_batch *batch = run->batch;
	const struct msg_key *keys = run->keys.at;
	const struct msg_begun *begun = run->rotations.at;
	bool ok = true;
	size_t i;

	run->jobs = calloc(batch->names_count + run->keys.count + run->rotations.count + 1,
			   sizeof(*run->jobs));
	if (!run->jobs)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (i = 0; ok && i < batch->names_count; i++)
		ok = batch_add_job(run, batch->names[i],
				   run->batch->resume ? MSG_ROTATE_RESUME : MSG_ROTATE, err);
	for (i = 0; ok && i < run->keys.count; i++) {
		if (batch->all || (batch->due && (keys[i].due || keys[i].overdue)))
			ok = batch_add_job(run, keys[i].name, MSG_ROTATE, err);
	}
	for (i = 0; ok && i < run->rotations.count; i++) {
		/* A rotation that waits for its time is not resumed earlier. */
		if ((batch->due || batch->all || batch->resume) && batch->names_count == 0 &&
		    !rotation_show_waits(&begun[i], clock_real_s(run->cli->clock)))
			ok = batch_add_job(run, batch_holder(&begun[i]), MSG_ROTATE_RESUME, err);
	}
	return ok;
}

/* The state of a job's rotation; a rotation that failed before it began has only a name. */
static struct msg_rotation batch_outcome(const struct rotation_pool_job *job)
{
	struct msg_rotation rotation = job->rotation;

	if (!rotation.name)
		rotation.name = job->name;
	if (!job->result)
		rotation.state = "failed";
	return rotation;
}

/* The element of --json's rotations for a job that has ended. */
static json_t *batch_element(const struct rotation_pool_job *job)
{
	struct msg_rotation rotation = batch_outcome(job);
	struct msg_rotate_plan plan = {.name = NULL};
	json_t *element = NULL, *error = NULL;
	struct error unused;

	if (job->result)
		return json_incref(job->result);
	if (!job->unfinished && job->plan &&
	    fields_read_answer(&msg_rotate_plan, job->plan, &plan, &unused)) {
		rotation.unexplained_use = plan.unexplained_use;
		rotation.is_unexplained = plan.is_unexplained;
	}
	if (message_error(&job->err, &error, &unused))
		rotation.error.value = json_object_get(error, "error");
	if (!fields_to_json(&msg_rotation, &rotation, &element, &unused))
		element = NULL;
	fields_clear(&msg_rotate_plan, &plan);
	json_decref(error);
	return element;
}

static void batch_tell(struct batch_run *run, const struct rotation_pool_job *job)
{
	const struct msg_rotation rotation = batch_outcome(job);

	/* The last line counts the jobs that were not begun. */
	if (!job->begun && job->err.code == ERROR_INTERRUPTED)
		return;
	if (!run->cli->json && !run->batch->plan)
		rotation_show_line(run->cli, &rotation, &job->err, job->took_ms, job->hooked,
				   run->width);
	else if (job->err.code != ERROR_NONE && !run->cli->json)
		say_error(run->cli, &job->err);
	if (run->cli->out.terminal && !run->cli->json)
		out_flush(&run->cli->out);
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
		job->rotation = (struct msg_rotation){.name = NULL};
	}
}

/* "12 of 40 keys are due and 3 rotations unfinished.  8 at a time." */
static void batch_say_how_many(const struct batch_run *run, char out[static QUESTION_MAX])
{
	size_t begun = 0, keys = run->keys.count, asked;
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

/* The rotation that was begun with the key of this name; NULL: none. */
static const struct msg_begun *batch_begun(const struct batch_run *run, const char *name)
{
	const struct msg_begun *begun = run->rotations.at;

	for (size_t i = 0; i < run->rotations.count; i++) {
		if (rotation_show_is_of(&begun[i], name))
			return &begun[i];
	}
	return NULL;
}

static const struct msg_key *batch_key(const struct batch_run *run, const char *name)
{
	const struct msg_key *keys = run->keys.at;

	for (size_t i = 0; i < run->keys.count; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

/* The terms of a new rotation: the command's, else the key's, else the vault's. */
static bool batch_terms(const struct batch_run *run, const struct msg_key *key,
			const struct msg_settings *settings, struct rotation_preview *preview,
			struct error *err)
{
	preview->retire = run->order.retire;
	preview->idle_s = run->order.idle_s;
	if (!preview->retire && key) {
		preview->retire = key->retire;
		preview->idle_s = key->idle_s;
	}
	preview->grace_s = run->order.grace_s >= 0 ? run->order.grace_s : settings->grace.seconds;
	preview->hooks = run->order.hooks.count + (key ? json_array_size(key->hooks.value) : 0);
	return preview->retire ||
	       ageing_parse_retire(settings->retire.value, &preview->retire, &preview->idle_s, err);
}

/* The element of --dry-run --json for what was begun: the row, and what becomes of it. */
static void batch_note_preview(struct batch_run *run, const struct rotation_preview *preview)
{
	const struct msg_begun *rows = run->rotations.at;
	json_t *element;

	if (!run->previews)
		run->previews = json_array();
	element = preview->begun ? json_copy(json_array_get(run->rotations.json,
							    (size_t)(preview->begun - rows)))
				 : json_object();
	(void)json_object_set_new(element, "name", json_string(preview->name));
	(void)json_object_set_new(element, "act",
				  json_string(preview->act == MSG_ROTATE_UNDO	 ? "undo"
					      : preview->act == MSG_ROTATE_ABORT ? "abort"
										 : "resume"));
	(void)json_array_append_new(run->previews, element);
}

/* Says what is about to happen to each key of the run, but for those about which AWS is asked. */
static bool batch_preview(struct batch_run *run, struct error *err)
{
	struct msg_settings settings = {.grace.seconds = 0};
	char bundle[PATH_MAX];
	json_t *answer = NULL;
	bool ok = agent_call(run->cli, "config", NULL, NULL, &answer, err) &&
		  fields_read_answer(&msg_settings, answer, &settings, err);

	for (size_t i = 0; ok && i < run->count; i++) {
		const char *name = run->jobs[i].name;
		const struct msg_key *key = batch_key(run, name);
		struct rotation_preview preview = {.name = name,
						   .act = run->jobs[i].act,
						   .access_key_id = key ? key->access_key_id : NULL,
						   .begun = batch_begun(run, name)};

		if (preview.act == MSG_ROTATE_PLAN)
			continue;
		if (run->batch->plan && run->cli->json) {
			batch_note_preview(run, &preview);
			continue;
		}
		ok = batch_terms(run, key, &settings, &preview, err);
		if (ok)
			rotation_preview_show(&run->cli->out, &preview, run->width,
					      clock_real_s(run->cli->clock));
	}
	if (ok && run->many && !run->batch->plan && !settings.ca_bundle.is_default) {
		out_path(settings.ca_bundle.value, bundle, sizeof(bundle));
		out_printf(&run->cli->out, "A proxy of the authorities of %s sees the new keys.\n",
			   bundle);
	}
	json_decref(answer);
	return ok;
}

/*
 * --dry-run: of what was begun the vault knows all there is to show. Only the jobs for which AWS is
 * asked are left.
 */
static bool batch_show_begun(struct batch_run *run, struct error *err)
{
	size_t left = 0;

	if (!run->batch->plan)
		return true;
	if (!batch_preview(run, err))
		return false;
	for (size_t i = 0; i < run->count; i++) {
		if (run->jobs[i].act == MSG_ROTATE_PLAN)
			run->jobs[left++] = run->jobs[i];
	}
	run->count = left;
	return true;
}

/* A person sees what happens to each key before anything does. An undo has no other plan. */
static bool batch_confirm(struct batch_run *run, struct error *err)
{
	bool asked = !run->cli->yes && ask_has_terminal(run->cli), go = true;
	char line[QUESTION_MAX];

	if (run->batch->plan || run->cli->json ||
	    (!run->many && !(run->batch->undo && batch_begun(run, run->jobs[0].name))))
		return true;
	if (run->many) {
		batch_say_how_many(run, line);
		out_printf(&run->cli->out, "%s\n", line);
	}
	if ((asked || run->batch->undo) && !batch_preview(run, err))
		return false;
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
	json_t *array = run->previews ? json_incref(run->previews) : json_array();
	json_t *object = json_object();

	for (size_t i = 0; i < run->count; i++) {
		if (!run->batch->plan || run->jobs[i].result)
			(void)json_array_append_new(array, batch_element(&run->jobs[i]));
	}
	(void)json_object_set_new(object, run->batch->plan ? "plans" : "rotations", array);
	out_json(&run->cli->out, object);
	json_decref(object);
}

static bool batch_print_plans(struct batch_run *run, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < run->count; i++) {
		struct msg_rotate_plan plan = {.name = NULL};

		if (!run->jobs[i].result)
			continue;
		ok = fields_read_answer(&msg_rotate_plan, run->jobs[i].result, &plan, err);
		if (ok)
			rotation_show_plan(run->cli, &plan);
		fields_clear(&msg_rotate_plan, &plan);
	}
	if (ok)
		say_note(run->cli, "Nothing was changed.");
	return ok;
}

/* Prints the outcome of a run with one rotation, which has succeeded. */
static bool batch_print_done(struct batch_run *run, struct error *err)
{
	const struct rotation_pool_job *job = &run->jobs[0];
	struct msg_rotate_plan plan = {.name = NULL}, known = {.name = NULL};
	const struct msg_begun *begun = batch_begun(run, job->name);
	bool ok = !job->plan || fields_read_answer(&msg_rotate_plan, job->plan, &plan, err);

	/* What is taken back has no plan; its names are those of the rotation that was begun. */
	if (begun)
		known.names = begun->names;
	if (ok)
		rotation_show_done(run->cli, &job->rotation, job->plan ? &plan : &known,
				   job->took_ms);
	fields_clear(&msg_rotate_plan, &plan);
	return ok;
}

/* Prints the outcome of a run that had rotations. */
static bool batch_print(struct batch_run *run, struct error *err)
{
	struct cli *cli = run->cli;

	if (cli->json)
		batch_print_json(run);
	else if (run->batch->plan)
		return batch_print_plans(run, err);
	else if (run->many)
		rotation_sum_print(&run->sum,
				   run->batch->due   ? "credvault rotate --due"
				   : run->batch->all ? "credvault rotate --all"
						     : "credvault rotate --resume",
				   clock_real_s(cli->clock), &cli->out);
	else if (run->jobs[0].result)
		return batch_print_done(run, err);
	return true;
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
	if (!batch_show_begun(run, err))
		return false;
	if (run->count == 0)
		return batch_print(run, err);
	run->many = run->count > 1 || run->batch->names_count == 0;
	run->order.confirm = !run->many && !cli->json && !cli->yes && ask_has_terminal(cli);
	run->order.tell = !run->many && !run->batch->plan;
	if (!batch_confirm(run, err) || (!run->batch->plan && !backup_folder_make(cli, err)))
		return false;
	if (!run->many)
		cli->profile = run->jobs[0].name;
	rotation_pool_run(cli, &run->order, run->jobs, run->count, batch_job_ended, run);
	cli->status = run->sum.status;
	if (!batch_print(run, err))
		return false;
	if (run->many || run->jobs[0].err.code == ERROR_NONE)
		return true;
	*err = run->jobs[0].err;
	return false;
}

bool rotation_batch_run(struct cli *cli, const struct rotation_batch *batch, struct error *err)
{
	struct batch_run run = {.cli = cli,
				.batch = batch,
				.order = batch->order,
				.config = AWS_CONFIG_EMPTY,
				.keys = ANSWER_ROWS(msg_key, struct msg_key),
				.rotations = ANSWER_ROWS(msg_begun, struct msg_begun)};
	bool ok = aws_config_read(&run.config, err) && batch_rotate(&run, err);

	for (size_t i = 0; i < run.count; i++) {
		json_decref(run.jobs[i].plan);
		json_decref(run.jobs[i].unfinished);
		json_decref(run.jobs[i].result);
	}
	free(run.jobs);
	answer_rows_clear(&run.keys);
	answer_rows_clear(&run.rotations);
	json_decref(run.ids);
	json_decref(run.taken);
	json_decref(run.previews);
	aws_config_clear(&run.config);
	return ok;
}
