/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/key_view.h"

#include "vault/agent/view/retiring.h"
#include "vault/aws/endpoint.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/rotate/journal.h"
#include "vault/seal/header/header.h"
#include "vault/store/rows/rows.h"
#include "vault/store/store.h"

#include <string.h>

struct view_age view_age(const struct access_key *key, const struct settings *settings, int64_t now)
{
	struct view_age age = {.max_age_s = key->ageless     ? 0
					    : key->max_age_s ? key->max_age_s
							     : settings->max_age_s};
	int64_t lead = age.max_age_s / SETTINGS_LEAD_TENTH;

	if (age.max_age_s == 0)
		return age;
	/* How old it is nobody knows: better look now. */
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

static bool member(struct buf *out, const char *name, const char *text, struct error *err)
{
	return buf_text_append(out, name, err) && json_append_text(text, out, err);
}

static bool known(struct buf *out, const char *name, const char *text, struct error *err)
{
	return member(out, name, text[0] ? text : NULL, err);
}

static bool moment(struct buf *out, const char *name, int64_t unix_seconds, struct error *err)
{
	char text[TEXT_TIME_BYTES];

	if (unix_seconds)
		text_format_time(unix_seconds, text);
	return member(out, name, unix_seconds ? text : NULL, err);
}

static bool flag(struct buf *out, const char *name, bool is, struct error *err)
{
	return buf_text_append(out, name, err) && buf_text_append(out, is ? "true" : "false", err);
}

static bool days(struct buf *out, const char *name, bool is_known, int64_t seconds,
		 struct error *err)
{
	if (!is_known)
		return member(out, name, NULL, err);
	return buf_printf(out, err, "%s%lld", name,
			  (long long)(seconds < 0 ? 0 : seconds / VIEW_DAY_S));
}

static bool number(struct buf *out, const char *name, int64_t value, struct error *err)
{
	return value ? buf_printf(out, err, "%s%lld", name, (long long)value)
		     : member(out, name, NULL, err);
}

/* How it is rotated. The hooks are JSON already. */
static bool rotating(const struct access_key *key, struct buf *out, struct error *err)
{
	return member(out, ",\"retire\":", retiring_word(key->retire), err) &&
	       number(out, ",\"idle_s\":", key->idle_s, err) &&
	       buf_text_append(out, ",\"hooks\":", err) &&
	       buf_text_append(out, key->hooks[0] ? key->hooks : "[]", err);
}

bool view_key_append(const struct access_key *key, const struct view_at *at, struct buf *out,
		     struct error *err)
{
	struct view_age age = view_age(key, &at->settings, at->now);

	return member(out, "{\"name\":", key->name, err) &&
	       member(out, ",\"access_key_id\":", key->access_key_id, err) &&
	       known(out, ",\"account_id\":", key->account_id, err) &&
	       known(out, ",\"user_name\":", key->user_name, err) &&
	       known(out, ",\"arn\":", key->arn, err) &&
	       known(out, ",\"region\":", key->region, err) &&
	       known(out, ",\"mfa_serial\":", key->mfa_serial, err) &&
	       flag(out, ",\"mfa_required\":", key->mfa_required, err) &&
	       moment(out, ",\"created_at\":", key->created_at, err) &&
	       moment(out, ",\"rotated_at\":", key->rotated_at, err) &&
	       days(out, ",\"age_days\":", key->created_at != 0, at->now - key->created_at, err) &&
	       days(out, ",\"max_age_days\":", age.max_age_s != 0, age.max_age_s, err) &&
	       moment(out, ",\"due_at\":", age.due_at, err) &&
	       flag(out, ",\"due\":", age.due, err) &&
	       flag(out, ",\"overdue\":", age.overdue, err) && rotating(key, out, err) &&
	       moment(out, ",\"last_emitted_at\":", at->used_at, err) &&
	       moment(out, ",\"session_expires_at\":", at->session_at, err) &&
	       member(out, ",\"rotating\":", at->rotating, err) && buf_text_append(out, "}", err);
}

struct until {
	const char *key_name;
	int64_t at;
};

static void latest(void *arg, const struct cache_view *view)
{
	struct until *until = arg;

	if (!view->role && strcmp(view->key_name, until->key_name) == 0 &&
	    view->expires_at > until->at)
		until->at = view->expires_at;
}

static bool note_rotation(void *arg, const struct rotation_record *rotation, struct error *err)
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

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct view_rotation *)a)->access_key_id,
		      ((const struct view_rotation *)b)->access_key_id);
}

