/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/agent.h"

#include "vault/agent/core/agent_record.h"
#include "vault/agent/core/lock_state.h"
#include "vault/audit/append.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/seal/header/header.h"
#include "vault/store/rows/rows.h"
#include "vault/store/store.h"
#include "vault/store/change/witnessed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PURGE_EVERY_MS = 300000 };

bool agent_init(struct agent *agent, const struct clock *clock, struct error *err)
{
	memset(agent, 0, sizeof(*agent));
	agent->clock = clock;
	agent->sources = &sources_all;
	agent->listens = true;
	agent->uid = getuid();
	(void)pthread_mutex_init(&agent->lock, NULL);
	(void)pthread_cond_init(&agent->quiet, NULL);
	idle_connections_init(&agent->idlers);
	peers_init(&agent->peers);
	(void)pthread_mutex_init(&agent->config_turn, NULL);
	settings_init(&agent->settings);
	agent->authorities = (struct sealed_authorities)SEALED_AUTHORITIES_INIT;
	emissions_start(&agent->emissions, clock);
	return cache_new(&agent->cache, err) && flights_new(clock, &agent->flights, err) &&
	       denials_new(clock, &agent->denials, err) && skews_new(&agent->skews, err) &&
	       paces_new(&agent->paces, err) && key_use_new(&agent->usages, err) &&
	       rotation_holds_new(&agent->rotations, err) && known_requests_new(&agent->known, err);
}

/* Frees what holds secrets and closes the store, which writes the file for the last time. */
static void agent_wipe(struct agent *agent)
{
	struct error err = ERROR_INIT;

	keys_clear(&agent->keys);
	cache_free(agent->cache);
	agent->cache = NULL;
	idle_origins_clear(&agent->idle_origins);
	(void)store_close(agent->store, &err);
	agent->store = NULL;
}

void agent_clear(struct agent *agent)
{
	agent_wipe(agent);
	flights_free(agent->flights);
	denials_free(agent->denials);
	skews_free(agent->skews);
	paces_free(agent->paces);
	key_use_free(agent->usages);
	rotation_holds_free(agent->rotations);
	broker_free(agent->broker);
	idle_connections_clear(&agent->idlers);
	peers_clear(&agent->peers);
	known_requests_free(agent->known);
	sealed_authorities_clear(&agent->authorities);
	(void)pthread_mutex_destroy(&agent->config_turn);
	(void)pthread_cond_destroy(&agent->quiet);
	(void)pthread_mutex_destroy(&agent->lock);
	memset(agent, 0, sizeof(*agent));
}

bool agent_enter(struct agent *agent, struct error *err)
{
	bool open;

	(void)pthread_mutex_lock(&agent->lock);
	open = !agent->closing;
	agent->inside += open;
	(void)pthread_mutex_unlock(&agent->lock);
	if (open)
		return true;
	error_set(err, ERROR_LOCKED, "the vault was locked meanwhile");
	return error_hint(err, "credvault unlock");
}

void agent_leave(struct agent *agent)
{
	(void)pthread_mutex_lock(&agent->lock);
	if (--agent->inside == 0)
		(void)pthread_cond_broadcast(&agent->quiet);
	(void)pthread_mutex_unlock(&agent->lock);
}

static _Noreturn void agent_park(void)
{
	for (;;)
		(void)pause();
}

void agent_reenter(struct agent *agent)
{
	struct error err = ERROR_INIT;

	if (!agent_enter(agent, &err))
		agent_park();
}

bool agent_has_socket(const struct agent *agent)
{
	struct stat st;

	return lstat(agent->socket, &st) == 0 && st.st_dev == agent->socket_device &&
	       st.st_ino == agent->socket_inode;
}

bool agent_is_unlocked(struct agent *agent)
{
	bool unlocked;

	(void)pthread_mutex_lock(&agent->lock);
	unlocked = agent->unlocked;
	(void)pthread_mutex_unlock(&agent->lock);
	return unlocked;
}

void agent_touch(struct agent *agent)
{
	(void)pthread_mutex_lock(&agent->lock);
	limits_touch(&agent->limits, agent->clock);
	(void)pthread_mutex_unlock(&agent->lock);
}

struct settings agent_settings(struct agent *agent)
{
	struct settings settings;

