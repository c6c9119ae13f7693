/* SPDX-License-Identifier: MIT */
#include "cli/rotate/rotation_pool.h"

#include "cli/show/call_show.h"
#include "cli/vault/link.h"
#include "cli/vault/answer.h"
#include "cli/vault/prove.h"
#include "cli/ui/ask.h"
#include "cli/ui/ascii.h"
#include "cli/ui/bar.h"
#include "cli/rotate/hook.h"
#include "cli/ui/interrupt.h"
#include "cli/ui/progress.h"
#include "cli/show/rotation_show.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/seal/record/rotation_terms.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 200, DRAW_MS = 1000, SECOND_MS = 1000 };

/* A question of the agent to a person, on its way from a job's thread to the one that called. */
struct question {
	struct rotation_pool_job *job;
	const json_t *ask; /* NULL: what a channel needs is wanted … */
	const char *why;   /* … for this reason */
	json_t **answer;
	struct error *err;
	bool ok, done;
};

struct rotation_pool {
	struct cli *cli;
	const struct rotation_pool_order *order;
	struct rotation_pool_job *jobs;
	size_t count, next, ended;
	void (*done)(void *ctx, struct rotation_pool_job *job);
	void *ctx;
	bool can_ask, proves, stopped, unicode;
	int64_t since_ms, drawn_ms;
	pthread_mutex_t lock; /* guards printing, the jobs' outcomes, and this whole struct */
	pthread_cond_t change;
	struct question *open;
};

/* The argument of the handlers of a job's call. */
struct shift {
	struct rotation_pool *pool;
	struct rotation_pool_job *job;
};

/* --- what a person sees ----------------------------------------------------------------------- */

static const char *job_doing(const struct rotation_pool_job *job, int64_t now)
{
#define STEP_WORDS(symbol, number, word, doing) {(word), (doing)},
	static const char *const words[][2] = {ROTATION_STEPS(STEP_WORDS)};
#undef STEP_WORDS

	if (now < job->waits_until_ms)
		return job->waits_for;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(job->step, words[i][0]) == 0)
			return words[i][1];
	}
	return job->step[0] ? job->step : "looking";
}

/* Draws the progress line. Called with the lock. */
static void pool_show(struct rotation_pool *pool)
{
	int64_t now = clock_boot_ms(pool->cli->clock);
	const struct rotation_pool_job *only = &pool->jobs[0];
	char line[BAR_BYTES];

	pool->drawn_ms = now;
	if (!progress_is_seen(pool->cli))
		return;
	if (pool->order->tell) {
		if (!only->running)
			return;
		if (now < only->waits_until_ms)
			(void)snprintf(line, BAR_BYTES, "  %s", only->waits_for);
		else if (only->proof_wait_ms > 0)
			bar_proving(only->proved, now - only->proof_since_ms, only->proof_wait_ms,
				    pool->unicode, line);
		else
			return;
		progress_show(pool->cli, line);
	} else if (pool->ended < pool->count) {
		struct bar bar = {.done = pool->ended,
				  .count = pool->count,
				  .elapsed_ms = now - pool->since_ms,
				  .columns = progress_columns(),
				  .unicode = pool->unicode};

		for (size_t i = 0; i < pool->next && bar.busy_count < BAR_BUSY_MAX; i++) {
			const struct rotation_pool_job *job = &pool->jobs[i];

			if (job->running)
				bar.busy[bar.busy_count++] = (struct bar_busy){job->name,
									       job_doing(job, now)};
		}
		bar_many(&bar, line);
		progress_show(pool->cli, line);
	}
}

/* --- what the agent says ---------------------------------------------------------------------- */

static void keep(json_t **at, const json_t *value)
{
	json_decref(*at);
	*at = json_deep_copy(value);
}

static bool on_plan(struct rotation_pool *pool, struct rotation_pool_job *job, const json_t *event,
		    struct error *err)
{
	struct msg_rotate_plan plan = {.name = NULL};
	bool ok = fields_read_answer(&msg_rotate_plan, event, &plan, err);

	if (ok) {
		keep(&job->plan, event);
		progress_hide(pool->cli);
		rotation_show_use(pool->cli, &plan);
	}
	fields_clear(&msg_rotate_plan, &plan);
	return ok;
}

