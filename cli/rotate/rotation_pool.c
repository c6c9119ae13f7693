/* SPDX-License-Identifier: MIT */
#include "cli/rotate/rotation_pool.h"

#include "cli/vault/answer.h"
#include "cli/ui/ask.h"
#include "cli/ui/bar.h"
#include "cli/rotate/hook.h"
#include "cli/ui/interrupt.h"
#include "cli/ui/progress.h"
#include "cli/show/rotation_show.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 200, DRAW_MS = 1000, SECOND_MS = 1000 };

/* What a thread wants of a person. */
struct question {
	struct rotation_pool_job *job;
	const json_t *ask;
	const struct buf *request;
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
	bool can_ask, stopped, unicode;
	int64_t since_ms, drawn_ms;
	pthread_mutex_t lock; /* what is printed, the jobs' outcomes, and all of this */
	pthread_cond_t change;
	struct question *open;
};

/* A job in its thread. */
struct shift {
	struct rotation_pool *pool;
	struct rotation_pool_job *job;
};

/* --- what is seen ----------------------------------------------------------------------------- */

static const char *doing(const struct rotation_pool_job *job, int64_t now)
{
	static const char *const words[][2] = {
	    {"create", "creating"},   {"prove", "proving"},   {"distribute", "handing out"},
	    {"promote", "promoting"}, {"undo", "undoing"},    {"deactivate", "switching off"},
	    {"abort", "taking back"}, {"delete", "deleting"},
	};

	if (now < job->waits_until_ms)
		return job->waits_for;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(job->step, words[i][0]) == 0)
			return words[i][1];
	}
	return job->step[0] ? job->step : "looking";
}

static void draw_many(const struct rotation_pool *pool, int64_t now, char line[static BAR_BYTES])
{
	struct bar bar = {.done = pool->ended,
			  .count = pool->count,
			  .elapsed_ms = now - pool->since_ms,
			  .columns = progress_columns(),
			  .unicode = pool->unicode};

	for (size_t i = 0; i < pool->next && bar.busy_count < BAR_BUSY_MAX; i++) {
		const struct rotation_pool_job *job = &pool->jobs[i];

		if (job->running)
			bar.busy[bar.busy_count++] = (struct bar_busy){job->name, doing(job, now)};
	}
	bar_many(&bar, line);
}

/* Of the only one. */
static bool draw_one(const struct rotation_pool *pool, int64_t now, char line[static BAR_BYTES])
{
	const struct rotation_pool_job *job = &pool->jobs[0];

	if (!job->running)
		return false;
	if (now < job->waits_until_ms)
		(void)snprintf(line, BAR_BYTES, "  %s", job->waits_for);
	else if (job->proof_wait_ms > 0)
		bar_proving(job->proved, now - job->proof_since_ms, job->proof_wait_ms,
			    pool->unicode, line);
	else
		return false;
	return true;
}

/* Called with the lock. */
static void show(struct rotation_pool *pool)
{
	char line[BAR_BYTES];
	int64_t now = clock_boot_ms(pool->cli->clock);

	pool->drawn_ms = now;
	if (!progress_is_seen(pool->cli))
		return;
	if (pool->order->tell) {
		if (draw_one(pool, now, line))
			progress_show(pool->cli, line);
	} else if (pool->ended < pool->count) {
		draw_many(pool, now, line);
		progress_show(pool->cli, line);
	}
}

/* --- what the agent says ---------------------------------------------------------------------- */

static void keep(json_t **at, json_t *value)
{
	json_decref(*at);
	*at = json_deep_copy(value);
}

static void told_step(struct rotation_pool *pool, struct rotation_pool_job *job,
		      const json_t *event)
{
	if (pool->order->tell) {
		progress_hide(pool->cli);
		rotation_show_step(pool->cli, job->step, event);
	}
	(void)snprintf(job->step, sizeof(job->step), "%s", json_text_of(event, "step"));
	job->waits_until_ms = job->proof_wait_ms = 0;
}

static int64_t seconds_of(const json_t *event, const char *member)
{
	return json_integer_value(json_object_get(event, member));
}

