/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/key_view.h"

#include "vault/agent/view/retiring.h"
#include "vault/aws/endpoint.h"
#include "vault/base/text.h"
#include "vault/rotate/journal.h"
#include "vault/seal/header/header.h"
#include "vault/store/rows/rows.h"
#include "vault/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct view_age view_age(const struct access_key *key, const struct settings *settings, int64_t now)
{
	struct view_age age = {.max_age_s = key->ageless     ? 0
					    : key->max_age_s ? key->max_age_s
							     : settings->max_age_s};
	int64_t lead = age.max_age_s / SETTINGS_LEAD_TENTH;

	if (age.max_age_s == 0)
		return age;
	/* A key of unknown age is shown as due. */
	age.due = key->created_at == 0;
	if (age.due)
		return age;
	if (lead > settings->lead_s)
		lead = settings->lead_s;
	age.due_at = key->created_at + age.max_age_s;
	age.due = now >= age.due_at - lead;
	age.overdue = now > age.due_at;
	return age;
}

static int64_t view_days_of(bool known, int64_t seconds)
{
	return !known ? -1 : seconds < 0 ? 0 : seconds / VIEW_DAY_S;
}

static const char *place(const struct access_key *key)
{
	switch (key->endpoint_class) {
	case ACCESS_KEY_AT_AWS: return endpoint_class_name(ENDPOINT_AWS);
	case ACCESS_KEY_AT_HOST: return key->endpoint_host;
	default: return endpoint_class_name(ENDPOINT_LOOPBACK);
	}
}

struct msg_key view_key(const struct access_key *key, const struct view_at *at)
{
	struct view_age age = view_age(key, &at->settings, at->now);

	return (struct msg_key){
	    .name = key->name,
	    .access_key_id = key->access_key_id,
	    .account_id = key->account_id,
	    .user_name = key->user_name,
	    .arn = key->arn,
	    .root = arn_is_root(key->arn),
	    .region = key->region,
	    .mfa_serial = key->mfa_serial,
	    .mfa_required = key->mfa_required,
	    .created_at = key->created_at,
	    .rotated_at = key->rotated_at,
	    .age_days = view_days_of(key->created_at != 0, at->now - key->created_at),
	    .max_age_days = view_days_of(age.max_age_s != 0, age.max_age_s),
	    .due_at = age.due_at,
	    .due = age.due,
	    .overdue = age.overdue,
	    .retire = (enum msg_retire)key->retire,
	    .idle_s = key->idle_s,
	    .hooks.text = key->hooks[0] ? key->hooks : "[]",
	    .last_emitted_at = at->used_at,
	    .session_expires_at = at->session_at,
	    .rotating = at->rotating,
	    .note = key->note,
	    .endpoint = place(key),
	};
}

struct until {
	const char *key_name;
	int64_t at;
};

static void view_latest(void *arg, const struct cache_view *view)
{
	struct until *until = arg;

	if (!view->role && strcmp(view->key_name, until->key_name) == 0 &&
	    view->expires_at > until->at)
		until->at = view->expires_at;
}

static bool view_note_rotation(void *arg, const struct rotation_record *rotation, struct error *err)
{
	struct view_rotations *rotations = arg;
	const char *const ids[] = {rotation->name, rotation->new_access_key_id};
	struct view_rotation *more;

	if (rotations->count + 2 > rotations->room) {
		rotations->room = 2 * rotations->room + 16;
		more = realloc(rotations->at, rotations->room * sizeof(*more));
		if (!more)
			return error_set(err, ERROR_MEMORY, "out of memory");
		rotations->at = more;
	}
	for (size_t i = 0; i < 2; i++) {
		more = &rotations->at[rotations->count++];
		(void)snprintf(more->access_key_id, sizeof(more->access_key_id), "%s", ids[i]);
		more->step = rotation_record_step_name(rotation->step);
	}
	return true;
}

static int view_by_id(const void *a, const void *b)
{
	return strcmp(((const struct view_rotation *)a)->access_key_id,
		      ((const struct view_rotation *)b)->access_key_id);
}

bool view_rotations_read(struct agent *agent, struct view_rotations *out, struct error *err)
{
	*out = (struct view_rotations){.at = NULL};
	if (!journal_each(agent->store, view_note_rotation, out, err))
		return false;
	if (out->count)
		qsort(out->at, out->count, sizeof(*out->at), view_by_id);
	return true;
}

void view_rotations_clear(struct view_rotations *rotations)
{
	free(rotations->at);
	*rotations = (struct view_rotations){.at = NULL};
}

const char *view_rotation_step(const struct view_rotations *rotations, const struct access_key *key)
{
	struct view_rotation wanted;
	const struct view_rotation *found;

	(void)snprintf(wanted.access_key_id, sizeof(wanted.access_key_id), "%s",
		       key->access_key_id);
	found = rotations->count ? bsearch(&wanted, rotations->at, rotations->count,
					   sizeof(*rotations->at), view_by_id)
				 : NULL;
	return found ? found->step : NULL;
}

bool view_key_answer(struct request *request, const struct access_key *key,
		     const struct record_id *row, const struct fields *fields, struct error *err)
{
	struct agent *agent = request->agent;
	struct view_at at = {.now = clock_real_s(agent->clock), .settings = agent_settings(agent)};
	struct view_rotations rotations = {.at = NULL};
	struct until session = {.key_name = key->name};
	struct msg_key view;
	bool ok;

	ok = key_use_last(agent->usages, agent->store, row->id, &at.used_at, err) &&
	     view_rotations_read(agent, &rotations, err);
	if (ok) {
		cache_each(agent->cache, skews_now(agent->skews, agent->clock), view_latest,
			   &session);
		at.session_at = session.at;
		at.rotating = view_rotation_step(&rotations, key);
		view = view_key(key, &at);
		ok = fields_write(fields, &view, &request->text, err);
	}
	view_rotations_clear(&rotations);
	return ok;
}

bool view_inspection(struct request *request, const struct inspection *inspection,
		     struct error *err)
{
	const char *problems[INSPECTION_PROBLEMS];
	const struct msg_inspection answer = {
	    .ok = inspection->count == 0,
	    .told = inspection->told,
	    .generation = (int64_t)inspection->generation,
	    .records = (int64_t)inspection->records,
	    .log_entries = (int64_t)inspection->log_entries,
	    .problems = {problems, inspection->count, 0},
	};

	for (size_t i = 0; i < inspection->count; i++)
		problems[i] = inspection->problems[i];
	return request_answer(request, MESSAGE(msg_inspection, &answer), err);
}

struct walk {
	view_key_fn *fn;
	void *arg;
	struct access_key key;
};

static bool view_visit(void *arg, const struct record_id *id, const struct buf *plain,
		       struct error *err)
{
	struct walk *walk = arg;

	if (!access_key_decode(plain->data, plain->len, &walk->key, err))
		return false;
	secret_clear(&walk->key.secret);
	return walk->fn(walk->arg, &walk->key, id, err);
}

bool view_each_key(struct agent *agent, view_key_fn *fn, void *arg, struct error *err)
{
	struct walk walk = {.fn = fn, .arg = arg};
	bool ok;

	access_key_init(&walk.key);
	ok = row_each(agent->store, TABLE_KEY, view_visit, &walk, err);
	access_key_clear(&walk.key);
	return ok;
}
