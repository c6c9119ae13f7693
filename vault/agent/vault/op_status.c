/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/core/lock_state.h"
#include "vault/agent/view/key_view.h"
#include "vault/rotate/journal.h"
#include "vault/store/log/segment_prune.h"
#include "vault/store/store.h"
#include "vault/wire/tables/msg_status.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names, to be put in order. */
struct name_index {
	char **at;
	size_t count, room;
};

/* What is gathered for the answer, which borrows from it. */
struct rotation_sum {
	int64_t now;
	struct settings settings;
	size_t keys;
	struct name_index due, overdue, rotating, profiles;
	struct msg_session *sessions;
	struct refusals *refusals;
	bool failed;
};

static bool status_add_name(struct name_index *names, const char *name, struct error *err)
{
	char *copy = strdup(name);

	if (copy && names->count == names->room) {
		size_t room = names->room ? 2 * names->room : 16;
		char **at = realloc(names->at, room * sizeof(*at));

		if (at) {
			names->at = at;
			names->room = room;
		}
	}
	if (!copy || names->count == names->room) {
		free(copy);
		return error_set(err, ERROR_MEMORY, "out of memory");
	}
	names->at[names->count++] = copy;
	return true;
}

static void status_names_free(struct name_index *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->at[i]);
	free(names->at);
}

/* The profile's name is kept beside it, as the view lends it for the call alone. */
static void status_add_session(void *arg, const struct cache_view *view)
{
	struct rotation_sum *tally = arg;
	size_t count = tally->profiles.count;
	struct msg_session *more;
	struct error err;

	if (tally->failed || !status_add_name(&tally->profiles, view->profile, &err)) {
		tally->failed = true;
		return;
	}
	more = realloc(tally->sessions, (count + 1) * sizeof(*more));
	if (!more) {
		tally->failed = true;
		return;
	}
	tally->sessions = more;
	more[count] = (struct msg_session){
	    .profile = tally->profiles.at[count], .expires_at = view->expires_at, .mfa = view->mfa};
}

static struct msg_agent status_agent_view(struct agent *agent)
{
	struct msg_agent view = {.pid = getpid(),
				 .lock_on_sleep = !agent_settings(agent).through_sleep,
				 .unlocked_at = agent->unlocked_at,
				 .how = agent->how};

	(void)pthread_mutex_lock(&agent->lock);
	view.idle_at = limits_idle_at(&agent->limits, agent->clock);
	view.lock_at = limits_total_at(&agent->limits, agent->clock);
	(void)pthread_mutex_unlock(&agent->lock);
	return view;
}

static struct msg_emissions status_emissions(struct agent *agent)
{
	struct msg_emissions view;

	(void)pthread_mutex_lock(&agent->lock);
	view.left = emissions_left(&agent->emissions, agent->clock);
	view.refused = agent->emissions.refused;
	(void)pthread_mutex_unlock(&agent->lock);
	return view;
}

static bool status_count_key(void *arg, const struct access_key *key, const struct record_id *row,
			     struct error *err)
{
	struct rotation_sum *tally = arg;
	struct view_age age = view_age(key, &tally->settings, tally->now);

	(void)row;
	tally->keys++;
	return (!age.due && !age.overdue) ||
	       status_add_name(age.overdue ? &tally->overdue : &tally->due, key->name, err);
}

static int status_by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names that fit into an answer; `list` has all. */
static struct field_list status_names_list(struct name_index *names)
{
	if (names->count)
		qsort(names->at, names->count, sizeof(*names->at), status_by_name);
	return (struct field_list){
	    names->at, names->count < MSG_STATUS_NAMES_MAX ? names->count : MSG_STATUS_NAMES_MAX,
	    0};
}

static bool status_add_rotation(void *arg, const struct rotation_record *rotation,
				struct error *err)
{
	return status_add_name(arg, rotation->key_name, err);
}

static bool status_gather(struct agent *agent, bool locked, struct rotation_sum *tally,
			  struct error *err)
{
	cache_each(agent->cache, skews_now(agent->skews, agent->clock), status_add_session, tally);
	tally->refusals = lock_state_refusals(agent->denials);
	if (tally->failed || !tally->refusals)
		return error_set(err, ERROR_MEMORY, "out of memory");
	return locked || (view_each_key(agent, status_count_key, tally, err) &&
			  journal_each(agent->store, status_add_rotation, &tally->rotating, err));
}

static void status_gathered_clear(struct rotation_sum *tally)
{
	status_names_free(&tally->due);
	status_names_free(&tally->overdue);
	status_names_free(&tally->rotating);
	status_names_free(&tally->profiles);
	free(tally->sessions);
	free(tally->refusals);
}

static bool status_answer_whole(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	struct rotation_sum tally = {.now = clock_real_s(agent->clock),
				     .settings = agent_settings(agent)};
	struct msg_status status = {.pid = getpid(),
				    .version = CV_VERSION,
				    .vault = agent->vault,
				    .keys_locked = !store_has_record_keys(agent->store)};
	char id[2 * SEAL_ID_BYTES + 1];
	struct store_state state;
	bool ok = status_gather(agent, status.keys_locked, &tally, err) &&
		  store_state(agent->store, &state, err);

	if (ok) {
		text_hex(agent->vault_id, sizeof(agent->vault_id), id);
		status.vault_id = id;
		status.sessions = (struct field_list){tally.sessions, tally.profiles.count,
						      sizeof(*tally.sessions)};
		status.agent = status_agent_view(agent);
		status.generation = (int64_t)state.generation;
		status.log_entries = (int64_t)state.log_count;
		status.log = (struct msg_log_size){
		    .entries = (int64_t)(state.log_count + 1 - state.log_first),
		    .first = (int64_t)state.log_first,
		    .bytes = (int64_t)segment_log_bytes(agent->store)};
		status.emissions = status_emissions(agent);
		status.keys_known = !status.keys_locked;
		status.keys = (int64_t)tally.keys;
		status.due = status_names_list(&tally.due);
		status.overdue = status_names_list(&tally.overdue);
		status.rotating = (struct field_list){tally.rotating.at, tally.rotating.count, 0};
		status.refused = refusals_list(tally.refusals);
		if (status.keys_known && tally.settings.backup_to[0])
			status.backup_to = tally.settings.backup_to;
		ok = request_answer(request, MESSAGE(msg_status, &status), err);
	}
	status_gathered_clear(&tally);
	return ok;
}

bool op_status(struct request *request, struct error *err)
{
	const struct msg_status brief = {.pid = getpid(), .version = CV_VERSION};

	if (request->foreign)
		return request_answer(request, MESSAGE(msg_status_brief, &brief), err);
	return fields_read(&msg_nothing, request->args, NULL, err) &&
	       status_answer_whole(request, err);
}