	(void)pthread_mutex_lock(&agent->lock);
	settings = agent->settings;
	(void)pthread_mutex_unlock(&agent->lock);
	return settings;
}

void agent_set_settings(struct agent *agent, const struct settings *settings)
{
	struct settings *now = &agent->settings;

	(void)pthread_mutex_lock(&agent->lock);
	limits_change(&agent->limits, agent->clock,
		      agent->own_idle || now->idle_s == settings->idle_s ? 0 : settings->idle_s,
		      agent->own_total || now->limit_s == settings->limit_s ? 0
									    : settings->limit_s);
	limits_through_sleep(&agent->limits, agent->clock, settings->through_sleep);
	*now = *settings;
	(void)pthread_mutex_unlock(&agent->lock);
}

/* An entry that no client asked for. Where it cannot be written, the agent goes on. */
static void agent_log(struct agent *agent, enum audit_op op, const char *what)
{
	struct audit_entry entry = audit_entry_at(op, agent->clock);
	struct error err = ERROR_INIT;

	audit_about(&entry, NULL, NULL, what);
	(void)!audit_record(agent->store, &entry, &err);
}

static void agent_record_denials(struct agent *agent, bool all)
{
	struct denial denial;

	while (denials_due(agent->denials, all, &denial)) {
		struct audit_entry entry = audit_entry_at(AUDIT_OP_DENIED, agent->clock);
		struct error err = ERROR_INIT;

		audit_about(&entry, denial.profile, NULL, NULL);
		audit_failed(&entry, denial.code);
		(void)snprintf(entry.what, sizeof(entry.what), "%lld more like it",
			       (long long)denial.held);
		(void)!audit_record(agent->store, &entry, &err);
	}
}

static void agent_drop_record_keys(struct agent *agent)
{
	struct idle_origins origins = {.at = NULL};
	struct error err = ERROR_INIT;
	bool had, first;

	if (!agent_enter(agent, &err))
		return;
	had = store_has_record_keys(agent->store);
	if (had) {
		idle_origins_gather(&origins, agent->store, agent->sources, agent->cache,
				    skews_now(agent->skews, agent->clock));
		(void)pthread_mutex_lock(&agent->lock);
		first = !agent->idle;
		agent->idle = true;
		if (first)
			agent->idle_origins = origins;
		(void)pthread_mutex_unlock(&agent->lock);
		if (!first)
			idle_origins_clear(&origins);
		store_drop_record_keys(agent->store);
		agent_log(agent, AUDIT_OP_IDLE, "keys to records locked");
	}
	agent_leave(agent);
}

bool agent_idle_origin(struct agent *agent, const struct plan *plan, struct origin *out)
{
	bool found;

	(void)pthread_mutex_lock(&agent->lock);
	found = agent->idle && idle_origins_find(&agent->idle_origins, plan, out);
	(void)pthread_mutex_unlock(&agent->lock);
	return found;
}

void agent_check_limits(struct agent *agent)
{
	enum limits_verdict verdict = LIMITS_NONE;

	(void)pthread_mutex_lock(&agent->lock);
	if (agent->unlocked && !agent->closing)
		verdict = limits_check(&agent->limits, agent->clock);
	(void)pthread_mutex_unlock(&agent->lock);
	switch (verdict) {
	case LIMITS_NONE: return;
	case LIMITS_IDLE: agent_drop_record_keys(agent); return;
	case LIMITS_TOTAL: agent_end(agent, "limit"); break;
	case LIMITS_SLEPT: agent_end(agent, "sleep"); break;
	}
	agent_exit();
}

/*
 * Waits a while for the requests within the gate to end; a hung disk must not keep the keys alive.
 */
static bool agent_drain(struct agent *agent)
{
	struct timespec until;
	bool quiet;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += AGENT_DRAIN_MS / 1000;
	while (agent->inside > 0 &&
	       pthread_cond_timedwait(&agent->quiet, &agent->lock, &until) != ETIMEDOUT)
		;
	quiet = agent->inside == 0;
	return quiet;
}