static bool on_step(struct rotation_pool *pool, struct rotation_pool_job *job, const json_t *event,
		    struct error *err)
{
	struct msg_step step = {.what = NULL};

	if (!fields_read_answer(&msg_step, event, &step, err))
		return false;
	if (pool->order->tell) {
		progress_hide(pool->cli);
		rotation_show_step(pool->cli, job->step, &step);
	}
	(void)snprintf(job->step, sizeof(job->step), "%s", step.step);
	job->waits_until_ms = job->proof_wait_ms = 0;
	return true;
}

static bool on_proving(struct rotation_pool *pool, struct rotation_pool_job *job,
		       const json_t *event, struct error *err)
{
	struct msg_proving proving = {.what = NULL};

	if (!fields_read_answer(&msg_proving, event, &proving, err))
		return false;
	job->proved = (int)proving.proved;
	job->proof_wait_ms = proving.wait_s * SECOND_MS;
	job->proof_since_ms = clock_boot_ms(pool->cli->clock);
	return true;
}

static bool on_waiting(struct rotation_pool *pool, struct rotation_pool_job *job,
		       const json_t *event, struct error *err)
{
	struct msg_waiting waiting = {.what = NULL};

	if (!fields_read_answer(&msg_waiting, event, &waiting, err))
		return false;
	(void)snprintf(job->waits_for, sizeof(job->waits_for), "waiting for %.32s",
		       waiting.waits_for);
	job->waits_until_ms = clock_boot_ms(pool->cli->clock) + waiting.wait_s * SECOND_MS;
	return true;
}

static bool on_unfinished(struct rotation_pool *pool, struct rotation_pool_job *job,
			  const json_t *event, struct error *err)
{
	(void)pool;
	keep(&job->unfinished, event);
	job->rotation = (struct msg_rotation){.name = NULL};
	return fields_read_answer(&msg_rotation, json_object_get(job->unfinished, "rotation"),
				  &job->rotation, err);
}

static bool on_event(void *ctx, const json_t *event, struct error *err)
{
	static const struct {
		const char *what;
		bool (*take)(struct rotation_pool *pool, struct rotation_pool_job *job,
			     const json_t *event, struct error *err);
	} known[] = {{"plan", on_plan},
		     {"step", on_step},
		     {"proving", on_proving},
		     {"waiting", on_waiting},
		     {"unfinished", on_unfinished}};
	const struct shift *shift = ctx;
	struct rotation_pool *pool = shift->pool;
	const char *what = json_text_of(event, "what");
	bool ok = true;

	(void)pthread_mutex_lock(&pool->lock);
	(void)call_show(pool->cli, event);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(what, known[i].what) == 0)
			ok = known[i].take(pool, shift->job, event, err);
	}
	pool_show(pool);
	(void)pthread_mutex_unlock(&pool->lock);
	return ok;
}

/* --- what the agent asks ---------------------------------------------------------------------- */

/* Each running job ends after the call at hand and reports where it stands; no other is begun. */
static void pool_stop(struct rotation_pool *pool)
{
	pool->stopped = true;
	for (size_t i = 0; i < pool->next; i++) {
		if (pool->jobs[i].running && pool->jobs[i].client)
			client_stop(pool->jobs[i].client);
	}
}

static bool answer_plan(struct rotation_pool *pool, struct question *q)
{
	struct msg_rotate_plan plan = {.name = NULL};
	struct msg_go said = {.go = false};
	bool ok = fields_read_answer(&msg_rotate_plan, q->ask, &plan, q->err);

	if (ok) {
		keep(&q->job->plan, q->ask);
		rotation_show_plan(pool->cli, &plan);
		/*
		 * Unexplained use means that a copy of the key is in use somewhere, which breaks
		 * when the key goes: that wants a typed yes, not an Enter.
		 */
		ok = ask_confirm(pool->cli, "Go?", !plan.is_unexplained, &said.go, q->err) &&
		     fields_to_json(&msg_go, &said, q->answer, q->err);
	}
	fields_clear(&msg_rotate_plan, &plan);
	return ok;
}