bool view_rotations_read(struct agent *agent, struct view_rotations *out, struct error *err)
{
	*out = (struct view_rotations){.at = NULL};
	if (!journal_each(agent->store, note_rotation, out, err))
		return false;
	if (out->count)
		qsort(out->at, out->count, sizeof(*out->at), by_id);
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
					   sizeof(*rotations->at), by_id)
				 : NULL;
	return found ? found->step : NULL;
}

bool view_key(struct agent *agent, const struct access_key *key, const struct record_id *row,
	      json_t **out, struct error *err)
{
	struct view_at at = {.now = clock_real_s(agent->clock), .settings = agent_settings(agent)};
	struct buf text = BUF_INIT(VIEW_TEXT_MAX);
	struct view_rotations rotations = {.at = NULL};
	struct until session = {.key_name = key->name};
	bool ok;

	*out = NULL;
	ok = key_use_last(agent->usages, agent->store, row->id, &at.used_at, err) &&
	     view_rotations_read(agent, &rotations, err);
	if (!ok)
		goto out;
	cache_each(agent->cache, at.now, latest, &session);
	at.session_at = session.at;
	at.rotating = view_rotation_step(&rotations, key);
	ok = view_key_append(key, &at, &text, err) &&
	     json_parse(buf_text(&text), text.len, VIEW_TEXT_MAX, out, err);
out:
	view_rotations_clear(&rotations);
	buf_clear(&text);
	return ok;
}

static const char *place(const struct access_key *key)
{
	switch (key->endpoint_class) {
	case ACCESS_KEY_AT_AWS: return endpoint_class_name(ENDPOINT_AWS);
	case ACCESS_KEY_AT_HOST: return key->endpoint_host;
	default: return endpoint_class_name(ENDPOINT_LOOPBACK);
	}
}

bool view_key_whole(struct agent *agent, const struct access_key *key, const struct record_id *row,
		    json_t **out, struct error *err)
{
	if (view_key(agent, key, row, out, err) &&
	    json_put_text(*out, "note", key->note[0] ? key->note : NULL, err) &&
	    json_put_text(*out, "endpoint", place(key), err))
		return true;
	json_decref(*out);
	*out = NULL;
	return false;
}

static bool put_count(json_t *object, const char *name, bool told, uint64_t count,
		      struct error *err)
{
	return json_put(object, name, told ? json_integer((json_int_t)count) : json_null(), err);
}

bool view_inspection(const struct inspection *inspection, json_t **out, struct error *err)
{
	json_t *problems = json_array();

	for (size_t i = 0; i < inspection->count; i++)
		(void)json_array_append_new(problems, json_string(inspection->problems[i]));
	*out = json_object();
	return json_put(*out, "ok", json_boolean(inspection->count == 0), err) &&
	       put_count(*out, "generation", inspection->told, inspection->generation, err) &&
	       put_count(*out, "records", true, inspection->records, err) &&
	       put_count(*out, "log_entries", inspection->told, inspection->log_entries, err) &&
	       json_put(*out, "problems", problems, err);
}

struct walk {
	view_key_fn *fn;
	void *arg;
	struct access_key key;
};

static bool visit(void *arg, const struct record_id *id, const struct buf *plain, struct error *err)
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
	ok = row_each(agent->store, TABLE_KEY, visit, &walk, err);
	access_key_clear(&walk.key);
	return ok;
}