void agent_end(struct agent *agent, const char *why)
{
	struct error err = ERROR_INIT;
	bool first, quiet, unlocked;

	(void)pthread_mutex_lock(&agent->lock);
	first = !agent->closing;
	agent->closing = true;
	unlocked = agent->unlocked;
	if (!first) {
		(void)pthread_mutex_unlock(&agent->lock);
		agent_park();
	}
	/* The alarm ends the process, and with it the keys, even where a call below hangs. */
	(void)alarm(AGENT_END_S);
	/*
	 * The reason is written before the socket's name goes: a client that finds no agent finds
	 * the reason.
	 */
	if (unlocked)
		(void)!lock_state_write(agent->socket, why, clock_real_s(agent->clock),
					agent->denials, &err);
	if (unlocked && agent->listens && agent_has_socket(agent))
		(void)unlink(agent->socket);
	(void)pthread_mutex_unlock(&agent->lock);
	/* On record before anybody is waited for. */
	if (unlocked) {
		agent_record_denials(agent, true);
		agent_log(agent, AUDIT_OP_LOCK, why);
	}
	(void)pthread_mutex_lock(&agent->lock);
	quiet = agent_drain(agent);
	(void)pthread_mutex_unlock(&agent->lock);
	/* The record goes while the file is held: no other agent has written its own by then. */
	if (!quiet) {
		if (unlocked)
			(void)!lock_state_write(agent->socket, why, clock_real_s(agent->clock),
						agent->denials, &err);
		if (unlocked && agent->listens)
			agent_record_remove(agent->vault);
		return;
	}
	if (unlocked) {
		key_use_flush(agent->usages, agent->store);
		if (agent->listens)
			agent_record_remove(agent->vault);
	}
	agent_wipe(agent);
	if (unlocked)
		(void)!lock_state_write(agent->socket, why, clock_real_s(agent->clock),
					agent->denials, &err);
}

_Noreturn void agent_exit(void)
{
	_exit(0);
}

/* The rows of ended sessions are deleted now and then, many at a time. */
static void agent_purge(struct agent *agent)
{
	const struct cache_filter filter = {.ended_at = skews_now(agent->skews, agent->clock)};
	struct cache_names names = {.at = NULL};
	struct error err = ERROR_INIT;
	int64_t now = clock_boot_ms(agent->clock);
	bool due;

	(void)pthread_mutex_lock(&agent->lock);
	due = now >= agent->purge_at_ms;
	if (due)
		agent->purge_at_ms = now + PURGE_EVERY_MS;
	(void)pthread_mutex_unlock(&agent->lock);
	if (due && cache_drop(agent->cache, &filter, &names, &err) && names.count)
		(void)!cache_remove_rows(agent->store, &names, &err);
	cache_names_clear(&names);
}

bool agent_erase_retired(struct agent *agent, struct error *err)
{
	struct error why = ERROR_INIT;
	bool erased = store_checkpoint(agent->store, &why);

	agent->erase_due = !erased;
	if (erased)
		return true;
	error_set(err, ERROR_IO, "the old key could not be erased from the vault's journal yet");
	error_detail(err, "%s.", why.message);
	return error_detail(err, "The change itself is made. Erasing is tried again every few "
				 "seconds, and when the vault is locked.");
}

void agent_tick(struct agent *agent)
{
	struct error err = ERROR_INIT;

	agent_check_limits(agent);
	idle_connections_expire(&agent->idlers, clock_boot_ms(agent->clock) - IDLE_CONNECTIONS_MS);
	if (!agent_is_unlocked(agent) || !agent_enter(agent, &err))
		return;
	agent_record_denials(agent, false);
	agent_purge(agent);
	/* Stores in the witness how far the log has grown since the last commit's mark. */
	(void)!store_mark(agent->store, &err);
	store_prefill(agent->store);
	if (agent->erase_due && store_checkpoint(agent->store, &err))
		agent->erase_due = false;
	if (denials_changed(agent->denials))
		(void)!lock_state_write(agent->socket, NULL, 0, agent->denials, &err);
	agent_leave(agent);
}

void agent_connection(struct agent *agent)
{
	(void)pthread_mutex_lock(&agent->lock);
	agent->connections++;
	(void)pthread_mutex_unlock(&agent->lock);
}

void agent_disconnect(struct agent *agent)
{
	bool last;

	(void)pthread_mutex_lock(&agent->lock);
	last = --agent->connections == 0 && !(agent->unlocked && agent->resident);
	(void)pthread_mutex_unlock(&agent->lock);
	if (!last)
		return;
	agent_end(agent, "its last connection ended");
	agent_exit();
}