/* Called with the lock, in the thread that called: it alone uses the terminal. */
static void answer_question(struct rotation_pool *pool, struct question *q)
{
	int64_t since = clock_boot_ms(pool->cli->clock);

	progress_hide(pool->cli);
	/* Other jobs' questions may have been in line when the pool was stopped. */
	if (pool->stopped)
		q->ok = error_set(q->err, ERROR_INTERRUPTED, "interrupted");
	else if (!q->ask)
		q->ok = prove_key(pool->cli, q->why && q->why[0] ? q->why : NULL, q->err) ==
			CLIENT_OK;
	else if (strcmp(json_text_of(q->ask, "kind"), "rotate") == 0)
		q->ok = answer_plan(pool, q);
	else
		q->ok = answer_ask(pool->cli, q->job->mfa_process, q->ask, q->answer, q->err);
	q->job->asked_ms += clock_boot_ms(pool->cli->clock) - since;
	/* An interrupted question stops all jobs. */
	if (!q->ok && q->err->code == ERROR_INTERRUPTED)
		pool_stop(pool);
	q->done = true;
	(void)pthread_cond_broadcast(&pool->change);
	pool_show(pool);
}

/* A hook runs in the job's thread: it never uses the terminal. */
static bool answer_hook(struct rotation_pool *pool, struct rotation_pool_job *job,
			const json_t *ask, json_t **answer, struct error *err)
{
	char taker[HOOK_NAME_BYTES];

	if (!hook_answer(job->name, ask, taker, answer, err))
		return false;
	if (!taker[0])
		return true;
	(void)pthread_mutex_lock(&pool->lock);
	text_append(job->hooked, sizeof(job->hooked), "%s%s ok", job->hooked[0] ? ", " : "", taker);
	(void)pthread_mutex_unlock(&pool->lock);
	return true;
}

/* Has the thread that called answer, when its turn comes. */
static bool pool_put(struct rotation_pool *pool, struct question *q)
{
	(void)pthread_mutex_lock(&pool->lock);
	while (pool->open)
		(void)pthread_cond_wait(&pool->change, &pool->lock);
	pool->open = q;
	(void)pthread_cond_broadcast(&pool->change);
	while (!q->done)
		(void)pthread_cond_wait(&pool->change, &pool->lock);
	pool->open = NULL;
	(void)pthread_cond_broadcast(&pool->change);
	(void)pthread_mutex_unlock(&pool->lock);
	return q->ok;
}

static bool on_ask(void *ctx, const json_t *ask, json_t **answer, struct error *err)
{
	const struct shift *shift = ctx;
	struct rotation_pool *pool = shift->pool;
	struct question q = {.job = shift->job, .ask = ask, .answer = answer, .err = err};

	*answer = NULL;
	if (strcmp(json_text_of(ask, "kind"), "hook") == 0)
		return answer_hook(pool, shift->job, ask, answer, err);
	return pool_put(pool, &q);
}

/* --- one job ---------------------------------------------------------------------------------- */

static struct msg_rotate args_of(const struct rotation_pool *pool,
				 const struct rotation_pool_job *job)
{
	const struct rotation_pool_order *order = pool->order;

	return (struct msg_rotate){.name = job->name,
				   .act = job->act,
				   .retire = order->retire,
				   .idle_s = order->idle_s,
				   .grace_s = order->grace_s,
				   .hooks = order->hooks,
				   .delete_key = order->delete_key,
				   .keep_orphan = order->keep_orphan,
				   .region = job->region,
				   .endpoint = job->endpoint,
				   .proxy = job->proxy.url,
				   .no_proxy = job->proxy.except,
				   .can_ask = job->mfa_process || pool->can_ask,
				   .askpass = !pool->cli->no_input,
				   .confirm = order->confirm};
}

/*
 * Sets the connection that a stop of the pool shuts down; NULL before it is closed. Returns whether
 * the pool was stopped.
 */
static bool job_reach(struct rotation_pool *pool, struct rotation_pool_job *job,
		      const struct client *client)
{
	bool stopped;

	(void)pthread_mutex_lock(&pool->lock);
	job->client = client;
	stopped = pool->stopped;
	if (client && stopped)
		client_stop(client);
	(void)pthread_mutex_unlock(&pool->lock);
	return stopped;
}