static void told_proving(const struct rotation_pool *pool, struct rotation_pool_job *job,
			 const json_t *event)
{
	job->proved = (int)seconds_of(event, "proved");
	job->proof_wait_ms = seconds_of(event, "wait_s") * SECOND_MS;
	job->proof_since_ms = clock_boot_ms(pool->cli->clock);
}

static void told_wait(const struct rotation_pool *pool, struct rotation_pool_job *job,
		      const json_t *event)
{
	(void)snprintf(job->waits_for, sizeof(job->waits_for), "waiting for %.32s",
		       json_text_of(event, "for"));
	job->waits_until_ms = clock_boot_ms(pool->cli->clock) +
			      seconds_of(event, "wait_s") * SECOND_MS;
}

static bool on_event(void *ctx, const json_t *event, struct error *err)
{
	const struct shift *shift = ctx;
	struct rotation_pool *pool = shift->pool;
	const char *what = json_text_of(event, "what");

	(void)err;
	(void)pthread_mutex_lock(&pool->lock);
	if (strcmp(what, "plan") == 0) {
		keep(&shift->job->plan, (json_t *)(uintptr_t)event);
		progress_hide(pool->cli);
		rotation_show_use(pool->cli, event);
	} else if (strcmp(what, "unfinished") == 0) {
		keep(&shift->job->unfinished, json_object_get(event, "rotation"));
	} else if (strcmp(what, "step") == 0) {
		told_step(pool, shift->job, event);
	} else if (strcmp(what, "proving") == 0) {
		told_proving(pool, shift->job, event);
	} else if (strcmp(what, "waiting") == 0) {
		told_wait(pool, shift->job, event);
	}
	show(pool);
	(void)pthread_mutex_unlock(&pool->lock);
	return true;
}

/* --- what the agent asks ---------------------------------------------------------------------- */

/* What runs ends after the call at hand, and says where it stands; nothing is begun any more. */
static void stop(struct rotation_pool *pool)
{
	pool->stopped = true;
	for (size_t i = 0; i < pool->next; i++) {
		if (pool->jobs[i].running && pool->jobs[i].client)
			client_stop(pool->jobs[i].client);
	}
}

static bool answer_plan(struct rotation_pool *pool, struct question *q)
{
	/*
	 * A key that somebody has a copy of breaks things when it goes: that wants a word, not an
	 * Enter.
	 */
	bool explained = !json_is_object(json_object_get(q->ask, "unexplained_use")), go = false;

	keep(&q->job->plan, (json_t *)(uintptr_t)q->ask);
	rotation_show_plan(pool->cli, q->ask);
	if (!ask_confirm(pool->cli, "Go?", explained, &go, q->err))
		return false;
	*q->answer = json_pack("{s:b}", "go", go);
	return *q->answer || error_set(q->err, ERROR_MEMORY, "out of memory");
}

/* In the thread that called, which alone may sit at the terminal. */
static void answer(struct rotation_pool *pool, struct question *q)
{
	int64_t since = clock_boot_ms(pool->cli->clock);

	progress_hide(pool->cli);
	/* Nobody is asked any more: the others' questions may have stood in line already. */
	if (pool->stopped)
		q->ok = error_set(q->err, ERROR_INTERRUPTED, "interrupted");
	else if (strcmp(json_text_of(q->ask, "kind"), "rotate") == 0)
		q->ok = answer_plan(pool, q);
	else
		q->ok = answer_ask(pool->cli, q->job->mfa_process, q->ask, q->request, q->answer,
				   q->err);
	q->job->asked_ms += clock_boot_ms(pool->cli->clock) - since;
	/* Whoever interrupts a question means all of it. */
	if (!q->ok && q->err->code == ERROR_INTERRUPTED)
		stop(pool);
}

/* Its first word names a hook; the rest may be anything. */
static void note_hook(struct rotation_pool_job *job, const char *command)
{
	size_t len = strcspn(command, " \t");
	const char *name = command + len;

	while (name > command && name[-1] != '/')
		name--;
	text_append(job->hooked, sizeof(job->hooked), "%s%.*s ok", job->hooked[0] ? ", " : "",
		    (int)(command + len - name), name);
}