/* Reads how the rotation ended. A plan alone is read where it is shown. */
static bool job_read(struct rotation_pool_job *job, struct error *err)
{
	job->rotation = (struct msg_rotation){.name = NULL};
	return job->act == MSG_ROTATE_PLAN ||
	       fields_read_answer(&msg_rotation, job->result, &job->rotation, err);
}

/*
 * Sends the request on a connection of its own, with `sealed` through a channel. *stopped: the pool
 * was stopped meanwhile.
 */
static enum client_result job_call(struct shift *shift, bool sealed, bool *stopped,
				   struct error *err)
{
	const struct client_handler handler = {.event = on_event, .ask = on_ask, .ctx = shift};
	struct rotation_pool_job *job = shift->job;
	const struct msg_rotate args = args_of(shift->pool, job);
	const struct message message = {.fields = &msg_rotate, .from = &args};
	struct cli *cli = shift->pool->cli;
	struct client client = CLIENT_EMPTY;
	enum client_result result;
	bool absent = false;

	if (!link_connect(cli, &client, &absent, err))
		return CLIENT_ERROR;
	if (absent) {
		error_set(err, ERROR_LOCKED, "the vault was locked meanwhile");
		return CLIENT_ERROR;
	}
	(void)job_reach(shift->pool, job, &client);
	result = sealed ? client_call_sealed(&client, &cli->agent.proof_key, "rotate", &message,
					     &handler, &job->result, err)
			: client_call(&client, "rotate", &message, &handler, &job->result, err);
	*stopped = job_reach(shift->pool, job, NULL);
	client_close(&client);
	return result;
}

/* Why such an act always wants a proof, so that nobody feigns its success; NULL: not always. */
static const char *job_proof_reason(const struct rotation_pool_order *order,
				    const struct rotation_pool_job *job)
{
	if (job->act == MSG_ROTATE_PLAN)
		return NULL;
	if (order->delete_key)
		return "a key to be deleted is named";
	if (job->act == MSG_ROTATE_UNDO)
		return "an undo deletes the new key";
	if (job->act == MSG_ROTATE_ABORT)
		return "an abort deletes the new key";
	if (order->keep_orphan)
		return "the rotation may be given up";
	return order->hooks.count > 0 ? "hooks get the new key" : NULL;
}

static void job_rotate(struct shift *shift, struct error *err)
{
	struct rotation_pool_job *job = shift->job;
	struct error needed;
	struct question prove = {
	    .job = job, .err = err, .why = job_proof_reason(shift->pool->order, job)};
	/* A plain yes is anybody's: it is not taken where a proof costs nothing. */
	bool stopped = false,
	     proves = prove.why || (shift->pool->proves && job->act != MSG_ROTATE_PLAN);
	enum client_result result = CLIENT_ERROR;

	if (!proves) {
		result = job_call(shift, false, &stopped, err);
		/* The agent has done nothing yet, and takes the request through a channel. */
		proves = result == CLIENT_ERROR && err->code == ERROR_CHANNEL_NEEDED;
		needed = *err;
		prove.why = needed.detail;
	}
	if (proves && pool_put(shift->pool, &prove))
		result = job_call(shift, true, &stopped, err);
	if (result == CLIENT_OK && !job_read(job, err)) {
		json_decref(job->result);
		job->result = NULL;
		result = CLIENT_ERROR;
	}
	if (result == CLIENT_ERROR && stopped && err->code == ERROR_INTERRUPTED) {
		*err = ERROR_INIT;
		error_set(err, ERROR_INTERRUPTED, "interrupted");
		error_detail(err, job->unfinished
				      ? "Nothing is lost: what was begun is on record and goes on."
				      : "Nothing was changed.");
		error_hint(err, "credvault rotate %s", TEXT_WORD(job->name));
	}
	/*
	 * The hint is another try: AWS may be reachable then, and a try shows more than a network
	 * test.
	 */
	if (result == CLIENT_ERROR && err->code == ERROR_AWS_UNREACHABLE &&
	    strncmp(err->hint, "credvault ", 10) != 0)
		error_hint(err, "credvault rotate %s", TEXT_WORD(job->name));
	if (result == CLIENT_GONE || result == CLIENT_CUT) {
		error_detail(err, "Nothing is lost: what was begun is on record, and the next run "
				  "finishes it.");
		error_hint(err, "credvault rotate %s", TEXT_WORD(job->name));
	}
}

/* The body of a thread: one job after another, until none is left or the pool is stopped. */
static void *pool_thread(void *arg)
{
	struct rotation_pool *pool = arg;

	(void)pthread_mutex_lock(&pool->lock);
	while (!pool->stopped && pool->next < pool->count) {
		struct rotation_pool_job *job = &pool->jobs[pool->next++];
		struct shift shift = {pool, job};
		struct error err = ERROR_INIT;
		int64_t since = clock_boot_ms(pool->cli->clock);

		job->running = true;
		job->begun = true;
		(void)pthread_mutex_unlock(&pool->lock);
		job_rotate(&shift, &err);
		(void)pthread_mutex_lock(&pool->lock);
		job->took_ms = clock_boot_ms(pool->cli->clock) - since - job->asked_ms;
		job->running = false;
		job->ended = true;
		if (!job->result) {
			job->err = err;
			(void)error_profile(&job->err, job->name);
		}
		pool->ended++;
		progress_hide(pool->cli);
		pool->done(pool->ctx, job);
		pool_show(pool);
		(void)pthread_cond_broadcast(&pool->change);
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* Answers questions until no job runs and none will be begun. Called with the lock. */
static void pool_attend(struct rotation_pool *pool)
{
	while (pool->ended < (pool->stopped ? pool->next : pool->count)) {
		if (pool->open && !pool->open->done) {
			answer_question(pool, pool->open);
		} else {
			struct timespec until;

			(void)clock_gettime(CLOCK_MONOTONIC, &until);
			until.tv_nsec += (long)LOOK_MS * 1000000;
			if (until.tv_nsec >= 1000000000) {
				until.tv_sec++;
				until.tv_nsec -= 1000000000;
			}
			(void)pthread_cond_clockwait(&pool->change, &pool->lock, CLOCK_MONOTONIC,
						     &until);
		}
		if (interrupt_came() && !pool->stopped) {
			progress_hide(pool->cli);
			say_note(pool->cli,
				 "Stopping after the calls at hand; once more ends at once.");
			pool_stop(pool);
		}
		if (clock_boot_ms(pool->cli->clock) - pool->drawn_ms >= DRAW_MS)
			pool_show(pool);
	}
	progress_hide(pool->cli);
}

void rotation_pool_run(struct cli *cli, const struct rotation_pool_order *order,
		       struct rotation_pool_job *jobs, size_t count,
		       void (*done)(void *ctx, struct rotation_pool_job *job), void *ctx)
{
	struct rotation_pool pool = {.cli = cli,
				     .order = order,
				     .jobs = jobs,
				     .count = count,
				     .done = done,
				     .ctx = ctx,
				     .can_ask = ask_can_code(cli),
				     .proves = prove_is_given(cli),
				     .unicode = !ascii_is_wanted(),
				     .since_ms = clock_boot_ms(cli->clock),
				     .lock = PTHREAD_MUTEX_INITIALIZER,
				     .change = PTHREAD_COND_INITIALIZER};
	pthread_t threads[ROTATION_POOL_JOBS_MAX];
	struct interrupt interrupt;
	size_t wanted = order->jobs < count ? order->jobs : count, started = 0;
	sigset_t all, before;

	if (wanted > ROTATION_POOL_JOBS_MAX)
		wanted = ROTATION_POOL_JOBS_MAX;
	interrupt_watch(&interrupt);
	/* Signals are for the thread that called; the others start with all of them blocked. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	while (started < wanted && pthread_create(&threads[started], NULL, pool_thread, &pool) == 0)
		started++;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_mutex_lock(&pool.lock);
	if (started > 0)
		pool_attend(&pool);
	(void)pthread_mutex_unlock(&pool.lock);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	interrupt_end(&interrupt);
	for (size_t i = 0; i < count; i++) {
		if (jobs[i].ended)
			continue;
		(void)error_set(&jobs[i].err, pool.stopped ? ERROR_INTERRUPTED : ERROR_FAILED,
				pool.stopped ? "not begun" : "cannot start a thread");
		(void)error_profile(&jobs[i].err, jobs[i].name);
		jobs[i].ended = true;
		done(ctx, &jobs[i]);
	}
}