static bool answer_hook(struct rotation_pool *pool, struct rotation_pool_job *job,
			const json_t *ask, json_t **answer, struct error *err)
{
	if (!hook_answer(ask, answer, err))
		return false;
	(void)pthread_mutex_lock(&pool->lock);
	if (json_is_true(json_object_get(*answer, "acknowledged")))
		note_hook(job, json_text_of(ask, "command"));
	(void)pthread_mutex_unlock(&pool->lock);
	return true;
}

static bool on_ask(void *ctx, const json_t *ask, const struct buf *request, json_t **answer_out,
		   struct error *err)
{
	const struct shift *shift = ctx;
	struct rotation_pool *pool = shift->pool;
	struct question q = {
	    .job = shift->job, .ask = ask, .request = request, .answer = answer_out, .err = err};

	*answer_out = NULL;
	if (strcmp(json_text_of(ask, "kind"), "hook") == 0)
		return answer_hook(pool, shift->job, ask, answer_out, err);
	(void)pthread_mutex_lock(&pool->lock);
	while (pool->open)
		(void)pthread_cond_wait(&pool->change, &pool->lock);
	pool->open = &q;
	(void)pthread_cond_broadcast(&pool->change);
	while (!q.done)
		(void)pthread_cond_wait(&pool->change, &pool->lock);
	pool->open = NULL;
	(void)pthread_cond_broadcast(&pool->change);
	(void)pthread_mutex_unlock(&pool->lock);
	return q.ok;
}

/* --- one job ---------------------------------------------------------------------------------- */

static bool put_some(json_t *object, const char *key, const char *text, struct error *err)
{
	return !text || !*text || json_put_text(object, key, text, err);
}

static bool make_args(const struct rotation_pool *pool, const struct rotation_pool_job *job,
		      json_t **args, struct error *err)
{
	const struct rotation_pool_order *order = pool->order;

	*args = json_object();
	if (json_put_text(*args, "name", job->name, err) &&
	    json_put_text(*args, "act", job->act, err) &&
	    put_some(*args, "retire", order->retire, err) &&
	    (!order->idle_s || json_put(*args, "idle_s", json_integer(order->idle_s), err)) &&
	    (order->grace_s < 0 || json_put(*args, "grace_s", json_integer(order->grace_s), err)) &&
	    (!order->hooks || json_put(*args, "hooks", json_deep_copy(order->hooks), err)) &&
	    put_some(*args, "delete_key", order->delete_key, err) &&
	    put_some(*args, "region", job->region, err) &&
	    put_some(*args, "endpoint", job->endpoint, err) &&
	    plan_proxy_to_json(&job->proxy, *args, err) &&
	    json_put(*args, "keep_orphan", json_boolean(order->keep_orphan), err) &&
	    json_put(*args, "confirm", json_boolean(order->confirm), err) &&
	    json_put(*args, "can_ask", json_boolean(job->mfa_process || pool->can_ask), err))
		return true;
	json_decref(*args);
	*args = NULL;
	return false;
}

/* Who may be told to stop, but not while the connection is being closed. True: all were. */
static bool reach(struct rotation_pool *pool, struct rotation_pool_job *job,
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

static void work(struct shift *shift, struct error *err)
{
	const struct client_handler handler = {.event = on_event, .ask = on_ask, .ctx = shift};
	struct rotation_pool_job *job = shift->job;
	struct client client = CLIENT_EMPTY;
	enum client_result result;
	json_t *args = NULL;
	bool absent = false, stopped;

	if (!make_args(shift->pool, job, &args, err))
		return;
	if (!client_connect(shift->pool->cli->socket, &client, &absent, err) || absent) {
		json_decref(args);
		if (absent)
			error_set(err, ERROR_LOCKED, "the vault was locked meanwhile");
		return;
	}
	(void)reach(shift->pool, job, &client);
	result = client_call(&client, "rotate", args, &handler, &job->result, err);
	stopped = reach(shift->pool, job, NULL);
	client_close(&client);
	if (result == CLIENT_ERROR && stopped && err->code == ERROR_INTERRUPTED) {
		*err = ERROR_INIT;
		error_set(err, ERROR_INTERRUPTED, "interrupted");
		error_detail(err, job->unfinished
				      ? "Nothing is lost: what was begun is on record and goes on."
				      : "Nothing was changed.");
		error_hint(err, "credvault rotate %s", job->name);
	}
	/* Who cannot be reached now may be later. */
	if (result == CLIENT_ERROR && err->code == ERROR_AWS_UNREACHABLE && !err->hint[0])
		error_hint(err, "credvault rotate %s", job->name);
	if (result != CLIENT_GONE)
		return;
	error_detail(err, "Nothing is lost: what was begun is on record, and the next run "
			  "finishes it.");
	error_hint(err, "credvault rotate %s", job->name);
}

static void run_job(struct rotation_pool *pool, struct rotation_pool_job *job)
{
	struct shift shift = {pool, job};
	struct error err = ERROR_INIT;
	int64_t since = clock_boot_ms(pool->cli->clock);

	work(&shift, &err);
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
	show(pool);
	(void)pthread_cond_broadcast(&pool->change);
	(void)pthread_mutex_unlock(&pool->lock);
}

static struct rotation_pool_job *take(struct rotation_pool *pool)
{
	struct rotation_pool_job *job = NULL;

	(void)pthread_mutex_lock(&pool->lock);
	if (!pool->stopped && pool->next < pool->count) {
		job = &pool->jobs[pool->next++];
		job->running = true;
		job->begun = true;
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return job;
}

static void *thread(void *arg)
{
	struct rotation_pool *pool = arg;
	struct rotation_pool_job *job;

	while ((job = take(pool)))
		run_job(pool, job);
	return NULL;
}

/* For a moment, or until something has changed. */
static void wait_a_little(struct rotation_pool *pool)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)LOOK_MS * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_cond_clockwait(&pool->change, &pool->lock, CLOCK_MONOTONIC, &until);
}

static void look_around(struct rotation_pool *pool)
{
	if (interrupt_came() && !pool->stopped) {
		progress_hide(pool->cli);
		say_note(pool->cli, "Stopping after the calls at hand; once more ends at once.");
		stop(pool);
	}
	if (clock_boot_ms(pool->cli->clock) - pool->drawn_ms >= DRAW_MS)
		show(pool);
}

/* Until nothing runs and nothing will; called with the lock. */
static void attend(struct rotation_pool *pool)
{
	while (pool->ended < (pool->stopped ? pool->next : pool->count)) {
		struct question *q = pool->open;

		if (q && !q->done) {
			answer(pool, q);
			q->done = true;
			(void)pthread_cond_broadcast(&pool->change);
			show(pool);
		} else {
			wait_a_little(pool);
		}
		look_around(pool);
	}
	progress_hide(pool->cli);
}

/* With every signal blocked: they are for the thread that called. */
static size_t start(struct rotation_pool *pool, pthread_t *threads, size_t wanted)
{
	sigset_t all, before;
	size_t started = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	while (started < wanted && pthread_create(&threads[started], NULL, thread, pool) == 0)
		started++;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
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
				     .unicode = progress_is_unicode(),
				     .since_ms = clock_boot_ms(cli->clock),
				     .lock = PTHREAD_MUTEX_INITIALIZER,
				     .change = PTHREAD_COND_INITIALIZER};
	pthread_t threads[ROTATION_POOL_JOBS_MAX];
	struct interrupt interrupt;
	size_t wanted = order->jobs < count ? order->jobs : count;
	size_t started;

	interrupt_watch(&interrupt);
	started = start(&pool, threads,
			wanted < ROTATION_POOL_JOBS_MAX ? wanted : ROTATION_POOL_JOBS_MAX);
	(void)pthread_mutex_lock(&pool.lock);
	if (started > 0)
		attend(&pool);
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
